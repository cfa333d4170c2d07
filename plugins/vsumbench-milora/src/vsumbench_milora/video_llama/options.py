"""The options of `video-llama` itself: those of the backbone, and those of training its branch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vsumbench_milora.options import VideoLlamaOptions, at_least_one


@dataclass(frozen=True)
class BranchOptions(VideoLlamaOptions):
    """Options of `video-llama`.

    Attributes:
        backbone: id of the weights that hold the backbone; set by the preset.
        num_frames: frames sampled from a video, at most the backbone's frame positions.
        prompt: what the language model is told to do, after the visual tokens.
        max_new_tokens: most tokens of a summary, learned or written.
        conversation, tell_times, decoding, extend_positions, frozen_in, load, disk_gib: as in
            `VideoLlamaOptions`.
        trains: set by the variant. `nothing`: zero-shot; `branch`: what Video-LLaMA itself trains, the frame
            positions, the video Q-Former with its queries, and the projection.
        learning_rate: peak rate of AdamW. This and what follows but for `weight_decay` is that of `milora`,
            for a fair row (inferred); the release has 3e-5 in its second stage.
        eta_min: rate at the end of the cosine.
        weight_decay: of AdamW, on all that is trained (0.05 in both stages of the release).
        batch_size: videos a step.
        accumulation: parts a step is computed in; less memory, the same result.
        epochs: passes over the training videos.
        patience: epochs without a better `monitor` before training stops.
        warmup: share of all steps over which the rate grows linearly.
        clip_norm: longest gradient.
        monitor: what the epoch is chosen by and patience looks at, where the selection rule looks at
            validation videos: ROUGE-L of written summaries, or the loss on their references.
        cache_mib: memory for what the frozen image tower makes of a video, kept from epoch to epoch. It has
            no influence on the result.
    """

    trains: Literal["nothing", "branch"] = "nothing"
    learning_rate: float = 1e-4
    eta_min: float = 0.0
    weight_decay: float = 0.05
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
        at_least_one(self, "batch_size", "accumulation", "epochs", "patience")
        for name in ("learning_rate", "clip_norm"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is {getattr(self, name)}, expected a number above 0")
        for name in ("weight_decay", "cache_mib"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} is {getattr(self, name)}, expected 0 or more")
        if not 0 <= self.warmup <= 1:
            raise ValueError(f"warmup is {self.warmup}, expected a share in [0, 1]")
        if not 0 <= self.eta_min <= self.learning_rate:
            raise ValueError(f"eta_min is {self.eta_min}, expected a rate in [0, learning_rate]")
