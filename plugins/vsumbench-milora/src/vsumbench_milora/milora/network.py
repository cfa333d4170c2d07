"""The backbone with fusion and alignment: what peft puts the experts into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from vsumbench.contracts import Seeds, Video
from vsumbench.errors import MismatchError
from vsumbench_milora.options import AlignmentMode, MiloraOptions
from vsumbench_milora.video_llama.backbone import Backbone
from vsumbench_milora.video_llama.prompt import Prompt, TextBatch

from .alignment import Alignment, draw_linear
from .features import feature_of
from .fusion import Fusion, spatial_summary
from .positions import PositionShift

Branches = Literal["both", "temporal", "spatial"]


class MiloraNetwork(nn.Module):
    """Frames → text, in two halves: `front` is never adapted, and `see` is.

    The front ends at the ViT, or behind the image Q-Former where no spatial layer is adapted, or before the
    ViT where that is adapted itself (`reads_pixels`); what it gives depends on the video alone and can be
    kept. With temporal experts alone there is no fusion (a = 1). `positions` is there where frame positions
    are trained. Where features are read there is no front: `see` begins with `feature_linear`, and
    `feature_extractor` says who wrote those that were learned from.

    Args:
        backbone: frozen.
        branches: which layers are adapted.
        fusion_start: s at the start (`fusion.Fusion`).
        alignment: the block in front of the projection (`alignment.Alignment`), or none.
        alignment_width: width of its bottleneck.
        features: width of the features read in place of frames; 0 where frames are read.
    """

    def __init__(
        self,
        backbone: Backbone,
        branches: Branches,
        fusion_start: float,
        *,
        alignment: AlignmentMode | Literal["none"] = "none",
        alignment_width: int = 128,
        features: int = 0,
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.reads_frames = branches != "temporal" or features > 0
        self.reads_pixels = False
        self.fusion = Fusion(fusion_start) if branches != "temporal" else None
        self.alignment = (
            None if alignment == "none" else Alignment(alignment, backbone.config.width, alignment_width)
        )
        self.positions: PositionShift | None = None
        self.feature_linear = nn.Linear(features, backbone.config.vision.width) if features else None
        self.feature_extractor: str | None = None

    def front(self, pixels: Tensor) -> Tensor:
        """(B, T, 3, H, W) → (B, T, N, Dv) of the ViT, (B, T, q, d) of the image Q-Former, or the pixels."""
        if self.reads_pixels:
            return pixels
        vision = self.backbone.encode_frames(pixels)
        return vision if self.reads_frames else self.backbone.read_frames(vision)

    def see(self, seen: Tensor, prompt: Prompt | None = None) -> Tensor:
        """What `front` gave → (B, Q, D) visual embeddings.

        Args:
            seen: of some videos; or their features (B, T, F), which become one token a frame.
            prompt: what the alignment block looks at; not needed without one.

        Raises:
            MismatchError: there is an alignment block and no prompt.
        """
        vision = self.backbone.encode_frames(seen) if self.reads_pixels else seen
        if self.feature_linear is not None:
            vision = self.feature_linear(seen).unsqueeze(-2)
        frames = self.backbone.read_frames(vision) if self.reads_frames else vision
        mixed = self.backbone.mix_time(frames if self.positions is None else self.positions(frames))
        if self.fusion is not None:
            mixed = self.fusion(mixed, spatial_summary(frames, mixed.shape[1]))
        if self.alignment is not None:
            if prompt is None:
                raise MismatchError(
                    "the alignment block was given no prompt to look at.",
                    "Pass the prompt, or use alignment=none.",
                )
            mixed = self.alignment(mixed, self.text_tokens(prompt))
        return self.backbone.to_language(mixed)

    def note_extractor(self, videos: Sequence[Video], options: MiloraOptions) -> None:
        """Remember who wrote the features that are learned from, if the first stage did not say."""
        feature = feature_of(options)
        if feature is None or self.feature_extractor is not None:
            return
        found = (video.features.get(feature.name) for video in videos)
        self.feature_extractor = next((one.spec.extractor for one in found if one is not None), None)

    def forward(self, seen: Tensor, prompt: Prompt, text: TextBatch) -> tuple[Tensor, Tensor]:
        """Cross-entropy summed over the summaries' tokens, and how many these are."""
        return self.backbone.language_loss(self.see(seen, prompt), prompt, text)

    @torch.no_grad()
    def text_tokens(self, prompt: Prompt) -> Tensor:
        """The prompt's embeddings in the width of the video's tokens: (n_t, D) → (n_t, d).

        They go through the transpose of the frozen projection, which needs no parameters of its own:
        inferred. The layer norm that follows makes their scale irrelevant.
        """
        weight, table = self.backbone.projection.weight, self.backbone.language.get_input_embeddings()
        ids = torch.tensor([*prompt.before, *prompt.after], dtype=torch.long, device=table.weight.device)
        embedded: Tensor = table(ids)
        return linear(embedded.to(weight.device, weight.dtype), weight.t())

    def checkpoint_gradients(self) -> None:
        """Compute activations of every layer anew in the backward pass instead of keeping them.

        Of both Q-Formers, the language model and, where it is adapted, the ViT: the memory of one layer at a
        time, the same gradients, about a third more time. A part in evaluation mode keeps nothing anyway.
        """
        backbone = self.backbone
        part: Any
        for part in (backbone.vision, backbone.image_qformer, backbone.video_qformer, backbone.language):
            # The older name of the two, where transformers has no other yet.
            enable = getattr(part, "activation_checkpointing_enable", part.gradient_checkpointing_enable)
            enable({"use_reentrant": False})

    def train(self, mode: bool = True) -> MiloraNetwork:
        """As any module, but the front stays in evaluation mode: what it gives is kept and must not vary."""
        super().train(mode)
        if not self.reads_pixels:
            self.backbone.vision.eval()
        if not self.reads_frames:
            self.backbone.image_qformer.eval()
        return self


def network_for(backbone: Backbone, options: MiloraOptions, seeds: Seeds | None) -> MiloraNetwork:
    """The backbone with the fusion, the alignment block and the linear layer of features the options ask for.

    Args:
        backbone: frozen.
        options: of the model.
        seeds: what alignment block and linear layer are drawn from; None where its values do not matter.
    """
    feature = feature_of(options)
    network = MiloraNetwork(
        backbone,
        options.branches,
        options.fusion_start,
        alignment=options.alignment,
        alignment_width=options.alignment_width,
        features=0 if feature is None else feature.width,
    )
    if network.alignment is not None and seeds is not None:
        network.alignment.draw(seeds.child("alignment"))
    if network.feature_linear is not None and seeds is not None:
        draw_linear(network.feature_linear, seeds.child("feature_linear"))
    if options.gradient_checkpointing:
        network.checkpoint_gradients()
    return network
