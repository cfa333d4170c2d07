"""`vsumbench summarize` as a user runs it, on small files and, where they are, on the real clips."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from harness import TOY, only_run
from moving_clips import aspect_clip
from PIL import Image
from scene_clips import FPS, scene_frames, write_clip, write_with_sound

from vsumbench import errors
from vsumbench.cli import main
from vsumbench.data.subtitles import read_subtitles
from vsumbench.data.video import encode, probe, stream_frames

LENGTHS = (4, 6, 3, 5, 6)
CUTS = [0, 48, 120, 156, 216]


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
    kept = {"VSUMBENCH_SHARED", "VSUMBENCH_FEATURES"}
    for name in [name for name in os.environ if name.startswith("VSUMBENCH_") and name not in kept]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VSUMBENCH_DATA", str(tmp_path / "data"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    def run(*arguments: object) -> Answer:
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        told = capsys.readouterr()
        return Answer(int(end.value.code or 0), told.out, told.err)

    return run


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 seconds, five scenes, with a tone."""
    return write_clip(tmp_path_factory.mktemp("clip") / "five scenes.mp4", LENGTHS, tone=440.0)


def refused(answer: Answer, kind: type[errors.VsumbenchError]) -> str:
    """The one line of a refusal of this kind."""
    assert answer.code == kind.exit_code, answer
    assert answer.out == "" and "Traceback" not in answer.err
    (line,) = answer.err.splitlines()
    return line


def folders(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir())


def document(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return content


def samples(path: Path) -> tuple[np.ndarray, float]:
    """The sound of a file (mono) at 48 kHz, and the second at which it begins."""
    blocks, begin = [], None
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=48_000)
        for frame in container.decode(audio=0):
            for block in resampler.resample(frame):
                begin = float(block.pts * block.time_base) if begin is None else begin
                blocks.append(block.to_ndarray()[0])
    assert begin is not None
    return np.concatenate(blocks), begin


class Links(HTMLParser):
    """Every address a page refers to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("src", "href") and value]


def test_a_file_becomes_a_folder_of_everything(command: Command, clip: Path) -> None:
    answer = command("summarize", clip, "--budget", "30%")
    assert answer.code == 0, answer.err
    assert answer.out.startswith("five scenes.mp4: 0:0") and "of 0:24.0 (budget 30 %)" in answer.out
    folder = Path("five scenes-summary")
    assert folders(folder) == [
        "index.html", "segments.csv", "storyboard.jpg", "summary.edl", "summary.json", "summary.mp4",
    ]  # fmt: skip
    assert folders(Path()) == ["five scenes-summary"]
    made = document(folder)
    assert [shot["first_frame"] for shot in made["shots"]] == CUTS
    assert len(made["importance"]["scores"]) == made["steps"] == 48
    assert made["feature"] == {"name": "color-motion", "extractor": "color-motion@1"}
    film = probe(folder / "summary.mp4")
    assert (film.codec, film.width, film.height, film.has_audio) == ("h264", 96, 72, True)
    assert film.n_frames == made["summary"]["frames"] and not film.variable
    assert 0.3 * 24 - 2.4 <= film.duration <= 0.3 * 24 + 1e-6
    with Image.open(folder / "storyboard.jpg") as image:
        assert image.width == 1600 and image.height > 300
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert {"summary.mp4", "storyboard.jpg", "segments.csv", "summary.json"} <= set(Links(page).found)
    assert all((folder / link).is_file() for link in Links(page).found)


def test_the_film_shows_the_segments_frame_by_frame(command: Command, clip: Path) -> None:
    assert command("summarize", clip, "--budget", "8s", "--out", "out").code == 0
    wanted = [
        frame
        for segment in document(Path("out"))["segments"]
        for frame in range(segment["first_frame"], segment["last_frame"] + 1)
    ]
    shown = [frame.pixels.astype(int) for frame in stream_frames(Path("out/summary.mp4"))]
    source = [frame.pixels.astype(int) for frame in stream_frames(clip, wanted)]
    assert len(shown) == len(source)
    assert max(np.abs(a - b).mean() for a, b in zip(shown, source, strict=True)) < 8


def test_sound_stays_in_time_with_the_pictures(command: Command, tmp_path: Path) -> None:
    # The tone is heard from the beginning; the noise of a source would hide where a cut is.
    path = write_clip(tmp_path / "tone.mp4", (3, 5, 4), tone=250.0)
    assert command("summarize", path, "--budget", "5s", "--out", "out").code == 0
    made = document(Path("out"))
    whole, begin = samples(path)
    heard, first = samples(Path("out/summary.mp4"))
    assert first == pytest.approx(0, abs=0.001)
    assert len(heard) / 48_000 == pytest.approx(made["summary"]["seconds"], abs=0.05)
    for segment in made["segments"]:
        at, source = (round(48_000 * t) for t in (segment["summary_start"], segment["start"] - begin))
        count = round(48_000 * segment["seconds"]) - 4_000
        now, then = heard[at + 2_000 : at + count], whole[source + 2_000 : source + count]
        assert np.corrcoef(now, then)[0, 1] > 0.99


def test_sound_that_begins_late_is_heard_where_it_is(command: Command, tmp_path: Path) -> None:
    path = write_with_sound(tmp_path / "late.mkv", seconds=12, begin=6.0)
    assert command("summarize", path, "--budget", "100%", "--out", "out").code == 0
    heard, first = samples(Path("out/summary.mp4"))
    assert first == pytest.approx(0, abs=0.001) and len(heard) / 48_000 == pytest.approx(12, abs=0.05)
    loud = np.abs(heard[: 11 * 48_000]).reshape(-1, 4_800).max(axis=1) > 0.1
    assert not loud[:58].any() and loud[62:].all()


def test_a_film_lasts_as_long_as_its_segments_at_a_variable_rate_too(
    command: Command, tmp_path: Path
) -> None:
    frames = list(scene_frames((5, 5)))
    gaps = np.where(np.arange(len(frames)) % 7 == 6, 0.6, 0.05)
    times = np.concatenate(([0.0], np.cumsum(gaps)[:-1]))
    encode(tmp_path / "slow.mp4", frames, FPS, times=times.tolist())
    assert command("summarize", tmp_path / "slow.mp4", "--budget", "30%", "--out", "out").code == 0
    made = document(Path("out"))
    assert probe(Path("out/summary.mp4")).duration == pytest.approx(made["summary"]["seconds"], abs=0.002)


def test_pixels_that_are_not_square_stay_so(command: Command, tmp_path: Path) -> None:
    path = aspect_clip(tmp_path / "wide.mp4", Fraction(4, 3), rotation=90)
    assert command("summarize", path, "--budget", "50%", "--out", "out").code == 0
    film = probe(Path("out/summary.mp4"))
    assert (film.width, film.height, film.pixel_aspect) == (64, 96, Fraction(3, 4))


def test_a_name_that_is_no_text_is_refused(command: Command, clip: Path, tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.mp4"))
    try:
        shutil.copy(clip, path)
    except OSError:
        pytest.skip("this file system has no such names")
    assert "a name that is Unicode text" in refused(command("summarize", path), errors.DataDamagedError)


def test_a_second_time_nothing_is_extracted_and_the_result_is_the_same(
    command: Command, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VSUMBENCH_FEATURES", str(tmp_path / "features"))
    assert command("summarize", clip, "--out", "one").code == 0
    kept = sorted((tmp_path / "features").rglob("*.safetensors"))
    before = [path.stat().st_mtime_ns for path in kept]
    assert command("summarize", clip, "--out", "two").code == 0
    assert len(kept) == 1 and [path.stat().st_mtime_ns for path in kept] == before
    assert document(Path("one")) == document(Path("two"))
    for name in ("segments.csv", "summary.edl", "index.html", "storyboard.jpg"):
        assert Path("one", name).read_bytes() == Path("two", name).read_bytes()


def test_json_tells_the_main_facts_and_nothing_else(command: Command, clip: Path) -> None:
    answer = command("summarize", clip, "--json", "--quiet", "--seed", "3", "--set", "clusters=2")
    told = json.loads(answer.out)
    assert answer.err == "" and "importance" not in told
    assert told["seed"] == 3 and told["model"]["options"]["clusters"] == 2
    assert told["folder"] == "five scenes-summary" and "summary.mp4" in told["files"]


def test_another_model_without_training_works_too(command: Command, clip: Path) -> None:
    assert command("summarize", clip, "--model", "uniform", "--out", "out").code == 0
    assert document(Path("out"))["cut_by"] == "uniform"


def test_subtitles_beside_the_video_are_cut_along(command: Command, clip: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(clip, tmp_path / "talk.mp4"))
    cues = "\n\n".join(f"{n}\n00:00:{n:02d},000 --> 00:00:{n:02d},900\n<b>second</b> {n}" for n in range(24))
    path.with_suffix(".srt").write_text(cues)
    assert command("summarize", path, "--budget", "8s").code == 0
    folder = Path("talk-summary")
    segments = document(folder)["segments"]
    for said in read_subtitles(folder / "summary.srt"):
        second = int(said.text.split()[1])
        # SubRip tells milliseconds, so a cue at a cut may begin just before it.
        begun = [segment for segment in segments if segment["summary_start"] <= said.start + 0.01]
        at = said.start - begun[-1]["summary_start"] + begun[-1]["start"]
        assert second - 0.002 <= at <= second + 0.9
    assert "second" in (folder / "index.html").read_text()


def test_subtitles_that_cannot_be_read_are_left_out_unless_they_were_named(
    command: Command, clip: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy(clip, tmp_path / "talk.mp4"))
    path.with_suffix(".srt").write_text("no subtitles\n")
    line = refused(
        command("summarize", path, "--subtitles", path.with_suffix(".srt")), errors.DataDamagedError
    )
    assert "expected a cue" in line
    answer = command("summarize", path)
    assert answer.code == 0 and "subtitles are left out" in answer.err
    assert not Path("talk-summary/summary.srt").exists()


def test_a_turned_video_of_odd_size_and_variable_rate_without_sound(command: Command, tmp_path: Path) -> None:
    frames = list(scene_frames((4, 5, 4), size=(71, 95)))
    gaps = np.where(np.arange(len(frames)) % 3 == 0, 0.05, 0.11)
    times = np.concatenate(([0.0], np.cumsum(gaps)[:-1]))
    path = tmp_path / "odd.mkv"
    encode(path, frames, FPS, times=times.tolist(), pixel_format="yuv444p")
    assert command("summarize", path, "--budget", "4s", "--out", "odd").code == 0
    info, film, made = probe(path), probe(Path("odd/summary.mp4")), document(Path("odd"))
    assert info.variable and (film.width, film.height) == (96, 72)
    assert not film.has_audio and made["source"]["variable_rate"]
    kept = np.concatenate(
        [
            info.times[s["first_frame"] : s["last_frame"] + 1] - s["start"] + s["summary_start"]
            for s in made["segments"]
        ]
    )
    assert np.abs(film.times - kept).max() < 0.002
    turned = write_clip(tmp_path / "turned.mp4", (4, 4), rotation=90)
    assert command("summarize", turned, "--out", "turned").code == 0
    film = probe(Path("turned/summary.mp4"))
    assert (film.width, film.height, film.rotation) == (72, 96, 0)


def test_no_audio_and_max_shots_are_kept_to(command: Command, clip: Path) -> None:
    assert command("summarize", clip, "--no-audio", "--max-shots", "2", "--out", "out").code == 0
    assert not probe(Path("out/summary.mp4")).has_audio
    assert len(document(Path("out"))["shots"]) == 2


def test_light_that_changes_within_a_scene_makes_no_shot(command: Command, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "dim.mp4", LENGTHS, dim=0.65, seed=5)
    assert command("summarize", path, "--out", "out").code == 0
    assert [shot["first_frame"] for shot in document(Path("out"))["shots"]] == CUTS


def test_a_name_that_is_markup_is_text_on_the_page(command: Command, clip: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(clip, tmp_path / "<img src=x onerror=alert(1)>.mp4"))
    assert command("summarize", path, "--out", "out").code == 0
    page = Path("out/index.html").read_text(encoding="utf-8")
    assert "<img src=x" not in page and "&lt;img src=x" in page


# A trained model


@pytest.fixture
def trained(command: Command) -> Callable[..., Path]:
    """Train the toy model and give the run folder."""

    def train(*more: object) -> Path:
        ran = (
            "run",
            "-m",
            TOY,
            "-d",
            "toy",
            "-p",
            "peruser-2fps",
            "--metrics",
            "kendall",
            "--set",
            "epochs=1",
        )
        assert command(*ran, "--runs", "runs", "--quiet", *more).code == 0
        return only_run(Path("runs"))

    return train


def test_a_model_trained_on_what_no_file_has_is_refused(
    command: Command, clip: Path, trained: Callable[..., Path]
) -> None:
    line = refused(command("summarize", clip, "--from", trained()), errors.MismatchError)
    assert "'toy-8' of 'planted-attributes@1'" in line and "'color-motion' of 'color-motion@1'" in line
    assert folders(Path()) == ["runs"]


def test_weights_that_were_changed_are_refused(
    command: Command, clip: Path, trained: Callable[..., Path]
) -> None:
    run = trained()
    (weights, *_) = (path for path in (run / "folds" / "fold0" / "weights").iterdir())
    weights.write_bytes(weights.read_bytes() + b" ")
    assert "not as it was sealed" in refused(
        command("summarize", clip, "--from", run), errors.VerificationError
    )


def test_what_is_wrong_with_a_run_is_said(command: Command, clip: Path, trained: Callable[..., Path]) -> None:
    run = trained()
    for more, kind, said in (
        (("--fold", "nine"), errors.UnknownSettingError, "fold0"),
        (("--model", "clustering"), errors.MismatchError, "not of 'clustering'"),
        (("--set", "epochs=3"), errors.UsageError, "--set epochs=3"),
    ):
        assert said in refused(command("summarize", clip, "--from", run, *more), kind)
    assert "not a sealed run" in refused(command("summarize", clip, "--from", "runs"), errors.RecordError)


def test_the_weights_of_a_run_are_used(command: Command, clip: Path) -> None:
    ran = (
        "run",
        "-m",
        "random",
        "-d",
        "toy",
        "-p",
        "peruser-2fps",
        "--metrics",
        "kendall",
        "--repetitions",
        "1",
    )
    assert command(*ran, "--runs", "runs", "--quiet").code == 0
    run = only_run(Path("runs"))
    assert command("summarize", clip, "--from", run, "--fold", "fold1", "--out", "out").code == 0
    made = document(Path("out"))
    assert made["model"] | {"options": {}} == {
        "name": "random", "title": "Random", "options": {}, "run": run.name, "fold": "fold1",
    }  # fmt: skip
    # What it writes is a text it learned in training.
    assert made["text"] and Path("out/summary.txt").read_text(encoding="utf-8").strip() == made["text"]


def test_a_model_that_only_writes_text_gives_the_text_and_clustering_the_cut(
    command: Command, clip: Path
) -> None:
    ran = ("run", "-m", "constant-caption", "-d", "toy", "--set", "measure=rougeL", "--predict-only")
    assert command(*ran, "--runs", "runs", "--quiet").code == 0
    answer = command("summarize", clip, "--from", only_run(Path("runs")), "--out", "out", "--quiet")
    assert answer.code == 0
    (line,) = answer.err.splitlines()
    assert "only writes text; the cut is made by 'clustering'" in line
    made = document(Path("out"))
    assert made["cut_by"] == "clustering" and made["text"]
    assert made["text"] in Path("out/index.html").read_text(encoding="utf-8").replace("&#39;", "'")


# What is refused


@pytest.fixture(scope="session")
def broken(tmp_path_factory: pytest.TempPathFactory, clip: Path) -> Path:
    folder = tmp_path_factory.mktemp("broken")
    (folder / "letter.mp4").write_text("dear all\n")
    (folder / "short.mp4").write_bytes(clip.read_bytes()[:20_000])
    encode(folder / "blink.mp4", scene_frames((0.25,)), FPS)
    encode(folder / "frame.mp4", scene_frames((1 / FPS,)), FPS)
    return folder


def cases() -> Iterator[Any]:
    for name, arguments, kind, said in (
        ("no file", ("none.mp4",), errors.DataMissingError, "none.mp4"),
        ("no video", ("letter.mp4",), errors.DataDamagedError, "letter.mp4"),
        ("cut short", ("short.mp4",), errors.DataDamagedError, "short.mp4"),
        ("one step", ("blink.mp4",), errors.OptionValueError, "nothing to choose from. Raise --fps"),
        ("one frame", ("frame.mp4",), errors.OptionValueError, "nothing to choose from. It is a picture"),
        ("no name of a model", ("CLIP", "--model", ""), errors.UnknownModelError, "''"),
        ("no name of an extractor", ("CLIP", "--extractor", ""), errors.UnknownNameError, "''"),
        ("a place too long", ("CLIP", "--out", "n" * 300), errors.StorageError, "too long"),
        ("budget of nothing", ("CLIP", "--budget", "0"), errors.OptionValueError, "budget"),
        ("budget too large", ("CLIP", "--budget", "2"), errors.OptionValueError, "(0, 1]"),
        ("budget too long", ("CLIP", "--budget", "90s"), errors.OptionValueError, "longer than the video"),
        ("no steps", ("CLIP", "--fps", "0"), errors.OptionValueError, "--fps"),
        ("no such model", ("CLIP", "--model", "clusterin"), errors.UnknownModelError, "'clustering'"),
        ("trained", ("CLIP", "--model", "mean-position"), errors.MismatchError, "has to be trained"),
        ("oracle", ("CLIP", "--model", "oracle"), errors.MismatchError, "annotations"),
        ("option", ("CLIP", "--set", "cluster=3"), errors.UnknownOptionError, "clusters"),
        ("extractor", ("CLIP", "--extractor", "colour-motion"), errors.UnknownNameError, "color-motion"),
        ("feature", ("CLIP", "--set", "feature=pool5"), errors.MismatchError, "needs feature 'pool5'"),
        ("no run", ("CLIP", "--from", "nowhere"), errors.RecordError, "does not exist"),
        ("fold of no run", ("CLIP", "--fold", "a"), errors.UsageError, "--from"),
        ("subtitles", ("CLIP", "--subtitles", "none.srt"), errors.DataMissingError, "none.srt"),
    ):
        yield pytest.param(arguments, kind, said, id=name)


@pytest.mark.parametrize(("arguments", "kind", "said"), [*cases()])
def test_bad_input_is_one_line_and_leaves_nothing(
    arguments: tuple[str, ...],
    kind: type[errors.VsumbenchError],
    said: str,
    command: Command,
    clip: Path,
    broken: Path,
) -> None:
    video = clip if arguments[0] == "CLIP" else broken / arguments[0]
    answer = command("summarize", video, *arguments[1:], "--quiet")
    assert said in refused(answer, answer_kind(kind, answer))
    assert folders(Path()) == []


def answer_kind(kind: type[errors.VsumbenchError], answer: Answer) -> type[errors.VsumbenchError]:
    """The kind itself; of a family of unknown names, the one with this code."""
    family = [sub for sub in (kind, *kind.__subclasses__()) if sub.exit_code == answer.code]
    return family[0] if family else kind


def test_a_place_that_is_taken_is_refused_before_anything_is_done(command: Command, clip: Path) -> None:
    Path("mine").mkdir()
    Path("mine/letter").write_text("dear")
    assert "is no summary" in refused(
        command("summarize", clip, "--out", "mine", "--force"), errors.StorageError
    )
    assert command("summarize", clip, "--out", "out", "--budget", "2s").code == 0
    before = Path("out/summary.json").read_bytes()
    assert "--force" in refused(command("summarize", clip, "--out", "out"), errors.StorageError)
    assert Path("out/summary.json").read_bytes() == before
    assert command("summarize", clip, "--out", "out", "--force").code == 0
    assert Path("out/summary.json").read_bytes() != before
    assert folders(Path()) == ["mine", "out"]


# The real clips


@pytest.fixture
def videos(shared: Path) -> Path:
    folder = shared / "data" / "videos"
    if not folder.is_dir():
        pytest.skip("no real videos: set VSUMBENCH_SHARED")
    return folder


@pytest.mark.slow
def test_the_bunny_keeps_its_sound(command: Command, videos: Path) -> None:
    assert command("summarize", videos / "bigbuckbunny.mp4", "--budget", "1s", "--out", "out").code == 0
    film = probe(Path("out/summary.mp4"))
    assert film.has_audio and film.duration == pytest.approx(1.0, abs=0.05)
    assert len(document(Path("out"))["shots"]) == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Title T00-1", "Title T01-2", "Title T02-3"])
def test_the_cartoons_are_summarized_at_their_cuts(name: str, command: Command, videos: Path) -> None:
    assert command("summarize", videos / "popeye" / f"{name}.mkv", "--out", "out").code == 0
    made, film = document(Path("out")), probe(Path("out/summary.mp4"))
    starts = [shot["first_frame"] for shot in made["shots"]][1:]
    # By eye: T01-2 as listed with the data, to the frame; of the others the cuts, to the step.
    cuts = {"Title T00-1": (84, 336, 540, 744, 1080, 1344), "Title T02-3": (312, 780, 972, 1092)}
    for cut in cuts.get(name, ()):
        assert min(abs(start - cut) for start in starts) <= 24
    if name == "Title T01-2":
        assert {567, 661, 994} <= set(starts) and len(starts) <= 9
    assert len(starts) <= 18
    longest = max(shot["seconds"] for shot in made["shots"])
    assert 9.0 - longest <= film.duration <= 9.0 + 1e-6 and not film.has_audio
