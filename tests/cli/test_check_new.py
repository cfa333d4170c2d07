"""`vsumbench check` and `vsumbench new`, as they are typed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from vsumbench.cli import main
from vsumbench.errors import ConformanceError, UnknownModelError, UsageError
from vsumbench.scaffold import plugin_name


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    out, err = capsys.readouterr()
    return int(stop.value.code or 0), out, err


# check ----------------------------------------------------------------------------------------------------


def test_check_prints_a_line_for_each_check_and_a_count(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, "check", "f1")
    assert status == 0
    assert "PASS" in out and "light-import" in out and "undefined" in out
    assert out.rstrip().endswith("0 failed, 0 skipped.")


def test_check_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, "check", "kendall", "--kind", "metric", "--json")
    content = json.loads(out)
    assert (status, content["kind"], content["name"]) == (0, "metric", "kendall")
    assert {check["outcome"] for check in content["checks"]} == {"pass"}
    assert all(check["description"] for check in content["checks"])


def test_a_failed_check_has_its_own_exit_code_and_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "thin_metric.py").write_text(
        "from vsumbench.contracts import MetricSpec, Needs\n"
        "SPEC = MetricSpec(id='thin', version='1', title='Thin', scale='fraction', needs=Needs.SELECTION,\n"
        "                  level='item', implementation='thin_metric:nothing', tolerance=0.1)\n"
        "def nothing(prediction, references):\n"
        "    return [float('nan')] * len(references)\n"
    )
    monkeypatch.chdir(tmp_path)
    status, out, err = call(capsys, "check", "./thin_metric.py:SPEC")
    assert status == ConformanceError.exit_code == 72
    assert "NaN" in out and "FAIL" in out
    assert err.startswith("vsumbench: metric './thin_metric.py:SPEC' failed") and "metadata" in err


def test_an_unknown_name_is_an_unknown_model(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = call(capsys, "check", "unifrm")
    assert status == UnknownModelError.exit_code
    assert "Did you mean 'uniform'" in err
    assert not out


# new ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["model", "dataset", "metric"])
def test_new_writes_a_whole_package_and_says_what_comes_next(
    kind: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, out, err = call(capsys, "new", kind, "My_Thing", "--dir", str(tmp_path))
    folder = tmp_path / "vsumbench-my-thing"
    assert status == 0 and not err
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"pyproject.toml", "README.md", "LICENSE", "tests/test_conformance.py"} <= files
    assert {"src/vsumbench_my_thing/__init__.py", "src/vsumbench_my_thing/spec.py"} <= files
    assert all("$" not in (folder / name).read_text(encoding="utf-8") for name in files)
    assert f"pip install -e {folder} && vsumbench check my-thing" in out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["vsumbench-my-thing"]


def test_what_new_writes_compiles_and_its_test_is_three_lines(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    call(capsys, "new", "model", "gleam", "--dir", str(tmp_path))
    folder = tmp_path / "vsumbench-gleam"
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(folder)], check=True, timeout=60)
    test = (folder / "tests" / "test_conformance.py").read_text(encoding="utf-8")
    assert len(test.splitlines()) == 3


def test_a_new_dataset_and_a_new_metric_run_together(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VSUMBENCH_PLANTED", str(tmp_path / "planted"))
    monkeypatch.delenv("VSUMBENCH_DATA", raising=False)
    for kind in ("dataset", "metric"):
        call(capsys, "new", kind, f"gleam-{kind}", "--dir", str(tmp_path))
        monkeypatch.syspath_prepend(tmp_path / f"vsumbench-gleam-{kind}" / "src")
    status, out, err = call(
        *(capsys, "run", "--quiet", "--json", "--model", "uniform", "--runs", str(tmp_path / "runs")),
        *("--dataset", "vsumbench_gleam_dataset.spec:SPEC", "--edition", "planted"),
        *("--protocol", "keyshot-f1-avg", "--metrics", "f1,vsumbench_gleam_metric.spec:SPEC"),
    )
    assert status == 0, err
    values = {result["metric"]: result["value"] for result in json.loads(out)["results"]}
    # Of one pair of selections, the Jaccard index is never above F1.
    assert 0 < values["gleam-metric"] < values["f1"] < 100


def test_a_folder_that_is_there_is_left_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    kept = tmp_path / "vsumbench-gleam" / "notes.txt"
    kept.parent.mkdir()
    kept.write_text("mine")
    status, _, err = call(capsys, "new", "model", "gleam", "--dir", str(tmp_path))
    assert status == UsageError.exit_code
    assert "exists already" in err
    assert [path.name for path in kept.parent.iterdir()] == ["notes.txt"]


def test_a_name_that_is_installed_is_warned_about(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, _, err = call(capsys, "new", "model", "random", "--dir", str(tmp_path))
    assert status == 0
    assert "vsumbench 0.1.0 has a model 'random' already" in err
    assert "vsumbench-random:random" in err


def test_the_same_name_of_another_kind_is_no_collision(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert not call(capsys, "new", "metric", "random", "--dir", str(tmp_path))[2]


@pytest.mark.parametrize("name", ["", "-x", "x-", "a b", "a/b", "../x", "ä", "x\n", "a;b", "$HOME", "{{x}}"])
def test_names_that_cannot_name_a_package_are_refused(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, _, err = call(capsys, "new", "model", "--dir", str(tmp_path), "--", name)
    assert status == UsageError.exit_code
    assert "cannot name a package" in err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["datasets", "vsumbench", "vsumbench-datasets", "Text_Metrics", "x" * 61])
def test_names_of_our_own_distributions_and_endless_ones_are_refused(name: str) -> None:
    with pytest.raises(UsageError):
        plugin_name(name)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("spark", ("spark", "vsumbench-spark", "vsumbench_spark", "Spark")),
        ("vsumbench-Spark", ("spark", "vsumbench-spark", "vsumbench_spark", "Spark")),
        (
            "My.Fine__Model",
            ("my-fine-model", "vsumbench-my-fine-model", "vsumbench_my_fine_model", "MyFineModel"),
        ),
        ("3d", ("3d", "vsumbench-3d", "vsumbench_3d", "Plugin3d")),
        ("class", ("class", "vsumbench-class", "vsumbench_class", "Class")),
    ],
)
def test_the_names_of_a_plugin_follow_from_what_was_typed(typed: str, expected: tuple[str, ...]) -> None:
    name = plugin_name(typed)
    assert (name.id, name.distribution, name.package, name.class_name) == expected


def test_a_package_written_here_is_checked_before_it_is_installed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    assert call(capsys, "new", "metric", "fresh")[0] == 0
    status, out, err = call(capsys, "check", "fresh")
    assert status == 0 and "0 failed" in out
    assert "not installed; checked as it lies in" in err
    assert call(capsys, "check", "stale")[0] == UnknownModelError.exit_code
