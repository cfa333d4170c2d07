"""The vision-language branch of Video-LLaMA: frames → visual tokens → text.

Sizes: B videos, T frames, N tokens of a frame of width Dv, q and Q queries of width d, language width D.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from vsumbench.errors import MismatchError

from .config import BackboneConfig
from .parts import INITIAL_STD, language_model, qformer, vision_model
from .prompt import IGNORED, Prompt, TextBatch


class Backbone(nn.Module):
    """Frame ViT, image Q-Former, frame positions, video Q-Former, projection and language model.

    Source: `video-llama.md`, "Architecture", the vision-language branch. Weights are drawn from torch's
    global generator, see `new_backbone`. Under `torch.device("meta")` nothing is allocated.
    """

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__()
        self.config = config
        self.vision = vision_model(config)
        self.image_queries = _table(config.image_qformer.queries, config.width)
        self.image_qformer = qformer(config, config.image_qformer, config.vision.width)
        self.frame_positions = _table(config.frame_positions, config.width)
        self.video_queries = _table(config.video_qformer.queries, config.width)
        self.video_qformer = qformer(config, config.video_qformer, config.width)
        self.projection = nn.Linear(config.width, config.language.width)
        self.language: Any = language_model(config)

    def encode_frames(self, pixels: Tensor) -> Tensor:
        """(B, T, 3, H, W) normalised pixels → (B, T, N, Dv), after the last layer norm."""
        batch, frames = pixels.shape[:2]
        tokens: Tensor = self.vision(pixel_values=pixels.flatten(0, 1)).last_hidden_state
        return tokens.view(batch, frames, *tokens.shape[1:])

    def read_frames(self, vision: Tensor) -> Tensor:
        """(B, T, N, Dv) → (B, T, q, d), each frame by itself."""
        batch, frames = vision.shape[:2]
        read: Tensor = self.image_qformer(
            query_embeds=self.image_queries.expand(batch * frames, -1, -1),
            encoder_hidden_states=vision.flatten(0, 1),
        ).last_hidden_state
        return read.view(batch, frames, *read.shape[1:])

    def mix_time(self, frames: Tensor, positions: Tensor | None = None) -> Tensor:
        """(B, T, q, d) → (B, Q, d).

        Args:
            frames: what `read_frames` gave.
            positions: (T,) or (B, T) rows of the position table; 0 … T - 1 where not given.

        Raises:
            MismatchError: more frames than the table has rows.
        """
        batch, count = frames.shape[:2]
        if positions is None:
            if count > len(self.frame_positions):
                raise MismatchError(
                    f"{count} frames were given; this backbone has {len(self.frame_positions)} positions.",
                    "Use fewer frames (option num_frames).",
                )
            positions = torch.arange(count, device=frames.device)
        placed = (frames + self.frame_positions[positions].unsqueeze(-2)).flatten(1, 2)
        mixed: Tensor = self.video_qformer(
            query_embeds=self.video_queries.expand(batch, -1, -1),
            encoder_hidden_states=placed,
        ).last_hidden_state
        return mixed

    def to_language(self, mixed: Tensor) -> Tensor:
        """(B, Q, d) → (B, Q, D)."""
        projected: Tensor = self.projection(mixed)
        return projected

    def see(self, vision: Tensor) -> Tensor:
        """(B, T, N, Dv) → (B, Q, D): the whole way from the ViT to the language model."""
        return self.to_language(self.mix_time(self.read_frames(vision)))

    def language_loss(self, visual: Tensor, prompt: Prompt, text: TextBatch) -> tuple[Tensor, Tensor]:
        """Cross-entropy summed over the tokens of the summaries, and how many these are.

        Args:
            visual: (B, Q, D) embeddings in the place between `prompt.before` and `prompt.after`.
            prompt: not learned.
            text: summaries with their end token; padding is not learned.
        """
        embedded = self._embed(text.ids[:, :-1])
        sequence = torch.cat([*self._prompted(visual, prompt), embedded.to(visual.dtype)], dim=1)
        # Padding stands at the right, where a causal model never looks back at it: no mask is needed.
        logits = self.language(
            inputs_embeds=sequence, logits_to_keep=text.ids.shape[1], use_cache=False
        ).logits
        total = nn.functional.cross_entropy(
            logits.float().flatten(0, 1), text.labels.flatten(), ignore_index=IGNORED, reduction="sum"
        )
        return total, (text.labels != IGNORED).sum()

    @torch.no_grad()
    def generate(
        self, visual: Tensor, prompt: Prompt, *, max_new_tokens: int, end: int, padding: int
    ) -> list[list[int]]:
        """Greedy token ids after the prompt, for each of (B, Q, D), without the end token."""
        sequence = torch.cat(self._prompted(visual, prompt), dim=1)
        written = self.language.generate(
            inputs_embeds=sequence,
            attention_mask=torch.ones(sequence.shape[:2], dtype=torch.long, device=sequence.device),
            do_sample=False,
            num_beams=1,
            max_new_tokens=max_new_tokens,
            eos_token_id=end,
            pad_token_id=padding,
        )
        return [row[: row.index(end)] if end in row else row for row in written.tolist()]

    def _prompted(self, visual: Tensor, prompt: Prompt) -> list[Tensor]:
        sides = [
            self._embed(torch.tensor(ids, dtype=torch.long, device=visual.device))
            .expand(len(visual), -1, -1)
            .to(visual.dtype)
            for ids in (prompt.before, prompt.after)
        ]
        return [sides[0], visual, sides[1]]

    def _embed(self, ids: Tensor) -> Tensor:
        table: Any = self.language.get_input_embeddings()
        embedded: Tensor = table(ids)
        return embedded


def _table(rows: int, width: int) -> nn.Parameter:
    return nn.Parameter(torch.empty(rows, width).normal_(std=INITIAL_STD))


def new_backbone(config: BackboneConfig, seed: int) -> Backbone:
    """A backbone with random weights that depend on `seed` alone.

    Torch's global generator is left as it was.
    """
    with torch.random.fork_rng(devices=[]):
        # Of the CPU alone: `torch.manual_seed` would reseed every other device too.
        torch.default_generator.manual_seed(seed)
        return Backbone(config)
