"""Key frames: which segments, which frames, in one pass, and where the pictures stand."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from vsumbench.contracts import Frame, Video
from vsumbench.viewer.frames import album_of, nearest_steps
from vsumbench.viewer.keyframes import Key, key_note, key_segments, longest, places


def filmed(opened: list[int] | None = None, steps: int = 10) -> Video:
    """A video whose frame n is of grey n; `opened` gets a line for every stream and frame."""
    log = [] if opened is None else opened

    def frames() -> Iterator[Frame]:
        log.append(-1)
        for step in range(steps):
            log.append(step)
            yield Frame(index=step, time=float(step), pixels=np.full((9, 16, 3), step, dtype=np.uint8))

    return Video(
        id="v", duration=float(steps), fps=1.0, n_frames=steps, picks=np.arange(steps), frames=frames
    )


def test_segments_that_touch_or_overlap_are_one() -> None:
    found = key_segments([(6, 9), (0, 2), (2, 4), (7, 8)])
    assert found == (Key(0, 4), Key(6, 9))


def test_the_longest_are_kept_in_order_of_time_and_of_equals_the_earlier() -> None:
    keys = (Key(0, 1), Key(2, 5), Key(6, 7), Key(8, 12))
    assert longest(keys, 3) == (Key(0, 1), Key(2, 5), Key(8, 12))
    assert longest(keys, 0) == ()


def test_the_label_says_when_segments_are_left_out() -> None:
    assert "each selected segment" in key_note(4, 4)
    assert "the 3 longest of 7" in key_note(3, 7)


def test_the_frame_is_the_one_nearest_to_the_middle() -> None:
    assert nearest_steps(np.array([0.0, 2.0, 4.0]), [Key(1, 4).middle, 3.0, 99.0]) == (1, 1, 2)


def test_pictures_stand_at_their_segments_and_do_not_overlap() -> None:
    assert places([200, 500], 100) == (200, 500)
    assert places([0, 10, 990, 1000], 100) == (50, 150, 850, 950)
    crowded = places([500] * 10, 100)
    assert crowded == tuple(50 + 100 * place for place in range(10))


def test_every_frame_is_decoded_once_however_many_rows_show_it() -> None:
    log: list[int] = []
    album = album_of(filmed(log), [4, 1, 4, 7, 1], 24)
    assert log.count(-1) == 1 and max(log.count(step) for step in range(10)) == 1
    assert list(album.pictures) == [1, 4, 7]
    assert [one.time for one in album.of([7, 1])] == [7.0, 1.0]
    assert all(one.uri.startswith("data:image/jpeg;base64,") for one in album.pictures.values())


def test_without_frames_or_with_none_asked_for_the_reason_is_said() -> None:
    bare = Video(id="v", duration=1.0, fps=1.0, n_frames=1, picks=np.array([0]))
    assert "no frames" in album_of(bare, [0], 24).reason
    assert "not asked for" in album_of(filmed(), [0], 0).reason


def test_without_pillow_the_reason_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == "PIL":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    album = album_of(filmed(), [0], 24)
    assert album.pictures == {} and "pip install 'vsumbench[video]'" in album.reason
