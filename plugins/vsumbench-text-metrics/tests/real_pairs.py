"""Two people on the same videos: paragraphs of ActivityNet Captions val_1 and val_2 (protocols.md h)."""

from __future__ import annotations

import functools
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from vsumbench_text_metrics import ptb
from vsumbench_text_metrics.tokens import Tokens

COUNT = 4000
FOLDER = (
    Path(os.environ.get("VSUMBENCH_SHARED", Path(__file__).resolve().parents[3].parent / "shared"))
    / "data"
    / "activitynet_captions"
)

needs_captions = pytest.mark.skipif(
    not (FOLDER / "val_1.json").is_file(), reason="no captions below VSUMBENCH_SHARED"
)
needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="no java on PATH")


@functools.cache
def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return found


def names(count: int = COUNT) -> list[str]:
    """The first common video ids in sorted order."""
    return sorted(set(read("val_1.json")) & set(read("val_2.json")))[:count]


def paragraphs(count: int = COUNT) -> tuple[list[str], list[str]]:
    """What one person and what the other said of each video."""
    said, told = (
        [" ".join(line.strip() for line in read(file)[name]["sentences"]) for name in names(count)]
        for file in ("val_1.json", "val_2.json")
    )
    return said, told


@functools.cache
def tokenised(count: int = COUNT, references: int = 1) -> Tokens:
    """The pairs as PTB tokens; with two references the second is what was said of the next video."""
    said, told = paragraphs(count)
    tokens = ptb.tokenize([*said, *told])
    said, told = tokens[:count], tokens[count:]
    texts = [[told[i], *(said[(i + k) % count] for k in range(1, references))] for i in range(count)]
    return Tokens(said, texts, (count,))
