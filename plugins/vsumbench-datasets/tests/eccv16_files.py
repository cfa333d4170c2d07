"""Tiny preprocessed files and ratings, written by hand, key by key, as protocols.md a.1 lays them out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import scipy.io
from numpy.typing import NDArray
from vsumbench_datasets.eccv16.joined import Joined
from vsumbench_datasets.summe.reader import open_summe
from vsumbench_datasets.tvsum.reader import open_tvsum

SUMME = "eccv16_dataset_summe_google_pool5.h5"
TVSUM = "eccv16_dataset_tvsum_google_pool5.h5"
OVP = "eccv16_dataset_ovp_google_pool5.h5"
YOUTUBE = "eccv16_dataset_youtube_google_pool5.h5"
NAMES = (
    "Air_Force_One",
    "Base jumping",
    "Bearpark_climbing",
    "Bike Polo",
    "Bus_in_Rock_Tunnel",
    "Car_railcrossing",
    "Cockpit_Landing",
    "Cooking",
    "Eiffel Tower",
    "Excavators river crossing",
    "Fire Domino",
    "Jumps",
    "Kids_playing_in_leaves",
    "Notre_Dame",
    "Paintball",
    "Playing_on_water_slide",
    "Saving dolphines",
    "Scuba",
    "St Maarten Landing",
    "Statue of Liberty",
    "Uncut_Evening_Flight",
    "Valparaiso_Downhill",
    "car_over_camera",
    "paluma_jump",
    "playing_ball",
)
YOUTUBE_NUMBERS = tuple(number for number in range(11, 51) if number != 22)


def frames_of(number: int) -> int:
    """Native frames of `video_<number>`."""
    return 80 + number


def ratings_of(number: int) -> NDArray[np.float64]:
    """(20, N) ratings 1 to 5, constant over ten frames."""
    frames = frames_of(number)
    blocks = np.random.default_rng(number).integers(1, 6, (20, -(-frames // 10)))
    return np.repeat(blocks, 10, axis=1)[:, :frames].astype(np.float64)


def codes_of(number: int) -> NDArray[np.uint8]:
    """(N, 15 to 18) numbers of segments, 0 outside them."""
    frames, people = frames_of(number), 15 + number % 4
    codes = np.zeros((frames, people), dtype=np.uint8)
    for person in range(people):
        codes[2 * person : 2 * person + 6, person] = 1
        codes[50 + person : 53 + person, person] = 2
    return codes


def group_of(number: int, people: NDArray[Any], score: NDArray[Any], name: str = "") -> dict[str, Any]:
    """Every key of one group in its stored type."""
    frames = frames_of(number)
    steps = (frames + 14) // 15
    features = np.random.default_rng(1000 + number).random((steps, 1024)).astype(np.float32)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    arrays: dict[str, Any] = {
        "features": features,
        "gtscore": score[::15].astype(np.float32),
        "user_summary": people.astype(np.float32),
        "change_points": np.array([[0, 29], [30, 44], [45, frames - 1]], dtype=np.int32),
        "n_frame_per_seg": np.array([30, 15, frames - 45], dtype=np.int32),
        "n_frames": np.int64(frames),
        "picks": 15 * np.arange(steps, dtype=np.int64),
        "n_steps": np.int64(steps),
        "gtsummary": (np.arange(steps) == 2).astype(np.float32),
    }
    if name:
        arrays["video_name"] = np.bytes_(name.encode())
    return arrays


def write(path: Path, groups: Iterable[tuple[int, dict[str, Any]]]) -> Path:
    """Write groups `video_<number>` into a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        for number, arrays in groups:
            for key, value in arrays.items():
                file[f"video_{number}/{key}"] = value
    return path


def training_groups(numbers: Iterable[int]) -> Iterable[tuple[int, dict[str, Any]]]:
    """OVP or YouTube: five people."""
    for number in numbers:
        people = codes_of(number).T[:5] > 0
        yield number, group_of(number, people, people.mean(axis=0))


def write_ovp(folder: Path) -> Path:
    return write(folder / OVP, training_groups(range(1, 51)))


def write_youtube(folder: Path) -> Path:
    return write(folder / YOUTUBE, training_groups(YOUTUBE_NUMBERS))


def write_summe(folder: Path, raw: bool = False) -> Path:
    """SumMe's file; `raw` adds what each person said, as extended files have it."""

    def groups() -> Iterable[tuple[int, dict[str, Any]]]:
        for number, name in enumerate(NAMES, start=1):
            codes = codes_of(number).T
            arrays = group_of(number, codes > 0, (codes > 0).mean(axis=0), name)
            yield number, {**arrays, "user_scores": codes.astype(np.float32)} if raw else arrays

    return write(folder / SUMME, groups())


def write_tvsum(folder: Path, raw: bool = False) -> Path:
    """TVSum's file; summaries are whatever is rated above 3."""

    def groups() -> Iterable[tuple[int, dict[str, Any]]]:
        for number in range(1, 51):
            rows = ratings_of(number)
            arrays = group_of(number, rows > 3, (rows.mean(axis=0) - 1) / 4)
            yield number, {**arrays, "user_scores": rows.astype(np.float32)} if raw else arrays

    return write(folder / TVSUM, groups())


def write_ground_truths(folder: Path) -> None:
    """SumMe's 25 MATLAB files, at 25 frames a second."""
    (folder / "GT").mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(NAMES, start=1):
        codes = codes_of(number)
        scipy.io.savemat(
            folder / "GT" / f"{name}.mat",
            {
                "user_score": codes,
                "gt_score": (codes > 0).mean(axis=1, keepdims=True),
                "nFrames": np.uint16(frames_of(number)),
                "FPS": np.float64(25.0),
                "video_duration": np.float64(frames_of(number) / 25.0),
            },
        )


def name_of(number: int) -> str:
    """A YouTube id."""
    return f"youtube{number:04d}"


def seconds_of(number: int) -> int:
    """Length of a video of TVSum, as its list states it."""
    return 60 + number


def write_matlab(folder: Path) -> None:
    """TVSum's ratings as MATLAB v7.3 stores them."""
    folder.mkdir(parents=True, exist_ok=True)
    with h5py.File(folder / "ydata-tvsum50.mat", "w", userblock_size=512) as file:
        columns: dict[str, list[Any]] = {}
        for number in range(1, 51):
            rows = ratings_of(number)
            cells = {
                "video": np.array([[ord(c)] for c in name_of(number)], dtype=np.uint16),
                "length": np.array([[float(seconds_of(number))]]),
                "nframes": np.array([[float(frames_of(number))]]),
                "user_anno": rows,
                "gt_score": rows.mean(axis=0, keepdims=True),
            }
            for key, value in cells.items():
                columns.setdefault(key, []).append(file.create_dataset(f"#refs#/{key}{number}", data=value))
        for key, cells_made in columns.items():
            column = file.create_dataset(f"tvsum50/{key}", (50, 1), dtype=h5py.ref_dtype)
            for index, made in enumerate(cells_made):
                column[index, 0] = made.ref


def write_text(
    folder: Path, info: bool = True, change: Callable[[list[str]], list[str]] = lambda rows: rows
) -> Path:
    """TVSum's ratings as text, with the list of lengths beside; `change` alters the rows."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        f"{name_of(number)}\tVT\t{','.join(str(int(value)) for value in row)}"
        for number in range(1, 51)
        for row in ratings_of(number)
    ]
    path = folder / "ydata-tvsum50-anno.tsv"
    path.write_text("\n".join(change(rows)) + "\n", encoding="utf-8")
    if info:
        lines = ["category\tvideo_id\ttitle\turl\tlength"]
        for number in range(1, 51):
            minutes, seconds = divmod(seconds_of(number), 60)
            lines.append(f"VT\t{name_of(number)}\tA “title”\thttps://example.org\t{minutes}:{seconds:02d}")
        (folder / "ydata-tvsum50-info.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_root(root: Path) -> Path:
    """A data root with all four sets; folders of the sets for training are spelled as people spell them."""
    write_summe(root / "summe")
    write_ground_truths(root / "summe")
    write_tvsum(root / "tvsum")
    write_matlab(root / "tvsum")
    write_ovp(root / "OVP")
    write_youtube(root / "youtube_39")
    return root


def summe(root: Path) -> Joined:
    """SumMe's full edition below a root."""
    found = open_summe(root / "summe", "full")
    assert isinstance(found, Joined)
    return found


def tvsum(root: Path) -> Joined:
    """TVSum's full edition below a root."""
    found = open_tvsum(root / "tvsum", "full")
    assert isinstance(found, Joined)
    return found


def change_array(path: Path, key: str, change: Callable[[Any], Any]) -> None:
    """Store another value under a key of a file."""
    with h5py.File(path, "r+") as file:
        value = change(file[key][()])
        del file[key]
        file[key] = value
