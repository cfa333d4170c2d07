"""The parts of `vsumbench summarize` that are numbers in, numbers out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scene_clips import write_clip

from vsumbench.contracts import Summary, TimedText, Video
from vsumbench.data.video import probe
from vsumbench.errors import OptionValueError, StorageError
from vsumbench.summarizing.applying import answer_of
from vsumbench.summarizing.budget import parse_budget
from vsumbench.summarizing.captions import cut_captions
from vsumbench.summarizing.choosing import choose, shown_importance
from vsumbench.summarizing.cutlist import clock, edl, segments_csv, timecode
from vsumbench.summarizing.place import check_place, placed
from vsumbench.summarizing.segmenting import WINDOW, boundaries, joined, unit_rows
from vsumbench.summarizing.sound import Sound
from vsumbench.summarizing.storyboard import WIDTH, _layout, keyframes
from vsumbench.summarizing.timeline import Segment, Timeline, timeline


def line_of(frames: int, fps: float = 25.0) -> Timeline:
    return timeline(np.arange(frames) / fps, frames / fps, fps)


def shots_of(*lengths: int) -> np.ndarray:
    edges = np.concatenate(([0], np.cumsum(lengths)))
    return np.stack((edges[:-1], edges[1:] - 1), axis=1)


def part(shot: int, first: int, stop: int, whole: bool = True) -> Segment:
    return Segment(shot=shot, first=first, stop=stop, whole=whole)


# Budgets


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0.15", 30),
        ("15%", 30),
        ("1", 200),
        ("60s", 60),
        ("1m30s", 90),
        ("2m", 120),
        (" 2.5 s", 2.5),
        ("3min", 180),
    ],
)
def test_a_budget_is_a_share_or_a_time(text: str, seconds: float) -> None:
    assert parse_budget(text).seconds(200.0) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["0", "1.5", "-0.1", "nan", "inf", "101%", "0s", "short", "", "s", "1:30"])
def test_a_budget_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(OptionValueError, match="budget"):
        parse_budget(text)


def test_a_budget_longer_than_the_video_is_refused() -> None:
    with pytest.raises(OptionValueError, match=r"60 s is longer than the video, which lasts 5\.28 s"):
        parse_budget("60s").seconds(5.28)


# Shots


def scenes(*lengths: int, seed: int = 0, noise: float = 0.02) -> np.ndarray:
    draw = np.random.default_rng(seed)
    rows = [draw.random((1, 24)) + draw.normal(0, noise, (length, 24)) for length in lengths]
    return np.concatenate(rows)


def test_shots_begin_where_scenes_do() -> None:
    lengths = (12, 30, 9, 44, 25)
    assert boundaries(scenes(*lengths), 2.0).tolist() == np.cumsum(lengths)[:-1].tolist()


@pytest.mark.parametrize("rows", [np.zeros((1, 4)), np.zeros((30, 4)), np.full((30, 4), 3.0)])
def test_nothing_that_changes_is_one_shot(rows: np.ndarray) -> None:
    assert boundaries(rows, 2.0).tolist() == []


def test_a_shot_lasts_a_second_at_least() -> None:
    rows = np.eye(60)
    for per_second in (1.0, 2.0, 5.0):
        edges = np.concatenate(([0], boundaries(rows, per_second), [60]))
        assert np.diff(edges).min() >= per_second


def test_twice_as_many_steps_a_second_find_the_same_shots() -> None:
    rows = scenes(12, 30, 9, 44, 25, noise=0.0)
    assert (boundaries(np.repeat(rows, 2, axis=0), 4.0) == 2 * boundaries(rows, 2.0)).all()


def test_a_long_video_is_cut_where_its_scenes_begin_and_not_where_windows_end() -> None:
    lengths = (700, 900, 40, 3000, 25, 60, 2000)
    told: list[tuple[int, int]] = []
    found = boundaries(scenes(*lengths, noise=0.01), 2.0, progress=lambda a, b: told.append((a, b)))
    assert sum(lengths) > 5 * WINDOW
    assert found.tolist() == np.cumsum(lengths)[:-1].tolist()
    assert [done for done, _ in told] == sorted({done for done, _ in told})


def test_shots_are_joined_until_there_are_no_more_than_asked_for() -> None:
    # Scene 2 is like scene 1; the third is another.
    rows = np.concatenate(
        [np.tile([1.0, 0.0, 0.0], (9, 1)), np.tile([0.9, 0.3, 0.0], (9, 1)), np.tile([0, 0, 1.0], (9, 1))]
    )
    assert boundaries(rows, 2.0, 2).tolist() == [18]
    assert boundaries(rows, 2.0, 1).tolist() == []
    assert joined(unit_rows(rows), np.asarray([9, 18]), 5).tolist() == [9, 18]


# What is shown


def test_the_best_shots_that_fit_are_taken_whole() -> None:
    shots = shots_of(50, 50, 50, 50, 50, 50)
    scores = np.repeat([1.0, 5.0, 2.0, 4.0, 3.0, 0.5], 50)
    found = choose(scores, shots, line_of(300), 6.0)
    assert [(s.shot, s.first, s.stop, s.whole) for s in found] == [
        (1, 50, 100, True), (3, 150, 200, True), (4, 200, 250, True),
    ]  # fmt: skip


def test_of_long_shots_the_best_part_is_taken() -> None:
    scores = np.zeros(1000)
    scores[300:340] = 1.0
    scores[700:720] = 0.5
    found = choose(scores, shots_of(500, 500), line_of(1000), 3.0)
    assert [(segment.shot, segment.whole) for segment in found] == [(0, False), (1, False)]
    assert found[0].first >= 300 and found[0].stop <= 340
    assert sum(s.stop - s.first for s in found) / 25 <= 3.0


def test_one_shot_longer_than_the_budget_gives_a_summary_that_is_not_empty() -> None:
    scores = np.linspace(0, 1, 200)
    (segment, *rest) = choose(scores, shots_of(200), line_of(200), 0.8)
    assert not rest and (segment.first, segment.stop) == (180, 200)


def test_a_budget_below_a_frame_shows_a_frame() -> None:
    found = choose(np.ones(100), shots_of(100), line_of(100), 0.01)
    assert sum(s.stop - s.first for s in found) == 1


def test_negative_importance_counts_from_its_least() -> None:
    assert shown_importance(np.asarray([-3.0, -1.0])).tolist() == [0.0, 2.0]
    assert shown_importance(np.asarray([0.0, 0.0])).tolist() == [1.0, 1.0]
    assert shown_importance(np.asarray([0.2, 0.5])).tolist() == [0.2, 0.5]
    scores = np.repeat([-9.0, -1.0, -5.0], 25)
    assert [s.shot for s in choose(scores, shots_of(25, 25, 25), line_of(75), 1.0)] == [1]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_summary_keeps_its_budget_and_its_order(data: st.DataObject) -> None:
    lengths = data.draw(st.lists(st.integers(1, 90), min_size=1, max_size=12))
    frames = sum(lengths)
    gaps = np.asarray(data.draw(st.lists(st.floats(0.01, 0.2), min_size=frames, max_size=frames)))
    line = timeline(np.concatenate(([0.0], np.cumsum(gaps)[:-1])), float(gaps.sum()), 20.0)
    draw = np.random.default_rng(data.draw(st.integers(0, 100)))
    scores = draw.normal(size=frames)
    budget = data.draw(st.floats(0.05, 1.0)) * line.duration
    shots = shots_of(*lengths)
    found = choose(scores, shots, line, budget)
    assert found
    total = sum(line.seconds(s.first, s.stop) for s in found)
    assert total <= budget + 1e-3 or (len(found) == 1 and found[0].stop - found[0].first == 1)
    for before, after in pairwise(found):
        assert before.stop <= after.first
    for segment in found:
        first, last = shots[segment.shot]
        assert first <= segment.first < segment.stop <= last + 1
        assert segment.whole == ((segment.first, segment.stop) == (first, last + 1))


def test_a_shot_takes_a_third_of_the_budget_where_there_are_others() -> None:
    found = choose(np.ones(2000), shots_of(500, 500, 500, 500), line_of(2000), 12.0)
    assert [(part.stop - part.first) / 25 for part in found] == [4.0, 4.0, 4.0]


def test_few_shots_take_more_so_that_no_room_is_left() -> None:
    for lengths, seconds in (((500,), [6.0]), ((500, 500), [3.0, 3.0]), ((25, 975), [1.0, 5.0])):
        frames = sum(lengths)
        found = choose(np.ones(frames), shots_of(*lengths), line_of(frames), 6.0)
        shown = [(segment.stop - segment.first) / 25 for segment in found]
        assert sum(shown) == pytest.approx(sum(seconds), abs=1.0)


def test_a_short_budget_is_used_up_though_no_part_may_be_short() -> None:
    for budget in (0.8, 1.8, 2.6, 2.96):
        found = choose(np.ones(1000), shots_of(250, 250, 250, 250), line_of(1000), budget)
        parts = [(one.stop - one.first) / 25 for one in found]
        assert budget - 0.1 < sum(parts) <= budget + 1e-6 and len(parts) == max(1, int(budget))


def test_a_storyboard_of_thousands_of_segments_is_no_higher_than_jpeg_allows() -> None:
    for ratio in (9 / 16, 16 / 9):
        for tiles in (1, 40, 3_000, 20_000):
            columns, width, height = _layout(tiles, ratio)
            assert columns * width < WIDTH and -(-tiles // columns) * (height + 50) < 65_000
    assert _layout(12, 16 / 9)[0] == 4


def test_the_frame_of_a_segment_is_its_most_important_step() -> None:
    importance = np.zeros(100)
    importance[40:50] = 1.0
    segments = [
        part(0, 0, 60),
        part(1, 71, 73, False),
    ]
    assert keyframes(segments, importance, np.arange(0, 100, 10)).tolist() == [40, 71]


# What a model answers


def video_of(shots: np.ndarray | None = None) -> Video:
    return Video(id="v", duration=4.0, fps=10.0, n_frames=40, picks=np.arange(0, 40, 10), change_points=shots)


def test_scores_of_steps_hold_until_the_next_step_or_shot() -> None:
    summary = Summary(video_id="v", importance=np.asarray([1.0, 2.0, 3.0, 4.0]))
    times = np.arange(40) / 10
    plain = answer_of(summary, video_of(), times)
    assert plain.frames is not None and plain.frames.tolist() == np.repeat([1.0, 2.0, 3.0, 4.0], 10).tolist()
    cut = answer_of(summary, video_of(shots_of(15, 25)), times)
    assert cut.frames is not None and cut.frames[14:21].tolist() == [2.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0]


def test_frames_segments_and_times_become_scores_of_steps() -> None:
    times = np.arange(40) / 10
    by_frames = answer_of(
        Summary(video_id="v", importance=np.arange(40.0), times="frames"), video_of(), times
    )
    assert by_frames.steps is not None and by_frames.steps.tolist() == [4.5, 14.5, 24.5, 34.5]
    by_segments = answer_of(Summary(video_id="v", segments=np.asarray([[1.0, 2.5]])), video_of(), times)
    assert by_segments.steps is not None and by_segments.steps.tolist() == [0.0, 1.0, 0.5, 0.0]
    given = Summary(video_id="v", importance=np.asarray([5.0, 7.0]), times=np.asarray([0.5, 3.0]))
    by_times = answer_of(given, video_of(), times)
    assert by_times.frames is not None and by_times.frames.tolist() == [5.0] * 30 + [7.0] * 10
    text = answer_of(Summary(video_id="v", text="A dog."), video_of(), times)
    assert (text.frames, text.steps, text.text) == (None, None, "A dog.")


# Lists


SEGMENTS = [
    part(0, 25, 75),
    part(3, 1500, 1512, False),
]


def test_time_code_counts_frames_at_the_nearest_whole_rate() -> None:
    assert timecode(0, 30) == "00:00:00:00"
    assert timecode(107_892, 30) == "00:59:56:12"
    text = edl("Talk", "talk.mp4", SEGMENTS, line_of(2000, 30_000 / 1001), variable=False, sound=True)
    assert text.splitlines()[:5] == [
        "TITLE: Talk",
        "FCM: NON-DROP FRAME",
        "",
        "001  AX       AA/V  C        00:00:00:25 00:00:02:15 00:00:00:00 00:00:01:20",
        "* FROM CLIP NAME: talk.mp4",
    ]
    assert "002  AX       AA/V  C        00:00:50:00 00:00:50:12 00:00:01:20 00:00:02:02" in text


def test_time_code_of_a_variable_rate_counts_seconds() -> None:
    line = timeline(np.concatenate((np.arange(10) / 10, 1 + np.arange(10) / 2)), 6.0, 3.3)
    text = edl("a\nb", "a", [part(0, 10, 14)], line, variable=True, sound=False)
    assert "TITLE: a b" in text
    assert "001  AX       V     C        00:00:01:00 00:00:03:00 00:00:00:00 00:00:02:00" in text


def test_the_table_of_segments_has_a_row_for_each() -> None:
    rows = list(csv.DictReader(io.StringIO(segments_csv(SEGMENTS, [0.5, 0.25], line_of(2000)))))
    assert [row["shot"] for row in rows] == ["1", "4"]
    assert rows[1] | {} == {
        "segment": "2", "shot": "4", "first_frame": "1500", "last_frame": "1511", "start_s": "60.000000",
        "end_s": "60.480000", "seconds": "0.480000", "summary_start_s": "2.000000", "importance": "0.25",
        "whole_shot": "no",
    }  # fmt: skip


def test_clocks_are_short_and_do_not_round_up_to_sixty() -> None:
    assert [clock(t) for t in (0, 59.99, 60, 3661)] == ["0:00", "0:59", "1:00", "1:01:01"]
    assert [clock(t, fraction=True) for t in (0, 59.97, 61.25)] == ["0:00.0", "1:00.0", "1:01.3"]


# Subtitles


def cue(start: float, end: float, text: str = "words") -> TimedText:
    return TimedText(start=start, end=end, text=text)


def test_cues_are_cut_and_moved_along() -> None:
    line = line_of(2000)
    segments = [
        part(0, 25, 75),
        part(1, 500, 600),
    ]
    told = [
        cue(0, 0.9, "before"),
        cue(0.5, 2, "cut"),
        cue(2.5, 19, "gone"),
        cue(21, 22, "kept"),
        cue(23.95, 30, "late"),
    ]
    assert cut_captions(told, segments, line) == [
        cue(0, 1, "cut"), cue(1.5, 2, "gone"), cue(3, 4, "kept"),
    ]  # fmt: skip


def test_the_parts_of_a_cue_that_follow_one_another_are_one() -> None:
    segments = [
        part(0, 0, 50),
        part(1, 50, 100),
    ]
    assert cut_captions([cue(1, 3)], segments, line_of(200)) == [cue(1, 3)]
    apart = [segments[0], replace(segments[1], first=75, stop=125)]
    assert cut_captions([cue(1, 5)], apart, line_of(200)) == [cue(1, 4)]
    other = [cue(1, 2), cue(2, 3)]
    assert cut_captions(other, segments, line_of(200)) == other


# Sound


def test_sound_may_change_its_rate_and_channels_on_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = probe(write_clip(tmp_path / "a.mp4", (1, 1), tone=440.0))

    def frames(self: Sound, start: float) -> Iterator[av.AudioFrame]:
        for rate, layout, begin in ((48_000, "stereo", 0), (44_100, "5.1", 1), (48_000, "mono", 2)):
            samples = np.full((len(av.AudioLayout(layout).channels), rate), 0.5, dtype=np.float32)
            frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=layout)
            frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, 48_000), begin * 48_000
            yield frame

    monkeypatch.setattr(Sound, "_frames", frames)
    with av.open(str(tmp_path / "out.mp4"), "w") as output:
        sound = Sound(info, output)
        heard = np.concatenate([*sound._faded(0.0, 3 * 48_000)], axis=1)
        sound.close()
    assert heard.shape == (1, 3 * 48_000)
    assert (np.abs(heard) > 0.1).mean() > 0.995


# Places


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    out = tmp_path / "new" / "summary"
    with pytest.raises(RuntimeError), placed(out, False) as work:
        (work / "half").write_text("x")
        raise RuntimeError
    assert not (tmp_path / "new").exists()
    with placed(out, False) as work:
        (work / "summary.json").write_text("{}")
    assert [path.name for path in out.iterdir()] == ["summary.json"]


def test_what_is_no_summary_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("dear")
    for force in (False, True):
        with pytest.raises(StorageError, match="is no summary"), placed(tmp_path / "mine", force):
            pass
    assert (tmp_path / "mine" / "letter").read_text() == "dear"


def test_a_summary_is_replaced_when_asked_and_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    for text, force in (("1", False), ("2", True)):
        with placed(tmp_path / "out", force) as work:
            (work / "summary.json").write_text(text)
    assert (tmp_path / "out" / "summary.json").read_text() == "2"
    with pytest.raises(StorageError, match="--force"), placed(tmp_path / "out", False):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_stood_there_stays_where_the_new_folder_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "summary.json").write_text("old")
    move = Path.replace

    def interrupted(self: Path, target: Path) -> Path:
        if self.name.endswith(".tmp"):
            raise KeyboardInterrupt
        return move(self, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt), placed(out, True) as work:
        (work / "summary.json").write_text("new")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (out / "summary.json").read_text() == "old"


def test_a_link_to_a_summary_is_replaced_and_what_it_led_to_stays(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "summary.json").write_text("old")
    (tmp_path / "link").symlink_to("old")
    with placed(tmp_path / "link", True) as work:
        (work / "summary.json").write_text("new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "old"]
    assert (tmp_path / "link" / "summary.json").read_text() == "new"
    assert (tmp_path / "old" / "summary.json").read_text() == "old"


def test_a_place_that_cannot_be_is_refused_and_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="too long"):
        check_place(tmp_path / ("n" * 300), False)
    with pytest.raises(StorageError, match="too long"), placed(tmp_path / "new" / ("n" * 250), False):
        pass
    with pytest.raises(OptionValueError), placed(tmp_path / "new" / "deeper" / "out", False):
        raise OptionValueError("no")
    assert list(tmp_path.iterdir()) == []
