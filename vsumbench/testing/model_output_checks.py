"""Checks of what a model answers: valid, from declared inputs, deterministic, in whatever order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from vsumbench.contracts import Summary, Task, Video, check_summary

from .checks import Check, Failed, require
from .comparing import difference, summaries_digest
from .elsewhere import in_fresh_interpreter
from .model_subject import ModelSubject


def output(subject: ModelSubject) -> None:
    """Every summary passes `check_summary`, they come in order, and each declared task is answered."""
    videos = subject.material.videos()
    summaries = subject.summarize(subject.trained.model, videos)
    require_valid(subject.tasks, videos, summaries)


def require_valid(tasks: Sequence[Task], videos: Sequence[Video], summaries: Sequence[Summary]) -> None:
    """Fail unless these are acceptable summaries of these videos."""
    groups = [(name, list(group)) for name, group in groupby(summaries, lambda summary: summary.video_id)]
    got, asked = [name for name, _ in groups], [video.id for video in videos]
    require(
        got == asked,
        f"summaries came for {', '.join(got) or 'no video'}; expected each once and in order: "
        f"{', '.join(asked)}",
    )
    for video, (_, group) in zip(videos, groups, strict=True):
        for summary in group:
            check_summary(summary, video)
        for task in tasks:
            require(
                any(summary.answers(task) for summary in group),
                f"no summary of video {video.id!r} answers {task.value}, which the spec declares",
            )


def declared_inputs(subject: ModelSubject) -> None:
    """With each declared set of inputs alone, and nothing else in the videos, it still works."""
    for inputs in subject.spec.inputs or (None,):
        material = subject.stripped(inputs)
        try:
            trained = subject.train(subject.new_folder(), material=material)
            videos = material.videos()
            require_valid(subject.tasks, videos, subject.summarize(trained.model, videos))
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            named = "no inputs" if inputs is None else f"only {inputs}"
            raise Failed(f"given {named}, it raised {type(error).__name__}: {error}") from error


def deterministic(subject: ModelSubject) -> None:
    """Built, trained and asked twice with one seed, it answers the same."""
    first = subject.summarize(subject.trained.model)
    again = subject.summarize(subject.trained.model)
    require(not difference(first, again), f"asked twice, it answers differently: {difference(first, again)}")
    second = subject.train(subject.new_folder())
    found = difference(first, subject.summarize(second.model))
    require(not found, f"two builds with the same seed answer differently: {found}")


_PROBE = """
from vsumbench.plugins import Plugins
from vsumbench.testing.comparing import summaries_digest
from vsumbench.testing.suite import open_subject
with open_subject("model", target, Plugins()) as subject:
    answer = summaries_digest(subject.summarize(subject.trained.model))
"""


def other_process(subject: ModelSubject) -> None:
    """What depends on the order of a set, or on a random number nobody seeded, shows in another process."""
    here = summaries_digest(subject.summarize(subject.trained.model))
    require(
        in_fresh_interpreter(_PROBE, subject.target) == here,
        "another process gives other summaries with the same seed: the order of a set, or a generator "
        "nobody seeded",
    )


def order(subject: ModelSubject) -> None:
    """A summary depends on its own video, not on the ones before it."""
    model = subject.trained.model
    videos = subject.material.videos()
    straight = _by_video(subject.summarize(model, videos))
    for reordered in (videos[::-1], videos[1:]):
        answers = _by_video(subject.summarize(model, reordered))
        for video in reordered:
            require(
                video.id in answers and video.id in straight,
                f"video {video.id!r} has no summary when the videos come in another order",
            )
            found = difference(straight[video.id], answers[video.id])
            require(not found, f"the order or number of videos changes a summary: {found}")


def _by_video(summaries: Sequence[Summary]) -> dict[str, list[Summary]]:
    found: dict[str, list[Summary]] = {}
    for summary in summaries:
        found.setdefault(summary.video_id, []).append(summary)
    return found


CHECKS = (
    Check("output", "every summary is valid, in order, and answers the declared tasks", output),
    Check("declared-inputs", "the declared inputs are all it reads", declared_inputs),
    Check("deterministic", "the same seed gives the same summaries", deterministic),
    Check("other-process", "another process gives the same summaries", other_process),
    Check("order", "the order of the videos changes no summary", order),
)
