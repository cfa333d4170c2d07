"""The options of both models. Nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PAPER_INSTRUCTION = "Summarize the video in a short paragraph."
AlignmentMode = Literal["a2summ-mask", "aligned-sum"]
Penalty = Literal["eq5", "eq12", "eq12+alpha", "eq16"]


@dataclass(frozen=True)
class VideoLlamaOptions:
    """Options of `video-llama`.

    Attributes:
        backbone: id of the weights that hold the backbone; set by the preset.
        num_frames: frames sampled from a video, at most the backbone's frame positions.
        prompt: what the language model is told to do, after the visual tokens.
        max_new_tokens: most tokens of a summary.
        conversation: how it is told. `plain`: the prompt alone; `llama-2`: the turn of a Llama 2 chat with a
            system text; `vicuna`: turns of Human and Assistant that end in ###. The wording of the system
            text is this project's own (inferred).
        tell_times: in a conversation, say how many frames are shown and of which seconds.
        decoding: `greedy`, or `release`: one sample at temperature 1 from the most likely tokens that make up
            0.9, each video with a seed of its own, and a context cut to the last 2000 tokens. The release
            writes up to 300 tokens so; its preset says that too.
        extend_positions: let `num_frames` be more than the backbone has positions for; positions between the
            first and the last are then interpolated (linear).
        frozen_in: type of the frozen parameters. `context`: that of the run, so that a run in bfloat16 takes
            half the memory; `float32`: always that, and autocast.
        load: `full`: the backbone on one device; `sharded`: its language model over all accelerators, and
            memory behind them; `8bit`: its language model in 8 bits (bitsandbytes).
        disk_gib: most GiB that one process may add to the cache of extracted features: outputs of the frozen
            vision tower, kept from run to run; 0 keeps none. Kept outputs are float16, and so are all others
            then.
    """

    backbone: str = "video-llama-2-7b-finetuned"
    num_frames: int = 8
    prompt: str = PAPER_INSTRUCTION
    max_new_tokens: int = 128
    conversation: Literal["plain", "llama-2", "vicuna"] = "llama-2"
    tell_times: bool = True
    decoding: Literal["greedy", "release"] = "greedy"
    extend_positions: bool = False
    frozen_in: Literal["context", "float32"] = "context"
    load: Literal["full", "sharded", "8bit"] = "full"
    disk_gib: float = 0.0

    def __post_init__(self) -> None:
        at_least_one(self, "num_frames", "max_new_tokens")
        _require(self.disk_gib >= 0, f"disk_gib is {self.disk_gib}, expected 0 or more")


@dataclass(frozen=True)
class MiloraOptions(VideoLlamaOptions):
    """Options of `milora`. What the paper leaves open is marked so in the method sheet (`milora-visum.md`).

    Attributes:
        backbone: id of the weights that hold the frozen backbone; set by the preset.
        num_frames: frames sampled from a video, at most the backbone's frame positions.
        prompt: what the language model is told to do, after the visual tokens.
        max_new_tokens: most tokens of a summary, learned or written.
        conversation, decoding, extend_positions, frozen_in, load, disk_gib: as in `VideoLlamaOptions`.
        tell_times: false; the prompt is one for all videos, as alignment and experts see it.
        visual_input: of a frame. `pixels`, through the ViT (inferred); `resnet50`, to the letter: its row of
            that feature, by a trained linear layer one token of the image Q-Former, which knows no such.
        branches: which layers get experts; set by the variant. `temporal`: the video Q-Former, no fusion;
            `spatial`: the image Q-Former, with the video Q-Former frozen and fusion; `both`.
        experts: K, low-rank experts in each adapted layer.
        rank_share: p in (0, 1]; the rank of an expert is ceil(p * min(d_out, d_in)) of its layer.
        ranks: the rank of each expert, the same in every layer, instead of `rank_share`.
        scaling: factor of the whole low-rank update (alpha / r of LoRA).
        combine: coefficient of an expert: gate times trainable scalar (eq. 13 and 15), either alone, or 1.
        gate_scope: what a gate sees: the mean of its own layer's input, or one mean for all layers of a
            branch, that of the tokens which go into it.
        top_k: experts kept for a sample, their gates renormalised; nothing keeps all.
        balance_coef: weight of the load-balance term in the loss, at least 0. Without `top_k` there is none.
            Inferred: the paper has no such term.
        delta_mode: what the experts of the video Q-Former's attention are added to: the weight of each linear
            layer (`proj`, inferred); the logits, as a low-rank form in queries and keys (`bilinear`); the
            logits, as a bias for each pair of positions (`logit-bias`, eq. 2 and 7 to the letter). Elsewhere
            it is always the weight.
        bias_per_head: with the last two, experts for each head instead of the same in all heads (inferred).
        pad_rank: put zero rows beside the experts, while they are used, up to a multiple of 8: faster on some
            GPUs, the same result.
        merge_inference: in inference, whether the experts of each sample are first added to its weights:
            where that is less work and nothing is rounded to half precision, never, or always. The same
            result.
        fusion_start: s at the start; temporal and spatial tokens are mixed by a = sigmoid(s) (eq. 11).
        temporal_targets: linear layers of the video Q-Former that are adapted: those of its attention, or
            also those of its feed-forward parts.
        spatial_targets: layers of the spatial branch that are adapted: keys and values of the image
            Q-Former's cross-attention; every linear layer of its attention; the patch convolution of the ViT;
            or every linear layer of the ViT. The last two send gradients through the ViT, of which nothing
            can then be kept.
        text_targets: linear layers of the language model that are adapted (eq. 3): none, or queries and
            values of its attention. Their gates see the prompt alone.
        train_positions: train the frame positions too.
        alignment: what stands between fusion and projection (eq. 4), both readings inferred. `a2summ-mask`:
            one attention over video tokens and prompt; `aligned-sum`: the prompt's keys and values added to
            the video's; `none`: nothing.
        alignment_width: width of its bottleneck. Heads are 64 wide, so it is a multiple of 64, or less than
            that with one head.
        penalty: which of the paper's objectives. `eq12` (and eq. 10, the same): squared norms of A and B, one
            weight a branch; `eq12+alpha`: those and the coefficients alpha, under their branch's weight;
            `eq5`: A and B under one weight; `eq16`: A, B and alpha under one weight.
        lambda_t: weight of the squared norms of temporal experts in the loss (eq. 12), at least 0. Experts of
            the language model, which eq. 12 does not name, have it too.
        lambda_s: the same for spatial experts.
        lambda_reg: the one weight of `eq5` and `eq16`.
        learning_rate: peak rate of Adam.
        eta_min: rate at the end of the cosine (eq. 14; 0 gives eq. 17).
        batch_size: videos a step.
        accumulation: parts a step is computed in; less memory, the same result.
        gradient_checkpointing: activations of Q-Formers and language model are computed anew in the backward
            pass; less memory, more time, the same result.
        epochs: passes over the training videos.
        patience: epochs without a better `monitor` before training stops.
        pretrained_adapter: id of imported weights to start from, a folder that a run of this model saved: the
            second stage of the paper's two (section 4.3); empty to start anew. Set by the presets
            `second-stage` and `tiny-second-stage`.
        cross_validation_fold: hold this part of the training videos out, counted from 0, and note the loss on
            it after each epoch (section 4.3: the number of experts); for `--selection last-epoch`. -1: none.
        cross_validation_folds: how many parts there are.
        warmup: share of all steps over which the rate grows linearly.
        clip_norm: longest gradient.
        monitor: what the epoch is chosen by and patience looks at, where the selection rule looks at
            validation videos: ROUGE-L of written summaries, or the loss on their references.
        cache_mib: memory for what the frozen layers in front of the first adapted one make of a video, kept
            from epoch to epoch. It has no influence on the result.
    """

    num_frames: int = 32
    tell_times: bool = False
    visual_input: Literal["pixels", "resnet50"] = "pixels"
    branches: Literal["both", "temporal", "spatial"] = "both"
    experts: int = 4
    rank_share: float = 0.022
    ranks: tuple[int, ...] = ()
    scaling: float = 2.0
    combine: Literal["gate*alpha", "gate", "alpha", "sum"] = "gate*alpha"
    gate_scope: Literal["own", "shared"] = "own"
    top_k: int | None = None
    balance_coef: float = 0.01
    delta_mode: Literal["proj", "bilinear", "logit-bias"] = "proj"
    bias_per_head: bool = False
    pad_rank: bool = False
    merge_inference: Literal["auto", "never", "always"] = "auto"
    fusion_start: float = 4.0
    temporal_targets: Literal["attn", "attn+ffn"] = "attn"
    spatial_targets: Literal["key-value", "qformer-attn", "patch-conv", "vit"] = "key-value"
    text_targets: Literal["none", "query-value"] = "none"
    train_positions: bool = False
    alignment: AlignmentMode | Literal["none"] = "a2summ-mask"
    alignment_width: int = 128
    penalty: Penalty = "eq12+alpha"
    lambda_t: float = 1e-4
    lambda_s: float = 1e-4
    lambda_reg: float = 1e-4
    learning_rate: float = 1e-4
    eta_min: float = 0.0
    batch_size: int = 32
    accumulation: int = 1
    gradient_checkpointing: bool = False
    epochs: int = 20
    patience: int = 5
    pretrained_adapter: str = ""
    cross_validation_fold: int = -1
    cross_validation_folds: int = 5
    warmup: float = 0.1
    clip_norm: float = 1.0
    monitor: Literal["rougeL", "val_loss"] = "rougeL"
    cache_mib: int = 1024

    def __post_init__(self) -> None:
        super().__post_init__()
        _require(not self.tell_times, "tell_times is True, expected False: the prompt is one for all videos")
        at_least_one(self, "experts", "batch_size", "accumulation", "epochs", "patience", "alignment_width")
        for name in ("scaling", "learning_rate", "clip_norm"):
            _require(getattr(self, name) > 0, f"{name} is {getattr(self, name)}, expected a number above 0")
        for name in ("lambda_t", "lambda_s", "lambda_reg", "balance_coef", "cache_mib"):
            _require(getattr(self, name) >= 0, f"{name} is {getattr(self, name)}, expected 0 or more")
        _require(0 < self.rank_share <= 1, f"rank_share is {self.rank_share}, expected a share in (0, 1]")
        _require(
            self.alignment_width < 64 or self.alignment_width % 64 == 0,
            f"alignment_width is {self.alignment_width}, expected fewer than 64 or a multiple of 64",
        )
        _require(
            self.cross_validation_folds >= 2,
            f"cross_validation_folds is {self.cross_validation_folds}, expected 2 or more",
        )
        _require(
            -1 <= self.cross_validation_fold < self.cross_validation_folds,
            f"cross_validation_fold is {self.cross_validation_fold}, expected -1 or a fold below "
            f"cross_validation_folds={self.cross_validation_folds}",
        )
        _require(0 <= self.warmup <= 1, f"warmup is {self.warmup}, expected a share in [0, 1]")
        _require(
            0 <= self.eta_min <= self.learning_rate,
            f"eta_min is {self.eta_min}, expected a rate in [0, learning_rate]",
        )
        self._check_mixture()

    def _check_mixture(self) -> None:
        _require(
            not self.ranks or len(self.ranks) == self.experts,
            f"ranks has {len(self.ranks)} ranks, expected one for each of {self.experts} experts",
        )
        _require(all(rank >= 1 for rank in self.ranks), f"ranks is {list(self.ranks)}, expected 1 or more")
        if self.top_k is not None:
            _require(
                1 <= self.top_k <= self.experts,
                f"top_k is {self.top_k}, expected 1 to {self.experts} experts",
            )
            _require(
                "gate" in self.combine,
                f"top_k chooses by the gates, which combine={self.combine} does not have",
            )
        _require(
            self.branches != "spatial" or self.delta_mode == "proj",
            f"delta_mode={self.delta_mode} is about temporal experts, which branches=spatial does not have",
        )
        read, targets = self.visual_input, self.spatial_targets
        _require(
            read == "pixels" or self.branches == "temporal" or targets not in ("patch-conv", "vit"),
            f"spatial_targets={targets} adapts the ViT; visual_input={read} has none",
        )
        _require(
            not self.bias_per_head or self.delta_mode != "proj",
            "bias_per_head is about delta_mode=bilinear or logit-bias",
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
