"""The planted folder: what was drawn and said comes back through files, codecs and the schema."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from vsumbench_datasets.folder.planted import PER_STEP, script_of
from vsumbench_datasets.folder.reader import Folder, open_folder
from vsumbench_datasets.folder.spec import FOLDER, PLANTED_ANNOTATORS, PLANTED_VIDEOS, VIDEO_SUFFIXES

from vsumbench.data import make_edition, verify_edition
from vsumbench.data.video import probe, stream_frames
from vsumbench.importing import load_implementation
from vsumbench.planted import sentences, simulate
from vsumbench.planted.render import render

LIKE = 24
"""Decibels between drawn and decoded frames: the codecs halve the colour."""


@pytest.fixture(scope="module")
def planted() -> Path:
    """The folder that all tests of this session share."""
    edition = FOLDER.edition("planted")
    assert edition is not None
    return make_edition(FOLDER, edition, lambda dotted: load_implementation(dotted, what="", extras=()))[0]


@pytest.fixture(scope="module")
def opened(planted: Path) -> Folder:
    return open_folder(planted, "planted")


def test_the_edition_is_whole_and_verifies(planted: Path, opened: Folder) -> None:
    edition = FOLDER.edition("planted")
    assert edition is not None
    found = verify_edition(FOLDER, edition, planted, opened)
    assert found.problems == ()
    assert found.statistics["videos"] == PLANTED_VIDEOS
    (own,) = opened.folds("own")
    assert [len(part) for part in (own.train, own.validation, own.test)] == [12, 3, 5]


@pytest.mark.parametrize("number", range(PLANTED_VIDEOS))
def test_decoded_frames_are_those_that_were_drawn(opened: Folder, number: int) -> None:
    script, video = script_of(number), opened.video(opened.video_ids()[number])
    assert video.id.endswith(script.id)
    assert video.steps == script.seconds and video.frames is not None
    per_step = PER_STEP[number % len(PER_STEP)]
    assert video.n_frames == script.seconds * per_step
    assert video.picks.tolist() == list(range(0, video.n_frames, per_step))
    assert np.allclose(video.pick_times, np.arange(video.steps) / 2, atol=0.0011)
    for frame, drawn in zip(video.frames(), render(script, range(script.seconds)), strict=True):
        error = float(np.mean((frame.pixels.astype(float) - _turned(drawn, number)) ** 2))
        assert 10 * np.log10(255**2 / max(error, 1e-9)) > LIKE


def _turned(drawn: np.ndarray, number: int) -> np.ndarray:
    return np.rot90(drawn, {4: -1, 7: 2}.get(number % 8, 0))


@pytest.mark.parametrize("number", range(PLANTED_VIDEOS))
def test_annotations_are_those_of_the_script(opened: Folder, number: int) -> None:
    script = script_of(number)
    name = opened.video_ids()[number]
    video, found = opened.video(name), opened.annotations(name)
    simulated = simulate(script, PLANTED_ANNOTATORS)
    assert found.importance is not None and found.user_summaries is not None
    at = np.arange(video.steps) if found.grid == "picks" else video.picks
    assert (found.importance[:, at] == simulated.ratings).all()
    assert (found.user_summaries[:, at] == simulated.selections).all()
    assert found.texts == (" ".join(sentences(script)), " ".join(sentences(script, 1)))
    assert [cue.text for cue in found.captions[0]] == list(sentences(script))
    assert video.change_points is not None
    starts = [scene.start for scene in script.scenes]
    assert np.searchsorted(video.picks, video.change_points[:, 0]).tolist() == starts
    assert bool(video.text) == bool(number % 2)
    assert not {cue.text for cue in video.text} & set(found.texts)


def test_the_clips_differ_in_what_real_files_differ_in(planted: Path) -> None:
    files = sorted(
        path for path in planted.rglob("*") if path.suffix in (".mp4", ".mkv", ".webm", ".mov", ".avi")
    )
    infos = [probe(path) for path in files]
    assert {path.suffix for path in files} == set(VIDEO_SUFFIXES)
    assert {info.codec for info in infos} == {"h264", "vp9", "mpeg4"}
    assert {info.rotation for info in infos} == {0, 90, 180}
    assert {info.variable for info in infos} == {info.has_audio for info in infos} == {True, False}
    assert all(5 < info.duration < 20 for info in infos)


def test_making_it_again_on_this_machine_gives_the_same_bytes(planted: Path, tmp_path: Path) -> None:
    from vsumbench_datasets.folder.planted import _write

    for number in (1, 4, 5):
        _write(tmp_path, number)
    files = [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 8
    assert all((tmp_path / name).read_bytes() == (planted / name).read_bytes() for name in files)


def test_every_clip_streams_alike_in_both_ways(planted: Path) -> None:
    for path in sorted(planted.rglob("*.mkv")):
        picks = range(0, probe(path).n_frames, 25)
        one, two = (list(stream_frames(path, picks, method=method)) for method in ("auto", "sequential"))
        assert len(one) == len(two) == len(picks)
        assert all((a.pixels == b.pixels).all() for a, b in zip(one, two, strict=True))
