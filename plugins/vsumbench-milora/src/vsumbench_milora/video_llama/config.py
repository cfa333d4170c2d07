"""All sizes of a backbone, and the two that are used: the published 7B model and the tiny one."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

PIXEL_MEAN = (0.48145466, 0.4578275, 0.40821073)
PIXEL_STD = (0.26862954, 0.26130258, 0.27577711)
"""Mean and standard deviation of RGB in [0, 1] that CLIP and its descendants were trained with."""

INSTRUCTION = "Summarize the video."
"""What the tiny backbone is told; its words belong to every vocabulary made for it."""


@dataclass(frozen=True, kw_only=True)
class VisionSize:
    """The frame ViT. `image` and `patch` are pixels along one side.

    `final_eps` is added to the variance by the last layer norm alone; the others add 1e-6. The release keeps
    torch's default, 1e-5, for the last one.
    """

    width: int
    layers: int
    heads: int
    mlp: int
    image: int
    patch: int
    final_eps: float = 1e-6

    @property
    def tokens(self) -> int:
        """Tokens of one frame: a class token and the patches."""
        return 1 + (self.image // self.patch) ** 2


@dataclass(frozen=True, kw_only=True)
class QFormerSize:
    """A Q-Former of `queries` learned tokens; every `cross_every`-th layer looks at the encoder."""

    layers: int
    heads: int
    ffn: int
    cross_every: int
    queries: int


@dataclass(frozen=True, kw_only=True)
class LanguageSize:
    """The causal language model. `vocabulary` is the number of its embeddings, `norm_eps` what its norms
    add to the mean square."""

    width: int
    layers: int
    heads: int
    mlp: int
    vocabulary: int
    positions: int
    norm_eps: float = 1e-5


@dataclass(frozen=True, kw_only=True)
class BackboneConfig:
    """Sizes of the vision-language branch (`video-llama.md`, "Architecture").

    Attributes:
        vision: the frame ViT.
        width: width of both Q-Formers and of the frame positions.
        image_qformer, video_qformer: what reads a frame, and what mixes frames in time.
        frame_positions: rows of the frame position table; no video is looked at in more frames.
        language: the language model.
        dropout: of both Q-Formers while training.
    """

    vision: VisionSize
    width: int
    image_qformer: QFormerSize
    video_qformer: QFormerSize
    frame_positions: int
    language: LanguageSize
    dropout: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return dataclasses.asdict(self)

    def with_positions(self, rows: int) -> BackboneConfig:
        """The same with a frame position table of so many rows."""
        return dataclasses.replace(self, frame_positions=rows)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> BackboneConfig:
        """Read what `to_json` gave.

        Raises:
            TypeError: a size is missing or unknown, or is no number.
        """
        parts: dict[str, Any] = {"vision": VisionSize, "language": LanguageSize}
        parts |= dict.fromkeys(("image_qformer", "video_qformer"), QFormerSize)
        read = {
            name: _sizes(parts[name], value) if name in parts else value for name, value in values.items()
        }
        made: BackboneConfig = _sizes(cls, read)
        return made


def _sizes(kind: type[Any], values: dict[str, Any]) -> Any:
    made = kind(**values)
    for field in dataclasses.fields(made):
        value = getattr(made, field.name)
        if not dataclasses.is_dataclass(value) and (
            isinstance(value, bool) or not isinstance(value, int | float)
        ):
            raise TypeError(f"{field.name} is {value!r}, expected a number")
    return made


PAPER_7B = BackboneConfig(
    vision=VisionSize(width=1408, layers=39, heads=16, mlp=6144, image=224, patch=14, final_eps=1e-5),
    width=768,
    image_qformer=QFormerSize(layers=12, heads=12, ffn=3072, cross_every=2, queries=32),
    video_qformer=QFormerSize(layers=2, heads=12, ffn=3072, cross_every=1, queries=32),
    frame_positions=32,
    language=LanguageSize(width=4096, layers=32, heads=32, mlp=11008, vocabulary=32000, positions=4096),
    dropout=0.1,
)
"""Video-LLaMA-2 with Llama-2-7B: the size of the published checkpoint."""

PAPER_13B = dataclasses.replace(
    PAPER_7B,
    language=LanguageSize(width=5120, layers=40, heads=40, mlp=13824, vocabulary=32000, positions=4096),
)
"""Video-LLaMA-2 with Llama-2-13B: the other published size."""

TINY = BackboneConfig(
    vision=VisionSize(width=64, layers=3, heads=4, mlp=128, image=64, patch=8),
    width=96,
    image_qformer=QFormerSize(layers=4, heads=4, ffn=192, cross_every=2, queries=4),
    video_qformer=QFormerSize(layers=2, heads=4, ffn=192, cross_every=1, queries=12),
    frame_positions=32,
    language=LanguageSize(width=128, layers=3, heads=4, mlp=256, vocabulary=256, positions=256),
)
"""A model of the same shape for one CPU core. Replace `language.vocabulary` by the tokenizer's length."""
