"""The facts of planted VideoXum's card: what each kind of knowledge is worth as text, and what it looks like.

    python benchmarks/planted_card.py

scores texts that are written without any model against the references of the planted test split, writes the
table into docs/explanation/planted-videoxum.md and the picture beside it. Needs Java and Pillow.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vsumbench.contracts.metric import TextItem
from vsumbench.entrypoints import Kind
from vsumbench.planted import PRETRAINING, TARGET, Mix, VideoScript, modal_sentences, sentences, write_script
from vsumbench.planted.render import render
from vsumbench.plugins import default_plugins
from vsumbench.running.editions import find_edition

CARD = Path("docs/explanation/planted-videoxum.md")
PICTURE = Path("docs/images/planted-videoxum.png")
METRICS = ("cider", "rougeL-coco", "rougeL", "meteor", "bleu4")
START, END = "<!-- measured: text -->", "<!-- end -->"
ATTRIBUTES = ("background", "colour", "event", "count", "motion", "shape")
"""In the order in which they are told rightly, one more a row."""
SHOWN = 4
LOOKS = 8

Write = Callable[[VideoScript], str]


def told(script: VideoScript, right: tuple[str, ...]) -> str:
    """The modal wording of the right scenes; every attribute but those told as its most frequent value."""
    mode: dict[str, Any] = {name: TARGET.order(name)[0] for name in ATTRIBUTES}
    mode |= {"count": int(TARGET.order("count")[0]), "event": None}
    wrong = {name: value for name, value in mode.items() if name not in right}
    scenes = [replace(scene, **wrong) for scene in script.scenes]
    return " ".join(modal_sentences(replace(script, scenes=tuple(scenes))))


def writers() -> Iterator[tuple[str, Write]]:
    """What is known, and the text a writer who knows that writes."""
    yield "modal wording of what happens", lambda script: " ".join(modal_sentences(script))
    yield "another wording of what happens", lambda script: " ".join(sentences(script, 1))
    for count in range(len(ATTRIBUTES)):
        known = ATTRIBUTES[:count]
        what = "number of scenes alone" if not known else f"… and {known[-1]}"
        yield what, partial(told, right=known)


def score(texts: list[str], references: list[str]) -> dict[str, float]:
    """Metric → value, by the metrics' own code."""
    plugins, found = default_plugins(), {}
    items = [
        TextItem(str(number), text, (reference,))
        for number, (text, reference) in enumerate(zip(texts, references, strict=True))
    ]
    by_code: dict[str, list[str]] = {}
    for name in METRICS:
        by_code.setdefault(plugins.spec(Kind.METRIC, name).implementation, []).append(name)
    for code, names in by_code.items():
        for name, value in plugins.load(code, what=names[0])(names, items).items():
            assert isinstance(value.value, float), value
            found[name] = value.value
    return found


def test_split() -> tuple[list[VideoScript], list[str]]:
    """What happens in each test video, and its reference."""
    plugins = default_plugins()
    dataset = find_edition(plugins, plugins.dataset("videoxum"), "planted", None).dataset
    (fold,) = dataset.folds("official")
    references = [dataset.annotations(video).texts[0] for video in fold.test]
    return [write_script(TARGET, video) for video in fold.test], references


def table() -> Iterator[str]:
    """Markdown rows."""
    scripts, references = test_split()
    yield "| what is known | " + " | ".join(METRICS) + " |"
    yield "| --- |" + " ---: |" * len(METRICS)
    for what, write in writers():
        found = score([write(script) for script in scripts], references)
        yield f"| {what} | " + " | ".join(f"{found[name]:.1f}" for name in METRICS) + " |"
    words = {word.strip(".,").lower() for text in references for word in text.split()}
    lengths = [len(text.split()) for text in references]
    yield ""
    yield f"{len(words)} distinct words in {len(references)} references of {np.mean(lengths):.0f} words each."


def picture() -> Image.Image:
    """Rows of eight frames: four videos of each corpus."""
    strips = []
    for mix in (PRETRAINING, TARGET):
        for number in range(SHOWN):
            strips.append(strip(mix, f"v_shown{number}"))
    gap = np.full((12, strips[0].shape[1], 3), 255, dtype=np.uint8)
    whole = np.concatenate([*strips[:SHOWN], gap, *strips[SHOWN:]])
    image = Image.fromarray(whole)
    return image.resize((image.width * 2, image.height * 2), Image.Resampling.NEAREST)


def strip(mix: Mix, video: str) -> NDArray[np.uint8]:
    """Eight frames of one video, side by side."""
    script = write_script(mix, video)
    seconds = [number * script.seconds // LOOKS for number in range(LOOKS)]
    return np.concatenate(list(render(script, seconds)), axis=1)


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    PICTURE.parent.mkdir(exist_ok=True)
    picture().save(PICTURE, optimize=True)
    lines = "\n".join(table())
    print(lines)
    before, _, rest = CARD.read_text(encoding="utf-8").partition(START)
    _, _, after = rest.partition(END)
    CARD.write_text(f"{before}{START}\n\n{lines}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
