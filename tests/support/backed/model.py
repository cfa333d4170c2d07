"""Scores every step by a number that lies in the weights; given as `backed.model:SPEC`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vsumbench.contracts import Context, ModelSpec, Preset, Summary, Task, Video, Weights
from vsumbench.data.weights import find_weights
from vsumbench.errors import WeightsMissingError


@dataclass(frozen=True)
class BackedOptions:
    """Options.

    Attributes:
        backbone: id of the weights.
    """

    backbone: str = "made-toy"


MADE = Weights(
    id="made-toy",
    title="A number",
    licence="Apache-2.0",
    files=("number.json",),
    maker="backed.making:make",
    note="a moment on two cores",
)
TOWER = Weights(
    id="tower",
    title="A tower",
    licence="CC-BY-NC 4.0",
    origin="https://huggingface.co/nobody/tower",
    files=("model.safetensors", "config.json"),
)
SPEC = ModelSpec(
    id="backed",
    title="Backed",
    tasks=(Task.V2V,),
    implementation="backed.model:Backed",
    options=BackedOptions,
    weights=(TOWER, MADE),
    presets=(
        Preset(id="paper", options={"backbone": "tower"}, weights=("tower",)),
        Preset(id="tiny", weights=("made-toy",)),
    ),
    licence="Apache-2.0",
    note="For tests.",
)


class Backed:
    """Reads its weights when it is built."""

    def __init__(self, options: BackedOptions, context: Context) -> None:
        folder = find_weights(options.backbone)
        if folder is None:
            raise WeightsMissingError("built without its weights")
        self.number = json.loads((folder / "number.json").read_text(encoding="utf-8"))["number"]

    def summarize(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
        """The number times the frame index, so that ranks are defined."""
        for video in videos:
            yield Summary(video_id=video.id, importance=self.number * video.picks.astype(float))

    def save(self, folder: Path) -> None:
        """Nothing was learned."""

    def load(self, folder: Path) -> None:
        """Nothing to read."""
