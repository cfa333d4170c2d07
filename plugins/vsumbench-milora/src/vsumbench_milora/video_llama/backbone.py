"""The vision-language branch of Video-LLaMA: frames → visual tokens → text.

Sizes: B videos, T frames, N tokens of a frame of width Dv, q and Q queries of width d, language width D.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from transformers import LogitsProcessorList

from vsumbench.contracts import Seeds
from vsumbench.errors import MismatchError

from .config import BackboneConfig
from .decoding import Ends, ReleasedSampling, kept_context
from .parts import INITIAL_STD, language_model, qformer, vision_model
from .prompt import IGNORED, Prompt, Prompts, TextBatch


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
                    "Use fewer frames (option num_frames), or extend_positions=true.",
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

    def language_loss(self, visual: Tensor, prompt: Prompts, text: TextBatch) -> tuple[Tensor, Tensor]:
        """Cross-entropy summed over the tokens of the summaries, and how many these are.

        Args:
            visual: (B, Q, D) embeddings in the place between a prompt's `before` and `after`.
            prompt: not learned; one for all, or one each.
            text: summaries with their end token; padding is not learned.
        """
        embedded = self._embed(text.ids[:, :-1])
        prompted, mask = self._prompted(visual, prompt)
        sequence = torch.cat([prompted, embedded.to(visual.dtype)], dim=1)
        # Padding stands at the right, where a causal model never looks back at it: no mask is needed. That of
        # prompts of other lengths stands at the left.
        logits = self.language(
            inputs_embeds=sequence,
            logits_to_keep=text.ids.shape[1],
            use_cache=False,
            **_masked(mask, embedded.shape[1]),
        ).logits
        total = nn.functional.cross_entropy(
            logits.float().flatten(0, 1), text.labels.flatten(), ignore_index=IGNORED, reduction="sum"
        )
        return total, (text.labels != IGNORED).sum()

    @torch.no_grad()
    def generate(
        self,
        visual: Tensor,
        prompt: Prompts,
        *,
        max_new_tokens: int,
        end: int,
        padding: int,
        stops: tuple[tuple[int, ...], ...] = (),
        seeds: Sequence[Seeds] | None = None,
    ) -> list[list[int]]:
        """Token ids after the prompt, for each of (B, Q, D), without what ends them.

        Args:
            visual: embeddings in the place between a prompt's `before` and `after`.
            prompt: one for all, or one each.
            max_new_tokens: most of them.
            end: the end token.
            padding: any token the model knows.
            stops: token sequences that end an answer too.
            seeds: of each row, to decode as the release does: drawn, and with a context that is cut. None
                decodes greedily.
        """
        sequence, mask = self._prompted(visual, prompt)
        if mask is None:
            mask = torch.ones(sequence.shape[:2], dtype=torch.long, device=sequence.device)
        chosen: dict[str, Any] = {}
        if seeds is not None:
            # The last ones of a row are the last ones of all rows: shorter prompts are padded at the left.
            kept = kept_context(sequence.shape[1], max_new_tokens)
            sequence, mask = sequence[:, -kept:], mask[:, -kept:]
            chosen["logits_processor"] = LogitsProcessorList([ReleasedSampling(seeds)])
        ends = Ends(end, padding, stops)
        written = self.language.generate(
            inputs_embeds=sequence,
            attention_mask=mask,
            do_sample=False,
            num_beams=1,
            max_new_tokens=max_new_tokens,
            **ends.arguments(),
            **chosen,
        )
        return [ends.cut(row) for row in written.tolist()]

    def _prompted(self, visual: Tensor, prompt: Prompts) -> tuple[Tensor, Tensor | None]:
        """(B, L, D) of prompts and videos, and (B, L) which of them are no padding; None where all."""
        if isinstance(prompt, Prompt):
            sides = [
                self._embed(torch.tensor(ids, dtype=torch.long, device=visual.device))
                .expand(len(visual), -1, -1)
                .to(visual.dtype)
                for ids in (prompt.before, prompt.after)
            ]
            return torch.cat([sides[0], visual, sides[1]], dim=1), None
        rows, mask = [], []
        for seen, own in zip(visual, prompt.rows, strict=True):
            absent = prompt.length - len(own)
            ids = torch.tensor((*own.after[:1] * absent, *own.before, *own.after), device=visual.device)
            embedded = self._embed(ids).to(visual.dtype)
            before = absent + len(own.before)
            rows.append(torch.cat([embedded[:before], seen, embedded[before:]]))
            mask.append([0] * absent + [1] * (len(own) + len(seen)))
        return torch.stack(rows), torch.tensor(mask, dtype=torch.long, device=visual.device)

    def _embed(self, ids: Tensor) -> Tensor:
        table: Any = self.language.get_input_embeddings()
        embedded: Tensor = table(ids)
        return embedded


def _masked(mask: Tensor | None, more: int) -> dict[str, Tensor]:
    """What a causal model is given beside embeddings whose first ones may be padding; `more` follow."""
    if mask is None:
        return {}
    mask = torch.cat([mask, mask.new_ones(len(mask), more)], dim=1)
    return {"attention_mask": mask, "position_ids": (mask.cumsum(-1) - 1).clamp(min=0)}


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
