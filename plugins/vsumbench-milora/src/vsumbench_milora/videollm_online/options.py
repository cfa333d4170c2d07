"""The options of `videollm-online`. Nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SYSTEM = "An assistant watches a video as it comes in and talks with a user about it."
"""The system line. The published model was trained with a line of the same sense; the words here are ours."""
INSTRUCTION = "Summarize the video in a short paragraph."
STREAM_INSTRUCTION = "Say what happened whenever something has ended."


@dataclass(frozen=True)
class OnlineOptions:
    """Options of `videollm-online`. Defaults are the published values (`videollm-online.md`); what the sheet
    marks as inferred is marked so here.

    Attributes:
        language: id of the weights of the language model and its tokenizer; set by the preset.
        vision: id of the weights of the frame encoder; set by the preset.
        adapter: id of the weights training and `tuning=none` begin with: a published adapter with its
            connector, or a connector alone; empty: a new adapter and a connector drawn at random.
        frozen_dtype: what the frozen weights are held in. Adapter and connector are held in float32.
        mode: `offline` reads all frames and answers once; `stream` reads frame after frame and answers when
            silence is less likely than `stream_threshold`; set by the variant (inferred).
        target: what is learned: one answer after all frames, without a stream loss, or an answer at the frame
            where each timed caption ends, and silence at the others; set by the variant (inferred). In
            `stream`, videos without timed captions are learned as in `caption`.
        tuning: `lora` trains adapter and connector; `none` keeps what `adapter` holds: the zero-shot row.
        grid: frames are seen as a pooled vector and grid x grid averages; 0 is v1 (one token, no separator),
            3 is v1+ (10 tokens, a comma between frames).
        max_frames: most frames of a video, 1200 in v1+ and 7200 in v1; longer videos are seen at that many
            steps, the starts of equal parts (inferred). With prompt and answer they must fit into the
            positions of the language model; with the published adapter, up to 1200 do.
        system: the line in front of the conversation (our wording).
        prompt: what the user says after all frames (our wording).
        stream_prompt: what the user says before the first frame, where a stream is learned or read (our
            wording).
        max_new_tokens: most tokens of one answer, learned or written; of a text that is cut no end is
            learned. Decoding is greedy.
        stream_threshold: in `stream`, a probability of silence below it counts as 0; 0.725 in the published
            demonstration, 0 leaves the choice to the largest probability.
        stream_score: in `stream`, what importance is (inferred): 1 minus the probability of silence after
            each frame, or 1 at frames that are answered and 0 at others.
        rank: rank of the low-rank updates.
        alpha: their scaling is alpha / rank.
        dropout: of what low-rank updates read while training.
        stream_loss_weight: weight of what is predicted at frames, beside the words.
        learning_rate: peak rate of AdamW: 2e-4 for Ego4D, 1e-4 for COIN.
        weight_decay: of AdamW.
        batch_size: videos a step: 8 x 8 GPUs.
        accumulation: parts a step is computed in; less memory, the same result.
        epochs: passes over the training videos: 2 for Ego4D, 5 for COIN.
        patience: epochs without a better `monitor` before training stops.
        warmup: share of all steps over which the rate grows linearly.
        clip_norm: longest gradient.
        gradient_checkpointing: compute activations of the language model again in the backward pass; less
            memory, the same result.
        monitor: what the epoch is chosen by and patience looks at, where the selection rule looks at
            validation videos: ROUGE-L of written summaries, or the loss on their references.
        cache_mib: memory for what is seen of a video's frames, kept from epoch to epoch.
    """

    language: str = "llama-3-8b-instruct"
    vision: str = "siglip-large-patch16-384"
    adapter: str = "videollm-online-8b-v1plus"
    frozen_dtype: Literal["bfloat16", "float32"] = "bfloat16"
    mode: Literal["offline", "stream"] = "offline"
    target: Literal["caption", "stream"] = "caption"
    tuning: Literal["lora", "none"] = "lora"
    grid: int = 3
    max_frames: int = 1200
    system: str = SYSTEM
    prompt: str = INSTRUCTION
    stream_prompt: str = STREAM_INSTRUCTION
    max_new_tokens: int = 128
    stream_threshold: float = 0.725
    stream_score: Literal["silence", "responses"] = "silence"
    rank: int = 128
    alpha: float = 256.0
    dropout: float = 0.05
    stream_loss_weight: float = 1.0
    learning_rate: float = 1e-4
    weight_decay: float = 0.0
    batch_size: int = 64
    accumulation: int = 64
    epochs: int = 5
    patience: int = 5
    warmup: float = 0.05
    clip_norm: float = 1.0
    gradient_checkpointing: bool = True
    monitor: Literal["rougeL", "val_loss"] = "rougeL"
    cache_mib: int = 4096

    def __post_init__(self) -> None:
        counts = ("max_frames", "max_new_tokens", "rank", "batch_size", "accumulation", "epochs", "patience")
        for name in counts:
            _require(getattr(self, name) >= 1, f"{name} is {getattr(self, name)}, expected 1 or more")
        for name in ("alpha", "learning_rate", "clip_norm"):
            _require(getattr(self, name) > 0, f"{name} is {getattr(self, name)}, expected a number above 0")
        for name in ("grid", "stream_loss_weight", "weight_decay", "cache_mib"):
            _require(getattr(self, name) >= 0, f"{name} is {getattr(self, name)}, expected 0 or more")
        for name in ("stream_threshold", "dropout", "warmup"):
            _require(
                0 <= getattr(self, name) <= 1, f"{name} is {getattr(self, name)}, expected a share in [0, 1]"
            )


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
