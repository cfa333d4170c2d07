"""The backbone with the fusion of both pathways: what peft puts the experts into."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from vsumbench_milora.video_llama.backbone import Backbone
from vsumbench_milora.video_llama.prompt import Prompt, TextBatch

from .fusion import Fusion, spatial_summary

Branches = Literal["both", "temporal", "spatial"]


class MiloraNetwork(nn.Module):
    """Frames → text, in two halves: `front` is never adapted, and `see` is.

    The front ends at the ViT, or behind the image Q-Former where no spatial layer is adapted; what it gives
    depends on the video alone and can be kept. With temporal experts alone there is no fusion (a = 1).
    """

    def __init__(self, backbone: Backbone, branches: Branches, fusion_start: float) -> None:
        super().__init__()
        self.backbone = backbone
        self.reads_frames = branches != "temporal"
        self.fusion = Fusion(fusion_start) if self.reads_frames else None

    def front(self, pixels: Tensor) -> Tensor:
        """(B, T, 3, H, W) → (B, T, N, Dv) of the ViT, or (B, T, q, d) of the image Q-Former."""
        vision = self.backbone.encode_frames(pixels)
        return vision if self.reads_frames else self.backbone.read_frames(vision)

    def see(self, seen: Tensor) -> Tensor:
        """What `front` gave → (B, Q, D) visual embeddings."""
        frames = self.backbone.read_frames(seen) if self.reads_frames else seen
        mixed = self.backbone.mix_time(frames)
        if self.fusion is not None:
            mixed = self.fusion(mixed, spatial_summary(frames, mixed.shape[1]))
        return self.backbone.to_language(mixed)

    def forward(self, seen: Tensor, prompt: Prompt, text: TextBatch) -> tuple[Tensor, Tensor]:
        """Cross-entropy summed over the summaries' tokens, and how many these are."""
        return self.backbone.language_loss(self.see(seen), prompt, text)

    def train(self, mode: bool = True) -> MiloraNetwork:
        """As any module, but the front stays in evaluation mode: what it gives is kept and must not vary."""
        super().train(mode)
        self.backbone.vision.eval()
        if not self.reads_frames:
            self.backbone.image_qformer.eval()
        return self
