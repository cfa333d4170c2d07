"""Bad input is refused: one line that says what was asked, what is true, what to do; a code of its kind."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from harness import TOY, only_run

from vsumbench import errors
from vsumbench.cli import main
from vsumbench.records.record import load_record

TOY_RUN = ("run", "-m", TOY, "-d", "toy", "-p", "peruser-2fps", "--metrics", "kendall", "--set", "epochs=1")
RANDOM_RUN = ("run", "-m", "random", "-d", "toy", "-p", "peruser-2fps", "--repetitions", "1")


@dataclass(frozen=True)
class Answer:
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Answer]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command line in an empty folder of a machine without data."""
    for name in [name for name in os.environ if name.startswith("VSUMBENCH_") and name != "VSUMBENCH_SHARED"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> Answer:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Answer(ended.value.code, printed.out, printed.err)

    return call


def refused(answer: Answer, kind: type[errors.VsumbenchError], *words: str) -> None:
    """One line on standard error with these words, and the exit code of this kind alone."""
    assert answer.code == kind.exit_code != 0, answer
    (line,) = answer.err.splitlines()
    assert line.startswith("vsumbench: ") and "Traceback" not in line and "unexpected" not in line
    for word in words:
        assert word in line, f"{word!r} is not in: {line}"


def test_every_kind_of_error_has_an_exit_code_of_its_own() -> None:
    codes = [kind.exit_code for kind in errors.all_errors()]
    assert len(set(codes)) == len(codes) and 0 not in codes and max(codes) < 126


UNKNOWN: dict[str, tuple[Sequence[str], type[errors.VsumbenchError], Sequence[str]]] = {
    "model": (("-m", "radnom", "-d", "toy"), errors.UnknownModelError, ("'random'", "vsumbench list models")),
    "dataset": (
        ("-m", "random", "-d", "toi"),
        errors.UnknownDatasetError,
        ("'toy'", "vsumbench list datasets"),
    ),
    "metric": (
        ("-m", "random", "-d", "toy", "--metrics", "kendal"),
        errors.UnknownMetricError,
        ("'kendall'", "vsumbench list metrics"),
    ),
    "protocol": (
        ("-m", "random", "-d", "toy", "-p", "peruser-2fsp"),
        errors.UnknownProtocolError,
        ("'peruser-2fps'", "vsumbench list protocols"),
    ),
    "option": (
        ("-m", "random", "-d", "toy", "--set", "granularty=frame"),
        errors.UnknownOptionError,
        ("'granularity'", "vsumbench info random"),
    ),
    "variant": (
        ("-m", "random@wide", "-d", "toy"),
        errors.UnknownOptionError,
        ("'wide'", "has no variants", "vsumbench info random"),
    ),
    "preset": (
        ("-m", "random", "-d", "toy", "--preset", "papr"),
        errors.UnknownOptionError,
        ("'papr'", "single form", "vsumbench info random"),
    ),
    "split set": (
        ("-m", "random", "-d", "toy", "--split-set", "fold"),
        errors.UnknownSettingError,
        ("'folds'", "vsumbench info toy"),
    ),
    "selection": (
        ("-m", "random", "-d", "toy", "--selection", "inner-vla"),
        errors.UnknownSettingError,
        ("'inner-val'", "last-epoch"),
    ),
    "edition": (
        ("-m", "random", "-d", "toy", "--edition", "plantd"),
        errors.UnknownSettingError,
        ("'planted'", "vsumbench data status toy"),
    ),
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_an_unknown_name_is_answered_with_the_nearest_and_the_verb_that_lists_the_rest(
    what: str, command: Command, tmp_path: Path
) -> None:
    arguments, kind, words = UNKNOWN[what]
    refused(command("run", *arguments), kind, *words)
    assert not (tmp_path / "runs").exists(), "a name is looked up before anything is made"


def test_an_unknown_verb_is_answered_with_the_nearest(command: Command) -> None:
    refused(command("scor"), errors.UsageError, "score", "vsumbench --help")


def test_a_missing_option_of_a_verb_is_named(command: Command) -> None:
    refused(command("run", "-d", "toy"), errors.UsageError, "--model", "--help")


# Options --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "word"),
    [
        ("granularity", errors.UsageError, "key=value"),
        ("=frame", errors.UsageError, "key=value"),
        ("granularity=fram", errors.OptionValueError, "'fram'"),
        ("granularity=[", errors.UsageError, "JSON"),
    ],
)
def test_a_bad_setting_is_refused(
    text: str, kind: type[errors.VsumbenchError], word: str, command: Command
) -> None:
    refused(command(*RANDOM_RUN, "--set", text), kind, word)


@pytest.mark.parametrize("value", ["0", "1.5", "nan", "inf", "much"])
def test_a_number_outside_its_range_is_refused(value: str, command: Command) -> None:
    arguments = ("run", "-m", "uniform", "-d", "toy", "-p", "peruser-2fps", "--set", f"share={value}")
    refused(command(*arguments), errors.OptionValueError, "share")


def test_options_come_from_a_file_that_is_there_and_a_mapping(command: Command, tmp_path: Path) -> None:
    refused(command(*RANDOM_RUN, "--options", tmp_path / "none.yaml"), errors.DataMissingError, "none.yaml")
    file = tmp_path / "options.yaml"
    for text in ("- 1", "a: [", "\x00", "!!python/object/apply:os.getcwd []"):
        file.write_text(text)
        refused(command(*RANDOM_RUN, "--options", file), errors.UsageError, "options.yaml")


@pytest.mark.parametrize("arguments", [("--repetitions", "0"), ("--repetitions", "-3")])
def test_there_is_at_least_one_repetition(arguments: tuple[str, str], command: Command) -> None:
    refused(command(*RANDOM_RUN[:-2], *arguments), errors.OptionValueError, "--repetitions")


def test_a_device_that_is_none_is_refused(command: Command) -> None:
    refused(command(*RANDOM_RUN, "--device", "quantum"), errors.UsageError, "quantum")
    refused(command(*RANDOM_RUN, "--device", "cuda:99"), errors.MismatchError, "cuda:99")


# What does not fit together -------------------------------------------------------------------------------


def _junk(tmp_path: Path, dataset: str, *names: str) -> Path:
    """A data root in which a dataset's files are there but hold something else."""
    for name in names:
        path = tmp_path / "data" / dataset / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"this is no MATLAB file")
    return tmp_path / "data"


def test_a_model_says_which_inputs_the_dataset_lacks(command: Command, tmp_path: Path) -> None:
    root = _junk(tmp_path, "tvsum", "ydata-tvsum50.mat")
    answer = command("run", "-m", TOY, "-d", "tvsum", "--data-root", root)
    refused(answer, errors.MismatchError, "'toy-8'", "tvsum", "annotations")


def test_a_protocol_says_that_the_edition_has_no_change_points(command: Command, tmp_path: Path) -> None:
    root = _junk(tmp_path, "tvsum", "ydata-tvsum50.mat")
    answer = command("run", "-m", "human", "-d", "tvsum", "-p", "keyshot-f1-avg", "--data-root", root)
    refused(answer, errors.MismatchError, "keyshot-f1-avg", "change points", "annotations")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-m", "random", "-p", "peruser-2fps", "--metrics", "f1"), ("'f1'", "selection", "peruser-2fps")),
        (("-m", "uniform", "-p", "paragraph-joined"), ("paragraph-joined", "v2t", "uniform")),
        (("-m", "random", "-p", "human-pairwise"), ("human-pairwise", "annotators")),
        (("-m", TOY, "--split-set", "all"), ("no training videos",)),
        (("-m", TOY, "--selection", "validation"), ("validation",)),
    ],
)
def test_what_does_not_fit_together_explains_itself(
    arguments: Sequence[str], words: Sequence[str], command: Command
) -> None:
    refused(command("run", "-d", "toy", *arguments), errors.MismatchError, *words)


# Data -----------------------------------------------------------------------------------------------------


def test_data_that_are_nowhere_are_missing_and_it_says_where_they_were_looked_for(
    command: Command, tmp_path: Path
) -> None:
    answer = command("run", "-m", "human", "-d", "tvsum", "--edition", "annotations")
    refused(answer, errors.DataMissingError, str(tmp_path / "home"), "vsumbench data status tvsum")


def test_a_data_root_that_was_named_is_never_replaced_by_planted_data(
    command: Command, tmp_path: Path
) -> None:
    for root in (tmp_path / "nowhere", tmp_path):
        answer = command("run", "-m", "random", "-d", "videoxum", "--data-root", root)
        refused(answer, errors.DataMissingError, str(root), "--data-root")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[1, 2", b'{"a": NaN}', b"\xff\xfe", b"null", b'[{"vid": 1}]']
)
def test_a_truncated_json_file_is_named(content: bytes, command: Command, tmp_path: Path) -> None:
    root = _junk(tmp_path, "videoxum", "train_videoxum.json", "val_videoxum.json", "test_videoxum.json")
    for path in (root / "videoxum").iterdir():
        path.write_bytes(content)
    answer = command("run", "-m", "human", "-d", "videoxum", "--data-root", root, "-p", "videoxum-top15")
    refused(answer, errors.DataDamagedError, "_videoxum.json")


@pytest.mark.parametrize("dataset", ["tvsum", "summe"])
def test_a_mat_file_that_is_none_is_named(dataset: str, command: Command, tmp_path: Path) -> None:
    from vsumbench.plugins import default_plugins

    plugins = default_plugins()
    implementation = plugins.dataset(dataset).implementation
    empty = plugins.load(implementation, what=dataset)(tmp_path, "annotations")
    # `video_1 (GT/….mat)`, or the name of the one file.
    names = [name.partition("(")[2].rstrip(")") or name for name in empty.status().missing]
    root = _junk(tmp_path, dataset, *names)
    answer = command("run", "-m", "human", "-d", dataset, "-p", "human-pairwise", "--data-root", root)
    refused(answer, errors.DataDamagedError, str(root), ".mat")


def test_a_fold_without_any_of_its_test_videos_is_named(command: Command, tmp_path: Path) -> None:
    root = _junk(tmp_path, "summe", "GT/Air_Force_One.mat")
    answer = command("run", "-m", "human", "-d", "summe", "-p", "human-pairwise", "--data-root", root)
    refused(answer, errors.DataMissingError, "'summe'", "split0", "vsumbench data status summe")


# What models answer ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mischief", "kind", "words"),
    [
        ("short:2", errors.PredictionError, ("toy_04", "expected (", "sampled steps")),
        ("nan:2", errors.NonFiniteError, ("toy_04", "nan at index 1")),
        ("skip:4", errors.MissingPredictionError, ("1 of 4", "toy_10")),
        ("skip:2", errors.PredictionError, ("toy_07", "toy_04")),
        ("twice:2", errors.PredictionError, ("toy_04", "toy_07")),
        ("stranger:2", errors.PredictionError, ("nobody", "toy_04")),
        ("list:2", errors.PredictionError, ("toy_04", "list", "numpy")),
        ("silent:2", errors.PredictionError, ("toy_04", "importance", "peruser-2fps")),
        ("raise:2", errors.RunFailedError, ("too much", "events.jsonl")),
    ],
)
def test_an_answer_that_cannot_be_scored_is_refused_and_what_came_before_is_kept(
    mischief: str,
    kind: type[errors.VsumbenchError],
    words: Sequence[str],
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("TOY_MISCHIEF", mischief)
    refused(command(*TOY_RUN), kind, *words)
    folder = only_run(tmp_path / "runs")
    assert not (folder / "record.json").exists()
    first = (folder / "predictions.jsonl").read_text().splitlines()[0]
    assert json.loads(first)["id"] == "toy_01"
    if mischief != "silent:2":
        monkeypatch.delenv("TOY_MISCHIEF")
        assert command(*TOY_RUN).code == 0
        assert (folder / "predictions.jsonl").read_text().splitlines()[0] == first


def test_a_development_plugin_that_cannot_be_imported_is_refused(command: Command, tmp_path: Path) -> None:
    (tmp_path / "broken_plugin.py").write_text("raise RuntimeError('half written')")
    answer = command("run", "-m", "./broken_plugin.py:SPEC", "-d", "toy")
    refused(answer, errors.PluginError, "half written", "broken_plugin")
    (tmp_path / "plain_plugin.py").write_text("SPEC = 3")
    refused(command("run", "-m", "./plain_plugin.py:SPEC", "-d", "toy"), errors.PluginError, "plain_plugin")
    refused(command("run", "-m", "./no_such.py:SPEC", "-d", "toy"), errors.PluginError, "no_such.py")


# Folders and disks ----------------------------------------------------------------------------------------


def test_a_run_folder_below_a_file_cannot_be_written(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    answer = command(*RANDOM_RUN, "--runs", tmp_path / "file" / "runs")
    refused(answer, errors.StorageError, "cannot be written", "--runs")


def test_a_run_folder_without_permission_cannot_be_written(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mkdir = Path.mkdir

    def forbidden(self: Path, *arguments: Any, **named: Any) -> None:
        if self.is_relative_to(tmp_path / "runs"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))
        mkdir(self, *arguments, **named)

    monkeypatch.setattr(Path, "mkdir", forbidden)
    refused(command(*RANDOM_RUN), errors.StorageError, "Permission denied", "--runs")


def test_a_disk_that_fills_up_is_said_to_be_full_and_the_run_goes_on_later(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write, room = os.write, 4000

    def filling(descriptor: int, content: bytes) -> int:
        nonlocal room
        if room <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        part = content[: max(1, min(room, len(content)))]
        room -= len(part)
        return write(descriptor, part)

    monkeypatch.setattr(os, "write", filling)
    refused(command(*RANDOM_RUN), errors.DiskFullError, "disk is full", "kept")
    monkeypatch.setattr(os, "write", write)
    folder = only_run(tmp_path / "runs")
    kept = (folder / "predictions.jsonl").read_bytes()
    assert kept.endswith(b"\n"), "half a line is taken back"
    answer = command(*RANDOM_RUN)
    assert answer.code == 0, answer.err
    assert (folder / "predictions.jsonl").read_bytes().startswith(kept)


def test_a_checkpoint_that_meets_a_full_disk_is_a_full_disk_too(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_text = Path.write_text

    def full(self: Path, *arguments: Any, **named: Any) -> int:
        if "step.json" in self.name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write_text(self, *arguments, **named)

    monkeypatch.setattr(Path, "write_text", full)
    refused(command(*TOY_RUN), errors.DiskFullError, "disk is full", "repeat")


# Java -----------------------------------------------------------------------------------------------------

TEXT_RUN = ("run", "-m", "oracle", "-d", "toy", "--split-set", "all", "-p", "paragraph-joined")


@pytest.fixture(params=["nowhere", "no path"])
def no_java(
    request: pytest.FixtureRequest, command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A machine on which there is no Java."""
    if request.param == "nowhere":
        monkeypatch.setenv("VSUMBENCH_JAVA", str(tmp_path / "java"))
    else:
        monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("no_java")
def test_a_metric_asked_for_that_needs_java_is_refused_and_the_others_are_kept(
    command: Command, tmp_path: Path
) -> None:
    answer = command(*TEXT_RUN, "--metrics", "bleu4,rouge1")
    refused(answer, errors.UnavailableError, "'bleu4'", "Java", "openjdk")
    values = {score.metric: score.value for score in load_record(only_run(tmp_path / "runs")).scores}
    assert values == {"bleu4": None, "rouge1": pytest.approx(100.0)}


@pytest.mark.usefixtures("no_java")
def test_default_metrics_that_need_java_are_left_undefined_with_the_reason(
    command: Command, tmp_path: Path
) -> None:
    answer = command(*TEXT_RUN)
    assert answer.code == 0, answer.err
    scores = {score.metric: score for score in load_record(only_run(tmp_path / "runs")).scores}
    without = {name for name, score in scores.items() if score.value is None}
    assert {"bleu4", "cider", "meteor"} <= without
    assert {"rouge1", "rougeL"} <= scores.keys() - without
    assert all("Java" in scores[name].reason for name in without)
    assert "Java" in answer.out


# Predictions made elsewhere -------------------------------------------------------------------------------


@pytest.fixture
def predictions(tmp_path: Path) -> Callable[..., Path]:
    """Writes a prediction file for the toy dataset, changed line by line."""
    from vsumbench.data.editions import open_edition
    from vsumbench.plugins import default_plugins

    plugins = default_plugins()
    spec = plugins.dataset("toy")
    toy = open_edition(spec, spec.editions[0], tmp_path, lambda dotted: plugins.load(dotted, what="toy"))

    def write(change: Callable[[list[dict[str, Any]]], object] = lambda lines: None) -> Path:
        lines = [
            {
                "id": video,
                "importance": [float(i % 7) for i in range(toy.video(video).steps)],
                "text": "a cat",
            }
            for video in toy.video_ids()
        ]
        change(lines)
        path = tmp_path / "pred.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return path

    return write


TOY_SCORE = ("--dataset", "toy", "-p", "peruser-2fps")


def test_a_whole_prediction_file_is_scored(command: Command, predictions: Callable[..., Path]) -> None:
    answer = command("score", predictions(), *TOY_SCORE)
    assert answer.code == 0 and "12 of 12 videos" in answer.out, answer


def test_references_that_are_planted_are_said_to_be(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "pred.jsonl"
    path.write_text('{"id": "v_nobody", "importance": [1]}\n')
    answer = command("score", path, "--dataset", "videoxum", "-p", "videoxum-top15")
    loud, line = answer.err.splitlines()
    assert "PLANTED DATA" in loud and answer.code == errors.PredictionError.exit_code and "v_nobody" in line


def test_with_common_the_videos_that_were_predicted_are_scored_and_the_coverage_is_printed(
    command: Command, predictions: Callable[..., Path]
) -> None:
    path = predictions(lambda lines: lines.__delitem__(slice(1, None)))
    answer = command("score", path, *TOY_SCORE, "--common", "--json")
    found = json.loads(answer.out)
    assert answer.code == 0 and (found["coverage"]["evaluated"], found["coverage"]["official"]) == (1, 12)
    assert all(score["value"] is not None and score["items"] == 1 for score in found["results"])


def _first(**changes: Any) -> Callable[[list[dict[str, Any]]], object]:
    return lambda lines: lines[0].update(changes)


PREDICTIONS: dict[
    str, tuple[Callable[[list[dict[str, Any]]], object], type[errors.VsumbenchError], Sequence[str]]
] = {
    "NaN": (_first(importance=[float("nan")]), errors.NonFiniteError, ("line 1", "toy_01", "finite")),
    "too short": (
        lambda lines: lines[2]["importance"].pop(),
        errors.PredictionError,
        ("toy_03", "expected ("),
    ),
    "unknown id": (_first(id="toy_1"), errors.PredictionError, ("'toy_1'", "Did you mean 'toy_1")),
    "missing": (lambda lines: lines.pop(4), errors.MissingPredictionError, ("toy_05", "1 of 12", "--common")),
    "twice": (lambda lines: lines.append(lines[3]), errors.DuplicateIdError, ("toy_04", "twice")),
    "no id": (lambda lines: lines[0].pop("id"), errors.PredictionError, ("line 1", "id", "--format NAME")),
    "unknown key": (_first(importanse=[1]), errors.PredictionError, ("line 1", "'importance'")),
    "wrong type": (_first(importance="high"), errors.PredictionError, ("line 1", "importance")),
    "no scores": (
        lambda lines: lines[1].pop("importance"),
        errors.PredictionError,
        ("toy_02", "no importance"),
    ),
    "unknown fold": (_first(fold="fold9"), errors.UnknownSettingError, ("'fold9'", "fold0")),
    "ragged repetition": (
        lambda lines: lines.append(lines[0] | {"repetition": 1}),
        errors.MissingPredictionError,
        ("repetition 1", "3 of 4"),
    ),
    "segment outside": (_first(segments=[[5, 1e6]]), errors.PredictionError, ("toy_01", "outside the video")),
    "damaged array": (
        _first(arrays={"p": {"dtype": "float32", "shape": [3], "data": "AAAA"}}),
        errors.PredictionError,
        ("line 1", "arrays"),
    ),
    "empty": (lambda lines: lines.clear(), errors.PredictionError, ("no predictions",)),
}


@pytest.mark.parametrize("what", PREDICTIONS)
def test_a_prediction_file_with_a_mistake_is_refused(
    what: str, command: Command, predictions: Callable[..., Path]
) -> None:
    change, kind, words = PREDICTIONS[what]
    refused(command("score", predictions(change), *TOY_SCORE), kind, *words)


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b'{"id": "toy_01", "impor', errors.DataDamagedError, ("line 1", "not JSON")),
        (b"\xff\xfe\x00", errors.DataDamagedError, ("UTF-8",)),
        (b"[]\n", errors.PredictionError, ("line 1",)),
        (b'{"id": "toy_01", "importance": [NaN]}\n', errors.NonFiniteError, ("line 1", "toy_01")),
        (b'{"id": "", "text": "x"}\n', errors.PredictionError, ("line 1",)),
    ],
)
def test_a_file_that_holds_no_predictions_is_refused(
    content: bytes,
    kind: type[errors.VsumbenchError],
    words: Sequence[str],
    command: Command,
    tmp_path: Path,
) -> None:
    path = tmp_path / "pred.jsonl"
    path.write_bytes(content)
    refused(command("score", path, *TOY_SCORE), kind, "pred.jsonl", *words)


def test_a_prediction_file_needs_something_to_be_compared_with(
    command: Command, predictions: Callable[..., Path], tmp_path: Path
) -> None:
    path = predictions()
    references = tmp_path / "ref.jsonl"
    references.write_text('{"id": "toy_01", "text": "a dog"}\n')
    refused(command("score", path), errors.UsageError, "--references")
    refused(command("score", path, "--references", references), errors.UsageError, "--protocol")
    refused(command("score", path, "--dataset", "toy"), errors.UsageError, "--protocol")
    both = ("--references", references, "--dataset", "toy", "-p", "paragraph-joined")
    refused(command("score", path, *both), errors.UsageError, "one of them")
    refused(command("score", tmp_path / "none.jsonl", *TOY_SCORE), errors.DataMissingError, "none.jsonl")
    refused(command("score", path, path, *TOY_SCORE), errors.UsageError, "one prediction file")


@pytest.mark.parametrize(
    ("predicted", "kind", "words"),
    [
        (("a",), errors.MissingPredictionError, ("1 of 2", "'b'", "--common")),
        (("a", "b", "c"), errors.PredictionError, ("'c'", "no reference")),
        (("a", "c"), errors.PredictionError, ("'c'",)),
    ],
    ids=["one too few", "one too many", "another"],
)
def test_texts_and_their_references_must_have_the_same_ids(
    predicted: Sequence[str],
    kind: type[errors.VsumbenchError],
    words: Sequence[str],
    command: Command,
    tmp_path: Path,
) -> None:
    references, path = tmp_path / "ref.jsonl", tmp_path / "pred.jsonl"
    for file, ids in ((references, ("a", "b")), (path, predicted)):
        file.write_text("".join(json.dumps({"id": name, "text": "a dog runs"}) + "\n" for name in ids))
    arguments = ("score", path, "--references", references, "-p", "paragraph-joined", "--metrics", "rouge1")
    refused(command(*arguments), kind, *words)


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        ('{"id": "a", "text": "x"}\n{"id": "a", "text": "y"}\n', errors.DuplicateIdError, ("line 2", "'a'")),
        ('{"id": "a", "txt": "x"}\n', errors.DataDamagedError, ("line 1", "'text'")),
        ('{"id": "a", "text": "x"', errors.DataDamagedError, ("line 1", "not JSON")),
        ("", errors.DataDamagedError, ("no references",)),
        ('{"id": "a", "importance": [[1, 2], [1]]}\n', errors.DataDamagedError, ("'a'", "lengths")),
        ('{"id": "a", "importance": [[1, NaN]]}\n', errors.DataDamagedError, ("line 1", "finite")),
        ('{"id": "a", "importance": [[1, 2]], "picks": [1, 0]}\n', errors.DataDamagedError, ("'a'", "picks")),
        (
            '{"id": "a", "importance": [[1, 2]], "change_points": [[0, 5]]}\n',
            errors.DataDamagedError,
            ("'a'", "change_points"),
        ),
    ],
)
def test_a_reference_file_with_a_mistake_is_refused(
    content: str,
    kind: type[errors.VsumbenchError],
    words: Sequence[str],
    command: Command,
    tmp_path: Path,
) -> None:
    references, path = tmp_path / "ref.jsonl", tmp_path / "pred.jsonl"
    references.write_text(content)
    path.write_text('{"id": "a", "text": "x", "importance": [1, 2]}\n')
    arguments = ("score", path, "--references", references, "-p", "paragraph-joined", "--metrics", "rouge1")
    refused(command(*arguments), kind, *words)


# Records --------------------------------------------------------------------------------------------------


def test_a_folder_without_a_sealed_record_is_no_run(command: Command, tmp_path: Path) -> None:
    refused(command("verify", tmp_path), errors.RecordError, "not a sealed run", "vsumbench run")
    refused(command("score", tmp_path), errors.RecordError, "not a sealed run")
    refused(command("verify", tmp_path / "none"), errors.RecordError, "does not exist")


def test_a_metric_that_a_runs_protocol_does_not_yield_for_is_refused(
    command: Command, tmp_path: Path
) -> None:
    assert command(*RANDOM_RUN, "--metrics", "kendall").code == 0
    folder = only_run(tmp_path / "runs")
    refused(
        command("score", folder, "--metrics", "f1"),
        errors.MismatchError,
        "'f1' compares selection, which 'peruser-2fps' does not yield",
        "Protocols that do: keyshot-f1-avg, keyshot-f1-max,",
    )
    refused(command("score", folder, "-p", "nothing"), errors.UnknownProtocolError, "list protocols")
    shutil.rmtree(folder / "scores")
    refused(command("verify", folder), errors.VerificationError, "kendall.jsonl")
    (folder / "request.json").write_text("{}")
    refused(command("score", folder), errors.RecordError, "request.json")


def test_with_debug_the_traceback_is_shown(command: Command) -> None:
    answer = command("run", "-m", "radnom", "-d", "toy", "--debug")
    assert answer.code == errors.UnknownModelError.exit_code and "Traceback" in answer.err
