"""Tables of evidence: written from their figures, and measured with the code that is here."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scored_runs import scored_run

from vsumbench.contracts import ModelSpec, Preset, Task, Variant
from vsumbench.plugins import default_plugins
from vsumbench.store.records import StoredRecord

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "benchmarks"))

from evidence import code, runs, staleness, suites, table  # noqa: E402


@pytest.mark.parametrize("suite", suites.SUITES, ids=lambda suite: suite.name)
def test_rows_of_other_code_are_reported_and_none_is_of_a_method_that_is_gone(suite: suites.Suite) -> None:
    """A row takes minutes to measure anew, so other code is a warning here; `--check` ends with 1."""
    found = staleness.stale(suite, table.read_rows(suite.figures), default_plugins())
    for one in found:
        warnings.warn(f"{suite.figures.name}: {one}", UserWarning, stacklevel=1)
    installed = suite.methods(default_plugins())
    assert [one.method for one in found if one.method not in installed] == []


@pytest.mark.parametrize("suite", suites.SUITES, ids=lambda suite: suite.name)
def test_the_page_is_written_from_the_figures(suite: suites.Suite) -> None:
    rows = table.read_rows(suite.figures)
    page = suite.page.read_text(encoding="utf-8")
    assert rows
    assert page.partition(table.START)[2].partition(table.END)[0].strip() == table.tables(rows)
    assert suite.figures.read_text(encoding="utf-8") == table.figures_text(rows)


@pytest.fixture
def method(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[ModelSpec, Path]]:
    """A method in a package of its own, and the file of its network."""
    folder = tmp_path / "kept_method"
    folder.mkdir()
    (folder / "__init__.py").write_text('"""A method."""\n')
    (folder / "spec.py").write_text("TITLE = 'A'\n")
    network = folder / "network.py"
    network.write_text(
        '"""What it is."""\n\n\ndef width(n: int) -> int:\n    """Twice."""\n    return 2 * n\n'
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    spec = ModelSpec(
        id="kept",
        title="Kept",
        tasks=(Task.V2V,),
        implementation="kept_method.network:width",
        variants=(Variant(id="plain", title="plain"),),
        presets=(Preset(id="tiny"),),
    )
    yield spec, network
    sys.modules.pop("kept_method", None)


def test_comments_docstrings_layout_and_the_spec_are_no_other_code(method: tuple[ModelSpec, Path]) -> None:
    spec, network = method
    before = code.method_code(spec, "tiny")
    network.write_text(
        "def width(n: int) -> int:\n    # As the paper has it.\n    return (2\n            * n)\n"
    )
    (network.parent / "spec.py").write_text("TITLE = 'Another'\n")
    assert code.changed(before, code.method_code(spec, "tiny")) == ()


@pytest.mark.parametrize("body", ["return 3 * n", "return 2.0 * n", "return n * 2", 'return "2" * n', "pass"])
def test_what_can_compute_something_else_is_other_code(method: tuple[ModelSpec, Path], body: str) -> None:
    spec, network = method
    before = code.method_code(spec, "tiny")
    network.write_text(f"def width(n: int) -> int:\n    {body}\n")
    assert code.changed(before, code.method_code(spec, "tiny")) == ("method",)
    (network.parent / "more.py").write_text("")
    assert code.method_code(spec, "tiny")["method"] != before["method"]


def test_a_stale_row_names_its_method_and_the_command(
    method: tuple[ModelSpec, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, network = method
    monkeypatch.setattr(suites.Suite, "methods", lambda *_: {"kept": spec})
    suite = suites.Suite("made", "nobody", (suites.Bench("toy", "p", "kendall"),))
    row = {"method": "kept", "dataset": "toy", "protocol": "p", "metric": "kendall", "preset": "tiny"}
    row["code"] = code.method_code(spec, "tiny")

    def told(*rows: table.Row) -> list[tuple[bool, str]]:
        return [(one.own, str(one)) for one in staleness.stale(suite, rows, default_plugins())]

    measure = "measure it with `python benchmarks/models_evidence.py kept`."
    assert told(row) == []
    assert (
        told()
        == told(row | {"protocol": "q"})
        == [(False, f"kept: it has no evidence on toy yet; {measure}")]
    )
    other = row | {"code": row["code"] | {"core": "0"}}
    assert told(other) == [(False, f"kept: training, scoring or the planted world changed since; {measure}")]
    ((_, both),) = told(other | {"protocol": "q"})
    assert "changed since, and it has no evidence on toy yet" in both
    network.write_text("def width(n: int) -> int:\n    return 5\n")
    assert told(row) == [(True, f"kept: its code or its options changed since; {measure}")]
    assert [one.own for one in staleness.stale(suite, [row | {"method": "gone"}], default_plugins())] == [
        True,
        False,
    ]


def run_of(runs_folder: Path, name: str, scores: dict[tuple[str, str], float], **facts: Any) -> StoredRecord:
    stored = scored_run(runs_folder, "m", {("p", "kendall"): scores}, folder=name, **facts)
    return replace(stored, folder=str(runs_folder / stored.folder))


def test_a_row_is_paired_by_video_after_the_mean_over_seeds_and_folds(
    method: tuple[ModelSpec, Path], tmp_path: Path
) -> None:
    def run(name: str, x: tuple[float, float], y: float) -> StoredRecord:
        """Video x is tested in two folds, y in one."""
        return run_of(tmp_path / "runs", name, {("a", "x"): x[0], ("a", "y"): y, ("b", "x"): x[1]})

    done = [
        run("s0", (0.2, 0.4), 0.5),
        run("s1", (0.4, 0.6), 0.7),
        run("p0", (0, 0), 0),
        run("p1", (0, 0), 0.2),
    ]
    floors = {"random": run("r", (0.1, 0.1), 0), "mean-position": run("m", (0.9, 0.9), 0.9)}
    suite = suites.Suite("made", "nobody", (suites.Bench("tvsum", "p", "kendall"),))
    row = table.method_row(suite, method[0], suite.benches[0], done, floors)
    # x is 0.3 and 0.5, y is 0.5 and 0.7.
    assert row["by_seed"] == [0.4, 0.6] and row["value"] == 0.5 and row["videos"] == 2
    assert row["floors"] == {"random": 0.05, "mean-position": 0.9, "permuted time": 0.05}
    difference, low, high = row["minus"]["random"]
    assert (difference, low, high) == (0.45, 0.3, 0.6)
    difference, low, high = row["minus"]["mean-position"]
    assert difference == -0.4 and high < 0
    page = table.tables([row])
    assert "| `kept` | 0.500 | 0.400, 0.600 | +0.450 [+0.300, +0.600] |" in page and "**no**" in page


def test_a_method_that_learns_by_a_reward_shows_it_beside_that_of_chance(
    method: tuple[ModelSpec, Path], tmp_path: Path
) -> None:
    def run(name: str, *rewards: float) -> StoredRecord:
        facts = [{"reward": reward, "reward_of_chance": 0.5} for reward in rewards]
        fit = tuple(
            {"fold": str(n), "epochs": 1, "selected_epoch": 1, "facts": f} for n, f in enumerate(facts)
        )
        return run_of(tmp_path / "runs", name, {("a", "x"): 0.1, ("a", "y"): 0.2}, fit=fit)

    done = [run("s0", 0.75, 0.25), run("s1", 0.75, 0.75), run("p0", 0.125), run("p1", 0.125)]
    floors = {"random": run("r"), "mean-position": run("m")}
    suite = suites.Suite("made", "nobody", (suites.Bench("tvsum", "p", "kendall"),))
    row = table.method_row(suite, method[0], suite.benches[0], done, floors)
    assert row["rewards"] == [[0.75, 0.5], [0.25, 0.5], [0.75, 0.5], [0.75, 0.5]]
    page = table.tables([row])
    assert "it is 0.625 on training videos" in page and "gets 0.500; it is above that in 3 of 4" in page
    unrewarded = [floors["random"]] * 4
    assert "rewards" not in table.method_row(suite, method[0], suite.benches[0], unrewarded, floors)


def test_rows_measured_anew_replace_the_old_ones_and_those_of_methods_that_are_gone_are_dropped() -> None:
    suite = suites.SUITES[0]
    old = [{"dataset": "summe", "method": name, "value": 1} for name in ("b", "a", "gone")]
    new = [{"dataset": name, "method": "a", "value": 2} for name in ("tvsum", "summe")]
    found = table.merged(old, new, suite, {"a": 0, "b": 0})
    assert [(row["dataset"], row["method"], row["value"]) for row in found] == [
        ("tvsum", "a", 2),
        ("summe", "a", 2),
        ("summe", "b", 1),
    ]


def test_scores_that_are_not_what_was_sealed_make_no_evidence(tmp_path: Path) -> None:
    one = run_of(tmp_path, "one", {("a", "x"): 0.25, ("b", "x"): 0.75})
    assert runs.video_values(one, "p", "kendall") == {"x": 0.5}
    path = Path(one.folder, "scores", "p", "kendall.csv")
    path.write_text(path.read_text().replace("0.25", "0.95"))
    with pytest.raises(ValueError, match="was changed after the run was sealed"):
        runs.video_values(one, "p", "kendall")


def test_the_methods_of_a_suite_are_those_its_distribution_declares() -> None:
    found = suites.SUITES[0].methods(default_plugins())
    assert {"vasnet", "pgl-sum", "csta", "msva", "standard-ranker"} <= set(found)
    assert not {"random", "mean-position", "milora"} & set(found)
