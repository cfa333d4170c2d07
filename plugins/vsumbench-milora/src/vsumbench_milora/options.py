"""The options of both models. Nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PAPER_INSTRUCTION = "Summarize the video in a short paragraph."


@dataclass(frozen=True)
class VideoLlamaOptions:
    """Options of `video-llama`.

    Attributes:
        backbone: id of the weights that hold the backbone; set by the preset.
        num_frames: frames sampled from a video, at most the backbone's frame positions.
        prompt: what the language model is told to do, after the visual tokens.
        max_new_tokens: most tokens of a summary. Decoding is greedy.
    """

    backbone: str = "video-llama-2-7b-finetuned"
    num_frames: int = 8
    prompt: str = PAPER_INSTRUCTION
    max_new_tokens: int = 128

    def __post_init__(self) -> None:
        at_least_one(self, "num_frames", "max_new_tokens")


@dataclass(frozen=True)
class MiloraOptions(VideoLlamaOptions):
    """Options of `milora`. What the paper leaves open is marked so in the method sheet (`milora-visum.md`).

    Attributes:
        backbone: id of the weights that hold the frozen backbone; set by the preset.
        num_frames: frames sampled from a video, at most the backbone's frame positions.
        prompt: what the language model is told to do, after the visual tokens.
        max_new_tokens: most tokens of a summary, learned or written. Decoding is greedy.
        branches: which layers get experts; set by the variant. `temporal`: the video Q-Former, no fusion;
            `spatial`: the image Q-Former, with the video Q-Former frozen and fusion; `both`.
        experts: K, low-rank experts in each adapted layer.
        rank_share: p in (0, 1]; the rank of an expert is ceil(p * min(d_out, d_in)) of its layer.
        scaling: factor of the whole low-rank update (alpha / r of LoRA).
        combine: coefficient of an expert: gate times trainable scalar (eq. 13 and 15), either alone, or 1.
        fusion_start: s at the start; temporal and spatial tokens are mixed by a = sigmoid(s) (eq. 11).
        temporal_targets: linear layers of the video Q-Former that are adapted: those of its attention, or
            also those of its feed-forward parts.
        spatial_targets: linear layers of the image Q-Former that are adapted: keys and values of
            cross-attention, or every linear layer of its attention.
        lambda_t: weight of the squared norms of temporal experts in the loss (eq. 12), at least 0.
        lambda_s: the same for spatial experts.
        learning_rate: peak rate of Adam.
        eta_min: rate at the end of the cosine (eq. 14; 0 gives eq. 17).
        batch_size: videos a step.
        accumulation: parts a step is computed in; less memory, the same result.
        epochs: passes over the training videos.
        patience: epochs without a better `monitor` before training stops.
        warmup: share of all steps over which the rate grows linearly.
        clip_norm: longest gradient.
        monitor: what the epoch is chosen by and patience looks at, where the selection rule looks at
            validation videos: ROUGE-L of written summaries, or the loss on their references.
        cache_mib: memory for what the frozen layers in front of the first adapted one make of a video, kept
            from epoch to epoch. It has no influence on the result.
    """

    num_frames: int = 32
    branches: Literal["both", "temporal", "spatial"] = "both"
    experts: int = 4
    rank_share: float = 0.022
    scaling: float = 2.0
    combine: Literal["gate*alpha", "gate", "alpha", "sum"] = "gate*alpha"
    fusion_start: float = 4.0
    temporal_targets: Literal["attn", "attn+ffn"] = "attn"
    spatial_targets: Literal["key-value", "qformer-attn"] = "key-value"
    lambda_t: float = 1e-4
    lambda_s: float = 1e-4
    learning_rate: float = 1e-4
    eta_min: float = 0.0
    batch_size: int = 32
    accumulation: int = 1
    epochs: int = 20
    patience: int = 5
    warmup: float = 0.1
    clip_norm: float = 1.0
    monitor: Literal["rougeL", "val_loss"] = "rougeL"
    cache_mib: int = 1024

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least_one(self, "experts", "batch_size", "accumulation", "epochs", "patience")
        for name in ("scaling", "learning_rate", "clip_norm"):
            _require(getattr(self, name) > 0, f"{name} is {getattr(self, name)}, expected a number above 0")
        for name in ("lambda_t", "lambda_s", "cache_mib"):
            _require(getattr(self, name) >= 0, f"{name} is {getattr(self, name)}, expected 0 or more")
        _require(0 < self.rank_share <= 1, f"rank_share is {self.rank_share}, expected a share in (0, 1]")
        _require(0 <= self.warmup <= 1, f"warmup is {self.warmup}, expected a share in [0, 1]")
        _require(
            0 <= self.eta_min <= self.learning_rate,
            f"eta_min is {self.eta_min}, expected a rate in [0, learning_rate]",
        )


def at_least_one(options: object, *names: str) -> None:
    """Refuse counts below 1.

    Raises:
        ValueError: naming the option.
    """
    for name in names:
        _require(getattr(options, name) >= 1, f"{name} is {getattr(options, name)}, expected 1 or more")


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
