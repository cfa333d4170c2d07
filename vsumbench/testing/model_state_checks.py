"""Checks of what a model keeps: save and load, resume, safe files, selection rules."""

from __future__ import annotations

from collections.abc import Sequence

from vsumbench.contracts import Selection, Summary

from .checks import Check, Failed, Skipped, require
from .comparing import difference
from .interrupting import Stopped
from .model_output_checks import require_valid
from .model_subject import ModelSubject, Trained
from .saved_files import unsafe_files


def save_load(subject: ModelSubject) -> None:
    """A new instance that loads what another saved answers as that one, and saves the same again."""
    trained = subject.trained
    fresh = subject.build(subject.new_folder())
    fresh.load(trained.saved)
    found = difference(subject.summarize(trained.model), subject.summarize(fresh))
    require(not found, f"after save and load: {found}")


def resume(subject: ModelSubject) -> str | None:
    """Stopped at several steps of `fit` and called again, it ends with the same weights and summaries."""
    if not subject.trainable:
        raise Skipped("it does not train")
    whole = subject.trained
    require(
        whole.steps > 0,
        "fit never calls context.progress.advance, so a run can be neither watched nor stopped within it",
    )
    expected = subject.summarize(whole.model)
    steps = {}
    for stop in sorted(
        {1, whole.steps // 2 + 1, whole.steps - 1, whole.steps} & set(range(1, whole.steps + 1))
    ):
        folder = subject.new_folder()
        try:
            subject.train(folder, stop_at=stop)
        except Stopped:
            resumed = subject.train(folder)
        else:
            raise Failed(f"an interruption at step {stop} of {whole.steps} was swallowed by fit")
        _require_same(
            subject, whole, resumed, expected, f"stopped at step {stop} of {whole.steps} and resumed"
        )
        steps[stop] = resumed.steps
    folder = subject.new_folder()
    subject.train(folder)
    again = subject.train(folder)
    _require_same(subject, whole, again, expected, "called again after it had finished")
    late = max(steps)
    return "it starts anew after an interruption" if steps[late] >= whole.steps > 1 else None


def _require_same(
    subject: ModelSubject, whole: Trained, other: Trained, expected: Sequence[Summary], when: str
) -> None:
    names = [
        name
        for name in whole.files.keys() | other.files.keys()
        if whole.files.get(name) != other.files.get(name)
    ]
    require(
        not names,
        f"{when}, it saves another {min(names, default='')} than an uninterrupted training",
    )
    found = difference(expected, subject.summarize(other.model))
    require(not found, f"{when}, it answers otherwise than an uninterrupted training: {found}")


def selection_rules(subject: ModelSubject) -> None:
    """It trains without validation samples too, as `last-epoch` and `train-loss` ask."""
    if not subject.trainable:
        raise Skipped("it does not train")
    for rule in (Selection.LAST_EPOCH, Selection.TRAIN_LOSS):
        trained = subject.train(subject.new_folder(), selection=rule)
        videos = subject.material.videos()
        require_valid(subject.tasks, videos, subject.summarize(trained.model, videos))


def no_pickle(subject: ModelSubject) -> None:
    """What `save` and `fit` write is safetensors, JSON, npz without objects, or text."""
    trained = subject.trained
    folders = [("save", trained.saved), ("fit", trained.checkpoints)]
    if subject.trainable and trained.steps > 1:
        # Checkpoints may be cleared at the end; those of a stopped training are looked at too.
        folder = subject.new_folder()
        try:
            subject.train(folder, stop_at=trained.steps)
        except Stopped:
            folders.append(("fit", folder / "checkpoints"))
    for who, place in folders:
        for line in unsafe_files(place):
            raise Failed(f"{who} wrote a file that is not plain data: {line}")


CHECKS = (
    Check("save-load", "saved and loaded, it gives the same summaries", save_load),
    Check("no-pickle", "it writes safetensors, JSON, npz without objects or text", no_pickle),
    Check("resume", "a training stopped at any step ends as an uninterrupted one", resume),
    Check("selection-rules", "it trains with and without validation samples", selection_rules),
)
