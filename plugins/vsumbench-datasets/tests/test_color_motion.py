"""`color-motion`: what its numbers mean, and that shots follow from them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from vsumbench_datasets.extractors.color_motion.blocks import change, edges, histogram, layout
from vsumbench_datasets.extractors.color_motion.colours import exposed, small_picture
from vsumbench_datasets.extractors.color_motion.extractor import ColorMotion, rows
from vsumbench_datasets.extractors.color_motion.spec import COLOR_MOTION

from vsumbench.contracts import Frame, Video
from vsumbench.data.video import open_video
from vsumbench.errors import MismatchError
from vsumbench.scoring.kts import segment

Pixels = NDArray[np.uint8]


def framed(pictures: list[Pixels]) -> list[Frame]:
    return [Frame(index=index, time=index / 2, pixels=pixels) for index, pixels in enumerate(pictures)]


def vectors(pictures: list[Pixels]) -> NDArray[np.float32]:
    return np.stack(list(rows(framed(pictures))))


def scene(seed: int, steps: int, light: tuple[float, float] = (1.0, 1.0)) -> list[Pixels]:
    """Colours of its own, a moving object and some noise; the light goes from one level to the other."""
    draw = np.random.default_rng(seed)
    ground = np.ones((96, 128, 3)) * draw.integers(60, 200, 3)
    ground += draw.normal(0, 40, 3) * (np.arange(96) / 96)[:, None, None]
    for _ in range(8):
        y, x = draw.integers(0, 76), draw.integers(0, 108)
        ground[y : y + draw.integers(8, 40), x : x + draw.integers(8, 40)] = draw.integers(0, 255, 3)
    colour, y = draw.integers(0, 255, 3), int(draw.integers(0, 70))
    found = []
    for step in range(steps):
        frame = ground.copy()
        x = int(step / steps * 100)
        frame[y : y + 20, x : x + 20] = colour
        frame *= light[0] + (light[1] - light[0]) * step / max(steps - 1, 1)
        found.append(np.clip(frame + draw.normal(0, 4, frame.shape), 0, 255).astype(np.uint8))
    return found


def test_the_declared_type_is_what_comes_out() -> None:
    found = vectors(scene(0, 3))
    assert found.dtype == np.float32 and found.shape[1:] == COLOR_MOTION.output.shape
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    assert COLOR_MOTION.output.extractor == f"{COLOR_MOTION.id}@{COLOR_MOTION.version}"


@pytest.mark.parametrize("value", [0, 255])
@pytest.mark.parametrize("size", [(1, 1), (3, 500), (721, 1281)])
def test_pictures_of_any_size_and_of_one_colour_are_fine(value: int, size: tuple[int, int]) -> None:
    found = vectors([np.full((*size, 3), value, dtype=np.uint8)])
    assert np.isfinite(found).all() and np.allclose(np.linalg.norm(found), 1, atol=1e-6)


def test_lightness_and_chroma_are_those_of_cielab() -> None:
    patches = {
        (255, 255, 255): (100.0, 0.0, 0.0),
        (0, 0, 0): (0.0, 0.0, 0.0),
        (255, 0, 0): (53.24, 80.09, 67.20),
        (0, 255, 0): (87.73, -86.18, 83.18),
        (0, 0, 255): (32.30, 79.19, -107.86),
    }
    for rgb, lab in patches.items():
        picture = small_picture(np.full((8, 8, 3), rgb, dtype=np.uint8))
        assert np.allclose(picture.mean(axis=(0, 1)), lab, atol=0.05)


def test_the_histogram_is_a_root_of_shares() -> None:
    shares = histogram(small_picture(scene(1, 1)[0])) ** 2
    assert shares.sum() == pytest.approx(1, abs=1e-9)


def test_another_exposure_hardly_changes_colours_layout_and_edges() -> None:
    plain = np.asarray(scene(2, 1)[0], dtype=np.float64)
    dimmed = (plain * 0.7).astype(np.uint8)
    (one, light), (other, darker) = (exposed(small_picture(p.astype(np.uint8))) for p in (plain, dimmed))
    assert darker < light
    assert float(histogram(one) @ histogram(other)) > 0.97
    assert np.linalg.norm(layout(one) - layout(other)) < 0.05
    assert np.linalg.norm(edges(one) - edges(other)) < 0.05


def test_edges_know_columns_from_rows() -> None:
    stripes = np.zeros((64, 64, 3), dtype=np.uint8)
    stripes[:, (np.arange(64) // 8) % 2 == 0] = 255
    across, down = edges(small_picture(stripes)).reshape(-1, 2).sum(axis=0)
    assert across > 10 * max(down, 1e-9)
    across, down = (
        edges(small_picture(np.ascontiguousarray(stripes.swapaxes(0, 1)))).reshape(-1, 2).sum(axis=0)
    )
    assert down > 10 * max(across, 1e-9)


def test_change_is_none_for_a_still_and_large_for_another_picture() -> None:
    first, other = (small_picture(scene(seed, 1)[0]) for seed in (3, 4))
    assert (change(first, histogram(first), None) == 0).all()
    assert (change(first, histogram(first), (first, histogram(first))) == 0).all()
    apart = change(other, histogram(other), (first, histogram(first)))
    assert (apart > 0.2).all() and (apart <= 1).all()


def test_a_cut_is_far_and_a_shot_is_near() -> None:
    found = vectors([*scene(5, 10), *scene(6, 10)])
    steps = ((found[1:] - found[:-1]) ** 2).sum(axis=1)
    assert steps[9] > 0.1 and np.delete(steps, 9).max() < 0.3 * steps[9]


@pytest.mark.parametrize("light", [(1.0, 1.0), (1.0, 0.7), (0.6, 1.0)], ids=["steady", "falling", "rising"])
def test_cuts_are_found_and_light_that_changes_is_none(light: tuple[float, float]) -> None:
    lengths = (20, 14, 30, 8, 40)
    pictures = [frame for number, n in enumerate(lengths) for frame in scene(20 + number, n, light)]
    found = segment(vectors(pictures), penalty=0.2, min_length=2).change_points
    assert found.tolist() == np.cumsum(lengths)[:-1].tolist()


def test_rows_do_not_depend_on_how_they_are_read(tmp_path: Path) -> None:
    pictures = scene(7, 70)

    def stream() -> Iterator[Frame]:
        yield from framed(pictures)

    video = Video(id="v", duration=35.0, fps=2.0, n_frames=70, picks=np.arange(70), frames=stream)
    blocks = list(ColorMotion(None).extract(video))  # type: ignore[arg-type]
    assert sum(len(block) for block in blocks) == 70 and len(blocks) > 1
    assert np.array_equal(np.concatenate(blocks), vectors(pictures))


def test_a_video_without_frames_is_refused() -> None:
    video = Video(id="v", duration=1.0, fps=2.0, n_frames=2, picks=np.arange(2))
    with pytest.raises(MismatchError, match="no frames"):
        next(ColorMotion(None).extract(video))  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_cuts_of_the_real_clip_are_found(shared_data: Path) -> None:
    video = open_video(shared_data / "videos" / "popeye" / "Title T01-2.mkv")
    assert video.frames is not None
    found = segment(np.stack(list(rows(video.frames()))), penalty=0.2, min_length=2).change_points
    for frame in (567, 661, 994):
        assert np.abs(video.picks[found] - frame).min() <= 24
    assert len(found) <= 9
