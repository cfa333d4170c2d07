"""What a dataset tells of the videos a result file may name, and the dataset's id for each key of a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from vsumbench.contracts import Annotations, Video
from vsumbench.errors import PredictionError, close_matches


@dataclass(frozen=True)
class Known:
    """The videos that are tested.

    Attributes:
        ids: the dataset's ids, in its order.
        video, annotations: of one id; annotations tell which video is meant where a file gives a number.
        names: id → another name of the video (SumMe's titles, TVSum's YouTube ids); may be empty.
    """

    ids: tuple[str, ...]
    video: Callable[[str], Video]
    annotations: Callable[[str], Annotations]
    names: Mapping[str, str] = field(default_factory=dict)

    def id_of(self, key: str, path: Path) -> str:
        """The id a key stands for: itself, the end of `file/video_3`, or a name.

        Raises:
            PredictionError: no tested video has this id or name.
        """
        for name in (key, key.rpartition("/")[2]):
            if name in self._set:
                return name
            if name in self._by_name:
                return self._by_name[name]
        near = close_matches(key, [*self.ids, *self._by_name])
        raise PredictionError(
            f"{path}: key {key!r}: expected the id or name of one of the {len(self.ids)} videos that are "
            "tested, found another.",
            f"Did you mean {near[0]!r}?" if near else "Is it the result file of another dataset or split?",
        )

    @cached_property
    def _set(self) -> frozenset[str]:
        return frozenset(self.ids)

    @cached_property
    def _by_name(self) -> dict[str, str]:
        return {name: video for video, name in self.names.items() if video in self._set}
