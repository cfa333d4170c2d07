"""The page of one video in a browser: cursor, zoom, permalinks, sentences, no scripts, a phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from harness import only_run

from vsumbench.cli.run import command as run_command
from vsumbench.contracts import Frame, Video
from vsumbench.plugins import default_plugins
from vsumbench.viewer.chain import chosen_protocols
from vsumbench.viewer.opened import open_runs
from vsumbench.viewer.page import look_at, render

EVIL = "<script>window.evil = 1</script><img src=x onerror='window.evil = 1'>"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The oracle on the toy dataset, whose text has links."""
    folder = tmp_path_factory.mktemp("viewed")
    asked = ["--model", "oracle", "--dataset", "toy", "--predict-only", "-q", "--runs", str(folder)]
    CliRunner().invoke(run_command, asked, catch_exceptions=False)
    return only_run(folder)


@pytest.fixture(scope="module")
def page(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its page of a video."""
    return written(run, tmp_path_factory.mktemp("page") / "view.html")


def labels(elements: Any) -> list[str]:
    """The accessible names of elements."""
    found: list[str] = elements.evaluate_all("all => all.map(e => e.getAttribute('aria-label'))")
    return found


def seconds(clock: str) -> float:
    """`1:05.5` as a number."""
    minutes, rest = clock.split(":")
    return 60 * int(minutes) + float(rest)


def grey(video: Video) -> Iterator[Frame]:
    """A frame a sampled step, each of another grey."""
    for step, (index, time) in enumerate(zip(video.picks.tolist(), video.pick_times.tolist(), strict=True)):
        yield Frame(index=index, time=time, pixels=np.full((36, 48, 3), 2 * step % 256, dtype=np.uint8))


def written(run: Path, out: Path, *, evil: bool = False, filmed: bool = False) -> Path:
    """The page of `toy_02`; with `evil`, texts, id and names hold a script; with `filmed` it has frames."""
    plugins = default_plugins()
    runs = open_runs([run], plugins, None)
    protocols = chosen_protocols(runs, plugins, None)
    seen = look_at(runs, "toy_02", protocols[1], plugins)
    if filmed:
        seen = replace(seen, video=replace(seen.video, frames=lambda: grey(seen.video)))
    if evil:
        told = tuple(replace(one, text=EVIL) for one in seen.annotations.captions[0])
        video = replace(seen.video, id=EVIL)
        seen = replace(
            seen, video=video, annotations=replace(seen.annotations, captions=(told,), texts=(EVIL,))
        )
        shown = runs[0].shown["toy_02"]
        shown = replace(shown, summary=replace(shown.summary, text=EVIL, links=()))
        runs = (replace(runs[0], name=EVIL, shown={EVIL: shown}),)
    out.write_text(render(runs, seen, protocols, 24, plugins), encoding="utf-8")
    return out


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_wrong(
    page: Path, open_page: Callable[..., Any], axe: Callable[[Any], list[str]], dark: bool
) -> None:
    opened = open_page(page, "#t=3", dark=dark)
    assert opened.locator("h1").inner_text() == "toy_02"
    assert axe(opened) == []


def test_keys_move_the_cursor_and_zoom_and_the_address_keeps_both(
    page: Path, open_page: Callable[..., Any]
) -> None:
    opened = open_page(page)
    opened.locator("[data-scroll]").focus()
    opened.keyboard.press("Shift+ArrowRight")
    opened.keyboard.press("+")
    assert "frame 108 " in opened.locator("[data-readout]").inner_text()
    assert opened.evaluate("location.hash") == "#t=3.60&zoom=2"
    wide = opened.evaluate("document.querySelector('[data-lanes]').offsetWidth")
    opened.keyboard.press("0")
    assert opened.evaluate("document.querySelector('[data-lanes]').offsetWidth") < wide


def test_a_permalink_restores_time_zoom_and_hidden_rows(page: Path, open_page: Callable[..., Any]) -> None:
    opened = open_page(page, "#t=12.00&zoom=4&hide=annotators")
    assert opened.locator("[data-readout]").inner_text().startswith("0:12.0 · frame 360")
    assert not opened.locator('[data-row="a0"]').is_visible()
    assert not opened.locator('[data-group="annotators"]').is_checked()
    opened.locator('[data-group="annotators"]').check()
    assert opened.locator('[data-row="a0"]').is_visible()
    assert opened.evaluate("location.hash") == "#t=12.00&zoom=4"


def test_a_sentence_lights_its_segments_and_a_segment_its_sentence(
    page: Path, open_page: Callable[..., Any]
) -> None:
    opened = open_page(page)
    assert opened.locator("rect.lit").count() == 0
    opened.locator(".linked").first.focus()
    assert opened.locator("rect.lit").count() >= 1
    opened.locator("[data-scroll]").focus()
    assert opened.locator("rect.lit").count() == 0
    opened.locator("rect[data-segment^=run0]").first.hover()
    assert opened.locator(".linked.lit").count() >= 1


def test_the_keyboard_goes_from_a_sentence_to_its_segment_and_back(
    page: Path, open_page: Callable[..., Any]
) -> None:
    opened = open_page(page)
    sentence = opened.locator(".linked").first
    said = sentence.inner_text()
    sentence.focus()
    opened.keyboard.press("Enter")
    name = opened.evaluate("document.activeElement.getAttribute('aria-label')")
    assert name.startswith("Segment ") and said.strip() in name
    opened.keyboard.press("Enter")
    assert opened.evaluate("document.activeElement.textContent") == said


def test_a_disagreement_moves_the_cursor_there(page: Path, open_page: Callable[..., Any]) -> None:
    opened = open_page(page)
    link = opened.locator("[data-from]").first
    start = float(link.get_attribute("data-from"))
    link.click()
    assert f"t={start:.2f}&zoom=" in opened.evaluate("location.hash")


def test_a_time_beyond_an_hour_is_written_as_in_the_ticks(
    page: Path, open_page: Callable[..., Any], tmp_path: Path
) -> None:
    text, times = re.subn(r'"duration": [0-9.]+', '"duration": 7200', page.read_text(encoding="utf-8"))
    assert times == 1
    long = tmp_path / "long.html"
    long.write_text(text, encoding="utf-8")
    opened = open_page(long, "#t=3725.5")
    assert opened.locator("[data-readout]").inner_text().startswith("1:02:05.5 · frame ")


def test_the_figure_layout_hides_controls_and_escape_brings_them_back(
    page: Path, open_page: Callable[..., Any]
) -> None:
    opened = open_page(page, "#layout=figure")
    assert not opened.locator(".controls").is_visible()
    opened.keyboard.press("Escape")
    assert opened.locator(".controls").is_visible()
    assert not opened.locator("[data-leave]").is_visible()
    opened.locator("[data-layout]").click()
    opened.locator("[data-leave]").click()
    assert opened.locator(".controls").is_visible() and "layout" not in opened.evaluate("location.hash")


def test_each_selected_segment_has_its_key_frame(
    run: Path, open_page: Callable[..., Any], axe: Callable[[Any], list[str]], tmp_path: Path
) -> None:
    opened = open_page(written(run, tmp_path / "filmed.html", filmed=True))
    segments = opened.locator("[data-row=s0] rect").count()
    pictures = opened.locator(".keys-of[data-in=run0] figure")
    assert 0 < pictures.count() == segments
    shown = pictures.locator("span").evaluate_all(
        "all => all.map((e) => getComputedStyle(e).backgroundImage)"
    )
    assert len(set(shown)) == segments and all(one.startswith('url("data:image/jpeg') for one in shown)
    # `Frame at T, of A to B`: the segments in order, and each picture from within its own.
    said = [
        re.fullmatch(r"Frame at (\S+), of ((\S+) to (\S+))", one) for one in labels(pictures.locator("span"))
    ]
    assert [one and one[2] for one in said] == opened.locator("[data-row=s0] rect title").all_text_contents()
    assert all(one and seconds(one[3]) <= seconds(one[1]) < seconds(one[4]) for one in said)
    boxes = [pictures.nth(place).bounding_box() for place in range(segments)]
    assert all(a["x"] + a["width"] <= b["x"] + 1 for a, b in pairwise(boxes))
    assert axe(opened) == []


def test_without_scripts_everything_is_drawn(page: Path, open_page: Callable[..., Any]) -> None:
    opened = open_page(page, scripts=False)
    assert opened.locator("svg[role=img] path.line").count() >= 2
    assert opened.locator("[data-row=s0] rect").first.is_visible()


def test_on_a_phone_only_the_timeline_scrolls(page: Path, open_page: Callable[..., Any]) -> None:
    opened = open_page(page, width=390)
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390
    assert opened.evaluate("(e => e.scrollWidth > e.clientWidth)(document.querySelector('[data-scroll]'))")


def test_a_script_in_any_text_is_shown_as_text(
    run: Path, open_page: Callable[..., Any], tmp_path: Path
) -> None:
    opened = open_page(written(run, tmp_path / "evil.html", evil=True))
    assert opened.evaluate("window.evil") is None
    assert opened.locator("h1").inner_text() == EVIL
    assert opened.locator("img").count() == 0
