"""Weights appear whole or not at all, are known by content, and made ones by the code that made them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from backed.model import MADE, SPEC, TOWER
from harness import Silent

from vsumbench.contracts import Weights
from vsumbench.data.digests import sha256_files
from vsumbench.data.weights import (
    WEIGHTS_MANIFEST,
    WEIGHTS_VARIABLE,
    check_weights_files,
    find_weights,
    read_weights_manifest,
    weights_digest,
)
from vsumbench.data.weights_import import import_weights
from vsumbench.errors import (
    DataDamagedError,
    DataMissingError,
    MismatchError,
    PluginError,
    WeightsMissingError,
)
from vsumbench.plugins import default_plugins
from vsumbench.running import weights as running_weights
from vsumbench.running.identity import prediction_identity
from vsumbench.running.pipeline import run
from vsumbench.running.plan import make_plan
from vsumbench.running.request import RunRequest
from vsumbench.running.weights import WeightsState, WeightsUse, all_weights, state_of
from vsumbench.running.weights_making import make_weights
from vsumbench.running.weights_status import weights_status
from vsumbench.testing import check_plugin

ANY = Weights(id="any", title="Any", licence="MIT")


@pytest.fixture(autouse=True)
def weights_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(WEIGHTS_VARIABLE, str(tmp_path / "weights"))
    monkeypatch.setenv("BACKED_LOG", str(tmp_path / "log"))
    return tmp_path / "weights"


@pytest.fixture
def published(tmp_path: Path) -> Path:
    folder = tmp_path / "published"
    (folder / "sub").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("hidden")
    (folder / "model.safetensors").write_bytes(b"tensor")
    (folder / "config.json").write_text("{}")
    (folder / "sub" / "more.txt").write_text("more")
    return folder


def made(tmp_path: Path) -> int:
    log = tmp_path / "log"
    return len(log.read_text().splitlines()) if log.exists() else 0


class Listener(Silent):
    def __init__(self) -> None:
        self.notices: list[str] = []
        self.stages: list[tuple[str, int, int, dict[str, float]]] = []

    def notice(self, line: str) -> None:
        self.notices.append(line)

    def advance(self, stage: str, done: int, total: int, **numbers: float) -> None:
        self.stages.append((stage, done, total, numbers))


# Importing ------------------------------------------------------------------------------------------------


def test_an_import_takes_the_files_the_spec_names_and_writes_what_they_are(
    published: Path, weights_root: Path
) -> None:
    folder, written = import_weights(TOWER, published)
    assert written and folder == weights_root / "tower" == find_weights("tower")
    manifest = read_weights_manifest(folder)
    assert (manifest.id, manifest.origin, manifest.licence) == ("tower", "imported", "CC-BY-NC 4.0")
    assert sorted(manifest.files) == ["config.json", "model.safetensors"]
    assert manifest.digest == sha256_files(folder, manifest.files) == weights_digest("tower")
    text = (folder / WEIGHTS_MANIFEST).read_text()
    assert str(published) not in text and set(json.loads(text)) == {"id", "origin", "licence", "files"}
    assert import_weights(TOWER, published) == (folder, False)


def test_without_named_files_all_are_taken_but_hidden_ones(published: Path) -> None:
    folder, _ = import_weights(ANY, published)
    assert sorted(read_weights_manifest(folder).files) == [
        "config.json", "model.safetensors", "sub/more.txt"
    ]  # fmt: skip
    assert not (folder / ".git").exists()


def test_links_copy_nothing(published: Path) -> None:
    folder, _ = import_weights(TOWER, published, link=True)
    assert (folder / "model.safetensors").samefile(published / "model.safetensors")


def test_a_single_file_can_be_imported(published: Path) -> None:
    one = replace(TOWER, files=("*.safetensors",))
    folder, _ = import_weights(one, published / "model.safetensors")
    assert sorted(read_weights_manifest(folder).files) == ["model.safetensors"]


def test_a_file_the_spec_names_and_the_folder_lacks_is_named(published: Path, weights_root: Path) -> None:
    (published / "config.json").unlink()
    with pytest.raises(DataMissingError, match=r"lacks config.json .* it has model.safetensors"):
        import_weights(TOWER, published)
    assert find_weights("tower") is None


@pytest.mark.parametrize("name", ["model.bin", "x.pt", "deep.PTH", "a.pkl"])
def test_a_pickle_is_refused_unless_the_spec_names_it(published: Path, name: str) -> None:
    (published / name).write_bytes(b"pickle")
    for files in ((), ("*",)):
        with pytest.raises(MismatchError, match=f"{name} may be a pickle"):
            import_weights(replace(ANY, files=files), published)
    folder, _ = import_weights(replace(ANY, files=("config.json", name)), published)
    assert read_weights_manifest(folder).pickles == (name,)


def test_a_link_that_leads_out_of_the_folder_is_refused(published: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("outside")
    (published / "inside.txt").symlink_to("config.json")
    import_weights(ANY, published)
    (published / "outside.txt").symlink_to(tmp_path / "secret")
    with pytest.raises(MismatchError, match="is a link that leads to"):
        import_weights(ANY, published, force=True)
    assert check_weights_files(find_weights("any") or Path()) == [], "what was there before is untouched"


def test_a_declared_digest_must_agree_and_nothing_stays_where_it_does_not(
    published: Path, weights_root: Path
) -> None:
    with pytest.raises(DataDamagedError, match="the spec says 000"):
        import_weights(replace(TOWER, sha256="0" * 64), published)
    assert [path.name for path in weights_root.iterdir() if path.is_dir()] == []
    digest = sha256_files(published, TOWER.files)
    assert import_weights(replace(TOWER, sha256=digest), published)[1]


def test_a_folder_put_there_by_hand_is_taken_by_importing_it_from_where_it_lies(
    published: Path, weights_root: Path
) -> None:
    weights_root.mkdir()
    published.rename(weights_root / "tower")
    assert find_weights("tower") is None and state_of(TOWER) is WeightsState.UNMARKED
    folder, written = import_weights(TOWER, weights_root / "tower")
    assert written and state_of(TOWER) is WeightsState.THERE
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json", "model.safetensors", WEIGHTS_MANIFEST
    ]  # fmt: skip


def test_made_weights_of_another_machine_keep_who_made_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, _ = make_weights(default_plugins(), WeightsUse(MADE, ()))
    monkeypatch.setenv(WEIGHTS_VARIABLE, str(tmp_path / "elsewhere"))
    folder, written = import_weights(MADE, there)
    assert written and read_weights_manifest(folder) == read_weights_manifest(there)
    assert state_of(MADE) is WeightsState.THERE
    (there / "number.json").write_text("changed")
    with pytest.raises(DataDamagedError, match=r"number.json: was changed"):
        import_weights(MADE, there, force=True)


def test_a_carried_manifest_leads_to_no_file_outside_its_folder(tmp_path: Path, weights_root: Path) -> None:
    there, _ = make_weights(default_plugins(), WeightsUse(MADE, ()))
    content = json.loads((there / WEIGHTS_MANIFEST).read_text())
    content["files"]["../../log"] = content["files"]["number.json"]
    (there / WEIGHTS_MANIFEST).write_text(json.dumps(content))
    copied = tmp_path / "copied"
    there.rename(copied)
    with pytest.raises(DataDamagedError, match=r"\.\./\.\./log: is missing"):
        import_weights(MADE, copied)


def test_weights_that_are_made_here_are_not_imported_from_just_any_folder(published: Path) -> None:
    with pytest.raises(MismatchError, match="are made here") as caught:
        import_weights(MADE, published)
    assert "vsumbench weights make made-toy" in caught.value.hint


# Content --------------------------------------------------------------------------------------------------


def test_the_digest_is_over_the_files_and_not_over_the_manifest(published: Path) -> None:
    folder, _ = import_weights(TOWER, published)
    before = weights_digest("tower")
    manifest = json.loads((folder / WEIGHTS_MANIFEST).read_text())
    (folder / WEIGHTS_MANIFEST).write_text(json.dumps(manifest | {"licence": "other"}))
    assert weights_digest("tower") == before
    (folder / "config.json").write_text("[]")
    assert weights_digest("tower") != before
    (folder / "config.json").unlink()
    with pytest.raises(WeightsMissingError, match=r"not whole: config.json is missing"):
        weights_digest("tower")


@pytest.mark.parametrize(
    "content", ["", "[]", '{"id": "tower"}', '{"id": "tower", "origin": "x", "licence": "", "files": {}}']
)
def test_a_manifest_that_is_none_is_damaged_and_the_weights_do_not_count(
    published: Path, content: str
) -> None:
    folder, _ = import_weights(TOWER, published)
    (folder / WEIGHTS_MANIFEST).write_text(content)
    assert state_of(TOWER) is WeightsState.UNREADABLE
    with pytest.raises(DataDamagedError):
        read_weights_manifest(folder)
    found = weights_status(WeightsUse(TOWER, ()))
    assert found.next == "vsumbench weights import tower FOLDER --force"


def test_status_reads_the_files_again_and_names_what_to_do(published: Path, tmp_path: Path) -> None:
    use = WeightsUse(TOWER, ("m",))
    absent = weights_status(use)
    assert (absent.state, absent.verified, absent.next) == (
        "absent", None, "vsumbench weights import tower FOLDER"
    )  # fmt: skip
    assert absent.get == "hf download nobody/tower model.safetensors config.json --local-dir FOLDER"
    folder, _ = import_weights(TOWER, published)
    whole = weights_status(use)
    assert (whole.state, whole.verified, whole.files, whole.next) == ("there", True, 2, "")
    (folder / "config.json").write_text("changed")
    (folder / "added.txt").write_text("x")
    wrong = weights_status(use)
    assert (wrong.state, wrong.verified) == ("damaged", False)
    assert wrong.problems == ("added.txt: was added", "config.json: was changed")
    assert wrong.next == "vsumbench weights import tower FOLDER --force"


# Making ---------------------------------------------------------------------------------------------------


def test_making_twice_makes_once_and_gives_the_same_content(tmp_path: Path) -> None:
    plugins, use = default_plugins(), WeightsUse(MADE, ())
    told: list[Any] = []
    folder, written = make_weights(
        plugins,
        use,
        lambda done, total, /, *, stage="", **numbers: told.append((done, total, stage, numbers)),
    )
    assert written and told[-1] == (2, 2, "counting", {"loss": 0.5})
    assert make_weights(plugins, use) == (folder, False) and made(tmp_path) == 1
    before = weights_digest("made-toy")
    assert make_weights(plugins, use, force=True) == (folder, True) and made(tmp_path) == 2
    assert weights_digest("made-toy") == before
    manifest = read_weights_manifest(folder)
    assert (manifest.origin, manifest.recipe) == ("made", running_weights.recipe(MADE))
    assert "numpy" in manifest.versions


def test_published_weights_are_not_made() -> None:
    with pytest.raises(MismatchError, match="are published, not made here") as caught:
        make_weights(default_plugins(), WeightsUse(TOWER, ()))
    assert "vsumbench weights import tower FOLDER" in caught.value.hint


def test_weights_made_by_other_code_count_as_absent_and_are_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_weights(default_plugins(), WeightsUse(MADE, ()))
    monkeypatch.setattr(running_weights, "recipe", lambda weights: "another")
    assert state_of(MADE) is WeightsState.OTHER_CODE
    found = weights_status(WeightsUse(MADE, ()))
    assert (found.state, found.next) == ("made by other code", "vsumbench weights make made-toy")
    monkeypatch.setattr("vsumbench.running.weights_making.recipe", lambda weights: "another")
    assert make_weights(default_plugins(), WeightsUse(MADE, ()))[1] and made(tmp_path) == 2
    assert state_of(MADE) is WeightsState.THERE


def test_the_recipe_follows_the_source_of_the_maker_and_of_what_it_names() -> None:
    other = replace(MADE, source=("vsumbench.planted",))
    assert running_weights.recipe(MADE) != running_weights.recipe(other)
    assert running_weights.recipe(MADE) == running_weights.recipe(replace(MADE, title="Other words"))


def test_a_maker_that_writes_a_manifest_of_its_own_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    plugins = default_plugins()

    def maker(folder: Path, progress: Any) -> None:
        (folder / WEIGHTS_MANIFEST).write_text("{}")

    monkeypatch.setattr(plugins, "load", lambda *_, **__: maker)
    with pytest.raises(PluginError, match="the manifest's name"):
        make_weights(plugins, WeightsUse(MADE, ()))
    assert find_weights("made-toy") is None


def test_a_maker_that_leaves_out_a_declared_file_is_refused() -> None:
    wrong = replace(MADE, files=("number.json", "*.safetensors"))
    with pytest.raises(PluginError, match=r"wrote no \*.safetensors"):
        make_weights(default_plugins(), WeightsUse(wrong, ()))
    assert find_weights("made-toy") is None


def test_two_models_that_declare_one_id_differently_cost_one_line() -> None:
    other = replace(SPEC, id="other", weights=(replace(TOWER, licence="MIT"), MADE))
    known, problems = all_weights([SPEC, other], [])
    assert known["tower"].weights == TOWER and known["tower"].users == ("backed (paper)", "other (paper)")
    assert len(problems) == 1 and "'tower' differently" in problems[0]


# Runs -----------------------------------------------------------------------------------------------------


def test_a_run_makes_what_its_preset_needs_once_and_says_so_aloud(tmp_path: Path) -> None:
    request = RunRequest(model="backed.model:SPEC", dataset="toy", runs=tmp_path / "runs")
    plugins, first, second = default_plugins(), Listener(), Listener()
    outcome = run(request, plugins, first)
    assert outcome.state == "sealed" and outcome.record.model.preset == "tiny" and made(tmp_path) == 1
    (line,) = first.notices[:1]
    assert line.startswith("WEIGHTS: A number (made-toy) is not there") and "a moment on two cores" in line
    assert "`vsumbench weights make made-toy`" in line
    assert ("make made-toy: counting", 2, 2, {"loss": 0.5}) in first.stages
    again = run(request, plugins, second)
    assert again.state == "already sealed" and made(tmp_path) == 1
    assert not any("WEIGHTS" in line for line in second.notices)
    identity = prediction_identity(make_plan(request, plugins), plugins)
    assert identity["model"]["weights"] == {"made-toy": weights_digest("made-toy")}


def test_weights_that_an_option_names_are_in_the_digest_beside_those_of_the_preset(
    tmp_path: Path, weights_root: Path
) -> None:
    plugins = default_plugins()
    make_weights(plugins, WeightsUse(MADE, ()))
    given = tmp_path / "given"
    given.mkdir()
    request = RunRequest(
        model="backed.model:SPEC", dataset="toy", preset="tiny", overrides=("backbone=tower",)
    )
    found = []
    for number in ("1", "2"):
        for name in TOWER.files:
            (given / name).write_text(number)
        import_weights(TOWER, given, force=True)
        identity = prediction_identity(make_plan(request, plugins), plugins)["model"]
        assert identity["weights"] == {name: weights_digest(name) for name in ("made-toy", "tower")}
        found.append(identity)
    assert found[0] != found[1]


def test_a_preset_without_its_weights_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    request = RunRequest(model="backed.model:SPEC", dataset="toy", preset="paper", runs=tmp_path / "runs")
    with pytest.raises(WeightsMissingError):
        run(request, default_plugins(), Silent())
    assert not (tmp_path / "runs").exists() and made(tmp_path) == 0


def test_conformance_skips_what_needs_absent_weights_in_one_line_and_makes_nothing(tmp_path: Path) -> None:
    results = {result.name: result for result in check_plugin("model", "backed.model:SPEC")}
    skipped = [result for result in results.values() if "made-toy" in result.message]
    assert results["metadata"].outcome == "pass" and skipped and made(tmp_path) == 0
    assert all(r.outcome == "skip" and "`vsumbench weights make made-toy`" in r.message for r in skipped)
    assert all("\n" not in result.message for result in results.values())
    assert not (tmp_path / "weights").exists()


# Converting -----------------------------------------------------------------------------------------------


def convert(source: Path, folder: Path, progress: Any = None) -> None:
    (folder / "config.json").write_text((source / "published.json").read_text())
    (folder / "model.safetensors").write_bytes(b"converted")


def test_weights_of_another_form_are_converted_and_known_as_what_became_of_them(
    tmp_path: Path, weights_root: Path
) -> None:
    source = tmp_path / "other"
    source.mkdir()
    (source / "published.json").write_text("{}")
    (source / "published.pth").write_bytes(b"pickle")
    folder, written = import_weights(TOWER, source, convert=convert)
    manifest = read_weights_manifest(folder)
    assert written and manifest.origin == "imported" and manifest.pickles == ()
    assert sorted(manifest.files) == ["config.json", "model.safetensors"]
    # What is converted already is copied: from this folder, or from one of the same names without a manifest.
    for copied in (folder, tmp_path / "copied"):
        copied.mkdir(exist_ok=True)
        for name in manifest.files:
            (copied / name).write_bytes((folder / name).read_bytes())
        again, _ = import_weights(replace(TOWER, id="again"), copied, convert=_never, force=True)
        assert read_weights_manifest(again).files == manifest.files


def _never(source: Path, folder: Path, progress: Any = None) -> None:
    raise AssertionError("nothing was to be converted")


def test_a_conversion_that_fails_leaves_nothing(tmp_path: Path, weights_root: Path) -> None:
    (tmp_path / "empty").mkdir()

    def fail(source: Path, folder: Path, progress: Any = None) -> None:
        (folder / "half").write_bytes(b"half")
        raise DataDamagedError("it is cut off.")

    with pytest.raises(DataDamagedError, match="cut off"):
        import_weights(TOWER, tmp_path / "empty", convert=fail)
    assert find_weights("tower") is None and not list(weights_root.glob("tower*"))


def test_a_converter_that_leaves_out_a_declared_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    def half(source: Path, folder: Path, progress: Any = None) -> None:
        (folder / "config.json").write_text("{}")

    with pytest.raises(PluginError, match=r"wrote no model\.safetensors"):
        import_weights(TOWER, tmp_path / "empty", convert=half)
