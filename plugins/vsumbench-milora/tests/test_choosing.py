"""Grid search and cross-validation: the sweeps resolve, and what is chosen is chosen on validation alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from milora_support import Bench, options_of, samples
from vsumbench_milora import choosing
from vsumbench_milora.choosing import choices
from vsumbench_milora.milora.dividing import divided
from vsumbench_milora.milora.model import Milora
from vsumbench_milora.options import MiloraOptions
from vsumbench_milora.specs import MILORA
from vsumbench_milora.video_llama.teaching import examples_of

from vsumbench.config.options import compose_options
from vsumbench.contracts import Selection
from vsumbench.errors import DataDamagedError, MismatchError
from vsumbench.plugins import default_plugins
from vsumbench.running.request import RunRequest
from vsumbench.running.sweeping import expand, read_sweep
from vsumbench.testing.sealed import make_record, make_score, seal

SWEEPS = Path(__file__).parents[1] / "sweeps"


def composed(name: str) -> list[tuple[RunRequest, Any]]:
    """The runs of a sweep of the plugin, with their options."""
    requests = expand(read_sweep(SWEEPS / name), RunRequest(model="", dataset=""), default_plugins())
    preset = MILORA.preset("tiny" if "tiny" in name else "paper")
    return [
        (one, compose_options(MILORA, preset=preset, overrides=one.overrides).options) for one in requests
    ]


@pytest.mark.parametrize("name", ["rank-share.yaml", "rank-share-tiny.yaml"])
def test_the_grid_is_over_the_rank_share_and_looks_at_validation(name: str) -> None:
    runs = composed(name)
    shares = [options.rank_share for _, options in runs]
    assert len(set(shares)) == len(shares) >= 3 and compose_options(MILORA).options.rank_share in (
        shares if "tiny" not in name else (0.022,)
    )
    assert {(one.model, one.dataset, one.selection) for one, _ in runs} == {
        ("milora@combined", "videoxum", "validation")
    }
    assert {options.cross_validation_fold for _, options in runs} == {-1}


@pytest.mark.parametrize("name", ["experts.yaml", "experts-tiny.yaml"])
def test_each_number_of_experts_is_trained_on_every_fold_of_the_training_videos(name: str) -> None:
    runs = composed(name)
    pairs = [(options.experts, options.cross_validation_fold) for _, options in runs]
    numbers = {experts for experts, _ in pairs}
    assert len(numbers) >= 2 and 4 in numbers
    assert sorted(pairs) == [(experts, fold) for experts in sorted(numbers) for fold in range(5)]
    assert {one.selection for one, _ in runs} == {"last-epoch"}
    assert {options.cross_validation_folds for _, options in runs} == {5}


def test_every_video_is_held_out_once_whatever_the_order() -> None:
    examples = examples_of(samples(11))
    parts = [divided(examples, fold, 4) for fold in range(4)]
    held = [one.video.id for _, own in parts for one in own]
    assert sorted(held) == sorted(one.video.id for one in examples)
    assert sorted(len(own) for _, own in parts) == [2, 3, 3, 3]
    for kept, own in parts:
        assert {one.video.id for one in kept} | {one.video.id for one in own} == set(held)
        assert len(kept) + len(own) == 11
    again = divided(examples[::-1], 2, 4)[1]
    assert {one.video.id for one in again} == {one.video.id for one in parts[2][1]}
    with pytest.raises(MismatchError, match="cannot be divided into 12"):
        divided(examples, 0, 12)


def learner(folder: Path, **changes: Any) -> tuple[Milora, Bench]:
    options = options_of(**{"num_frames": 2, "max_new_tokens": 20, "epochs": 2} | changes)
    bench = Bench(folder, options)
    return Milora(options, bench.context()), bench


def test_a_held_out_fold_is_not_learned_and_its_loss_is_noted(weights: Path, tmp_path: Path) -> None:
    taught = samples(6)
    model, bench = learner(tmp_path / "fold", cross_validation_fold=1, cross_validation_folds=3)
    report = model.fit(taught, [], bench.context())
    kept, held = divided(examples_of(taught), 1, 3)
    assert len(report.history) == 2 and all(-10 < entry["score"] < 0 for entry in report.history)
    # The same as a training on the others alone, validated on these.
    alone, bench = learner(tmp_path / "alone", monitor="val_loss")
    context = bench.context(selection=Selection.INNER_VAL, validate=lambda summaries: 0.0)
    names = {one.video.id for one in kept}
    other = alone.fit(
        [one for one in taught if one.video.id in names],
        [one for one in taught if one.video.id not in names],
        context,
    )
    assert len(held) == 2
    assert [entry["score"] for entry in report.history] == [entry["score"] for entry in other.history]


def test_cross_validation_is_refused_where_other_videos_validate(weights: Path, tmp_path: Path) -> None:
    model, bench = learner(tmp_path, cross_validation_fold=0)
    context = bench.context(selection=Selection.VALIDATION, validate=lambda summaries: 0.0)
    with pytest.raises(MismatchError, match="looks at others"):
        model.fit(samples(6), samples(2, "w"), context)


def sealed(
    runs: Path, scores: list[float], test: float = 0.0, selection: str = "validation", **options: Any
) -> Path:
    """A run that noted these validation scores, and got `test` on the test videos."""
    number = len(list(runs.glob("*")))
    record = make_record(
        "milora",
        "videoxum",
        [make_score("paragraph", "rougeL", test, scale="percent")],
        variant="combined",
        options={"rank_share": 0.02, "experts": 4, "cross_validation_fold": -1} | options,
        split_set="official",
        selection=selection,
    )
    folder = seal(runs, record, f"run{number}")
    (folder / "folds" / "official").mkdir(parents=True)
    history = [{"loss": 1.0, "rate": 0.1, "score": score} for score in scores]
    (folder / "folds" / "official" / "fit.json").write_text(json.dumps({"history": history}))
    return folder


def test_the_best_validation_score_chooses_and_test_scores_do_not(tmp_path: Path) -> None:
    folders = [
        sealed(tmp_path, [10.0, 12.0, 11.0], test=90.0, rank_share=0.01),
        sealed(tmp_path, [9.0, 14.0], test=10.0, rank_share=0.02),
        sealed(tmp_path, [13.0], test=99.0, rank_share=0.04),
    ]
    found = choices(folders, "rank_share")
    assert [(one.value, one.mean) for one in found] == [(0.02, 14.0), (0.04, 13.0), (0.01, 12.0)]


def test_folds_of_the_training_videos_are_averaged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for experts, losses in ((2, (-1.0, -3.0)), (4, (-1.5, -2.0))):
        for fold, loss in enumerate(losses):
            sealed(tmp_path, [loss], experts=experts, cross_validation_fold=fold)
    choosing.main([str(tmp_path), "experts"])
    assert capsys.readouterr().out.splitlines() == [
        "experts=4  -1.7500  sd 0.3536 over 2 runs  best",
        "experts=2  -2.0000  sd 1.4142 over 2 runs",
    ]


@pytest.mark.parametrize(("option", "values"), [("ranks", ([2, 2], [4, 4])), ("top_k", (None, 2))])
def test_a_value_may_be_a_list_or_nothing(tmp_path: Path, option: str, values: tuple[Any, Any]) -> None:
    folders = [
        sealed(tmp_path, [score], **{option: value}) for value, score in zip(values, (1, 2), strict=True)
    ]
    assert [one.value for one in choices(folders, option)] == [*reversed(values)]
    equal = [sealed(tmp_path / "equal", [3.0], **{option: value}) for value in reversed(values)]
    assert [one.value for one in choices(equal, option)] == [*values]


def test_values_that_held_other_folds_out_are_not_compared(tmp_path: Path) -> None:
    pairs = [(2, 0), (2, 1), (4, 1), (4, 1)]
    folders = [
        sealed(tmp_path, [-1.0], experts=experts, cross_validation_fold=fold) for experts, fold in pairs
    ]
    with pytest.raises(MismatchError, match="other folds"):
        choices(folders, "experts")


def test_runs_that_cannot_be_compared_are_refused(tmp_path: Path) -> None:
    one = sealed(tmp_path, [1.0], rank_share=0.01)
    with pytest.raises(MismatchError, match=r"differs .* in options"):
        choices([one, sealed(tmp_path, [1.0], experts=8)], "rank_share")
    with pytest.raises(MismatchError, match="no option 'ranks'"):
        choices([one], "ranks")
    with pytest.raises(MismatchError, match="unequally often"):
        choices([one, sealed(tmp_path, [2.0], rank_share=0.04), one], "rank_share")
    with pytest.raises(MismatchError, match="without validation"):
        choices([sealed(tmp_path, [])], "rank_share")
    with pytest.raises(MismatchError, match="on the test videos"):
        choices([sealed(tmp_path, [1.0], selection="best-test-epoch")], "rank_share")
    (one / "record.json").write_text("{}")
    with pytest.raises(DataDamagedError, match="is no record of a run"):
        choices([one], "rank_share")
    with pytest.raises(MismatchError, match="no sealed runs"):
        choices([], "rank_share")


def test_the_folds_of_the_options_are_whole(tmp_path: Path) -> None:
    for values in (
        {"cross_validation_fold": 5},
        {"cross_validation_fold": -2},
        {"cross_validation_folds": 1},
    ):
        with pytest.raises(ValueError, match="cross_validation_fold"):
            MiloraOptions(**values)
