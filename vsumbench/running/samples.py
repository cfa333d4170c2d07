"""What a model is handed: videos without a way to annotations and, for training, samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import overload

from vsumbench.contracts import Annotations, Dataset, Sample, Video


def open_videos(dataset: Dataset, ids: Sequence[str]) -> tuple[Video, ...]:
    """The videos themselves: nothing handed to `summarize` holds the reader, which knows annotations."""
    return tuple(dataset.video(video_id) for video_id in ids)


class Samples(Sequence[Sample]):
    """Training or validation samples, read when asked for."""

    def __init__(self, dataset: Dataset, ids: Sequence[str]) -> None:
        self._dataset = dataset
        self._ids = tuple(ids)

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> Samples: ...
    def __getitem__(self, index: int | slice) -> Sample | Samples:
        if isinstance(index, slice):
            return Samples(self._dataset, self._ids[index])
        video_id = self._ids[index]
        return Sample(self._dataset.video(video_id), self._dataset.annotations(video_id))


class TestAnnotations(Mapping[str, Annotations]):
    """Annotations of test videos, for reference rows that declare that they look at them."""

    __test__ = False

    def __init__(self, dataset: Dataset, ids: Sequence[str]) -> None:
        self._dataset = dataset
        self._ids = tuple(ids)

    def __getitem__(self, video_id: str) -> Annotations:
        if video_id not in self._ids:
            raise KeyError(video_id)
        return self._dataset.annotations(video_id)

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)
