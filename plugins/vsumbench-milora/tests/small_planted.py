"""A dataset of a few planted videos with frames and texts, held in memory: `./small_planted.py:SPEC`.

`LONG` has enough training videos for a checkpoint in the middle of an epoch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from vsumbench.contracts import (
    Annotations,
    DatasetSpec,
    EditionSpec,
    EditionStatus,
    Fold,
    Frame,
    Provides,
    Selection,
    SplitSetSpec,
    Task,
    TimedText,
    Video,
)
from vsumbench.planted import LOOK_VERSION, TARGET, VERSION, sentences, write_script

SIZES = {"planted": (12, 4, 4), "planted-long": (54, 4, 4)}
"""Edition → videos to learn from, to choose the checkpoint by, and to test."""


def _edition(name: str) -> EditionSpec:
    return EditionSpec(
        id=name,
        provides=Provides(frames=True, text_references=True, timed_captions=True),
        tasks=(Task.V2T,),
        version=f"{VERSION}.{LOOK_VERSION}",
    )


SPEC = DatasetSpec(
    id="small-planted",
    title="Small planted (in memory)",
    tasks=(Task.V2T,),
    editions=tuple(_edition(name) for name in SIZES),
    split_sets=(SplitSetSpec(id="official", title="train, validation, test"),),
    default_protocols=("paragraph",),
    default_selection=Selection.VALIDATION,
    implementation="small_planted:SmallPlanted",
    licence="Apache-2.0",
)


class SmallPlanted:
    """One step a second; a frame is drawn when it is asked for. `folder` is not read."""

    def __init__(self, folder: Path, edition: str) -> None:
        self._sizes = SIZES[edition]

    def status(self) -> EditionStatus:
        """Always whole."""
        return EditionStatus(present=self.video_ids())

    def fingerprint(self) -> str:
        """Over the texts; frames follow from the ids and the version of the generator."""
        from vsumbench.data import sha256_json

        return sha256_json([LOOK_VERSION, {name: self.annotations(name).texts for name in self.video_ids()}])

    def video_ids(self) -> tuple[str, ...]:
        """`small_000` and so on: train, validation, test."""
        return tuple(f"small_{number:03d}" for number in range(sum(self._sizes)))

    def folds(self, split_set: str) -> tuple[Fold, ...]:
        """One."""
        ids, (train, validation, _) = self.video_ids(), self._sizes
        held = train + validation
        return (Fold("official", train=ids[:train], validation=ids[train:held], test=ids[held:]),)

    def video(self, video_id: str) -> Video:
        """A video of as many frames as seconds."""
        import numpy as np

        seconds = write_script(TARGET, video_id).seconds
        return Video(
            id=video_id,
            duration=float(seconds),
            fps=1.0,
            n_frames=seconds,
            picks=np.arange(seconds, dtype=np.int64),
            frames=partial(_draw, video_id, range(seconds)),
            frames_at=partial(_draw, video_id),
        )

    def annotations(self, video_id: str) -> Annotations:
        """One text, which a blank divides into sentences."""
        script = write_script(TARGET, video_id)
        told = sentences(script)
        captions = tuple(
            TimedText(start=float(scene.start), end=float(scene.end), text=sentence)
            for scene, sentence in zip(script.scenes, told, strict=True)
        )
        return Annotations(video_id=video_id, texts=(" ".join(told),), captions=(captions,))


def _draw(video_id: str, steps: Sequence[int]) -> Iterator[Frame]:
    from vsumbench.planted.render import render

    for step, pixels in zip(steps, render(write_script(TARGET, video_id), steps), strict=True):
        yield Frame(index=step, time=float(step), pixels=pixels)
