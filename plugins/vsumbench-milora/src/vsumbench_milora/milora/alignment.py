"""Video tokens that look at the prompt before they are projected: alignment-guided self-attention (eq. 4)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from vsumbench.contracts import Seeds
from vsumbench_milora.options import AlignmentMode

HEAD_WIDTH = 64
"""Width of a head, as in the Q-Formers; a narrower block has one head."""


class Alignment(nn.Module):
    """video + W_o attention(video, text), in a bottleneck; it changes nothing before it is trained.

    Source: `milora-visum.md`, "Alignment-guided self-attention". Eq. 4 as printed has no value term and adds
    keys of two streams, so both readings are inferred:

        a2summ-mask   one attention over [video; text]; a video token sees every video token, and of the text
                      the tokens aligned with it
        aligned-sum   attention over the video's own positions with K = K_v + P K_t and V = V_v + P V_t, where
                      P is the alignment with rows that sum to 1

    The rows of the text are not computed: nothing after the block reads them, since the language model has
    embeddings of its own for the prompt. Each modality has a layer norm of its own; their shifts stand for
    the segment embeddings of the paper's Figure 1. There is no feed-forward part. At width 768 and inner
    width 128 these are 397,440 parameters, with the scalar of the fusion 397,441, the number of the sheet.

    Args:
        mode: which reading.
        width: d, of the tokens.
        inner: width of the bottleneck, a multiple of the number of heads.
    """

    def __init__(self, mode: AlignmentMode, width: int, inner: int) -> None:
        super().__init__()
        self.mode = mode
        self.heads = max(1, inner // HEAD_WIDTH)
        self.video_norm, self.text_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query, self.key, self.value = (nn.Linear(width, inner) for _ in range(3))
        self.output = nn.Linear(inner, width)

    @torch.no_grad()
    def draw(self, seeds: Seeds) -> None:
        """Draw what goes in as torch would, from these seeds alone, and set what comes out to zero."""
        for name in ("query", "key", "value"):
            draw_linear(getattr(self, name), seeds.child(name))
        for parameter in self.output.parameters():
            parameter.zero_()

    def forward(self, video: Tensor, text: Tensor, aligned: Tensor | None = None) -> Tensor:
        """The video's tokens after they have looked at the text.

        Args:
            video: (B, n_v, d).
            text: (n_t, d), the same for every video.
            aligned: (n_v, n_t) true where a video token and a text token belong together; None where all do,
                as with a prompt, which is about the whole video.

        Returns:
            (B, n_v, d).
        """
        batch, length = video.shape[:2]
        if aligned is None:
            aligned = torch.ones(length, len(text), dtype=torch.bool, device=video.device)
        seen, read = self.video_norm(video), self.text_norm(text)
        keys, values = (self._joined(part, seen, read, aligned) for part in (self.key, self.value))
        mask = None
        if self.mode == "a2summ-mask":
            mask = torch.cat([torch.ones(length, length, dtype=torch.bool, device=video.device), aligned], 1)
        found = scaled_dot_product_attention(
            self._split(self.query(seen)), self._split(keys), self._split(values), attn_mask=mask
        )
        mixed: Tensor = self.output(found.transpose(1, 2).reshape(batch, length, -1))
        return video + mixed.to(video.dtype)

    def _joined(self, part: nn.Module, seen: Tensor, read: Tensor, aligned: Tensor) -> Tensor:
        """Keys or values of both streams: one after the other, or the text's added to the video's."""
        own, other = part(seen), part(read)
        if self.mode == "a2summ-mask":
            return torch.cat([own, other.expand(len(own), -1, -1)], dim=1)
        share = aligned.to(other.dtype)
        summed: Tensor = own + (share / share.sum(dim=1, keepdim=True).clamp(min=1.0)) @ other
        return summed

    def _split(self, tokens: Tensor) -> Tensor:
        """(B, n, inner) → (B, heads, n, inner / heads)."""
        return torch.unflatten(tokens, -1, (self.heads, -1)).transpose(1, 2)


@torch.no_grad()
def draw_linear(layer: nn.Linear, seeds: Seeds) -> None:
    """Draw a weight as torch would, from these seeds alone, and set the bias to zero."""
    generator = torch.Generator().manual_seed(seeds.integer())
    weight = torch.empty(layer.weight.shape)
    nn.init.kaiming_uniform_(weight, a=math.sqrt(5), generator=generator)
    layer.weight.copy_(weight)
    layer.bias.zero_()
