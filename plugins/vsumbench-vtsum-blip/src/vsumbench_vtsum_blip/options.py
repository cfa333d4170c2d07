"""The options of both models. Nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Temporal = Literal["none", "tt", "tt-ca", "tt-ca-la"]
LaMode = Literal["paper", "release", "replace"]
MaskPosition = Literal["pre", "post"]
PROMPT = "a video of "


@dataclass(frozen=True, kw_only=True)
class Structure:
    """Which parts the network has.

    Attributes:
        memory: the memory bank in front.
        positions: a table of positions.
        tt, tt_depth: the temporal transformer, and its blocks.
        local: where each layer of local attention cuts its band out, one entry a layer.
        kernel: frames such a layer looks at, itself in the middle.
        scores, writes: the video head; the text decoder.
    """

    memory: bool
    positions: bool
    tt: bool
    tt_depth: int
    local: tuple[MaskPosition, ...]
    kernel: int
    scores: bool
    writes: bool

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self) | {"local": list(self.local)}


@dataclass(frozen=True)
class WritingOptions:
    """How a paragraph is written, and on what the models stand.

    Attributes:
        backbone: id of the weights with the text decoder and its tokenizer; set by the preset.
        feature: name of the feature that is read; empty for `blip-vit-b16` where the videos have it, else the
            first with one vector a step.
        beams: beams of the search; 1 is greedy.
        max_length: most tokens of a text, the prompt among them.
        min_length: fewest tokens of a text, the prompt among them.
        repetition_penalty: what repeated tokens are divided by; 1 is none.
    """

    backbone: str = "blip-image-captioning-base"
    feature: str = ""
    beams: int = 3
    max_length: int = 128
    min_length: int = 10
    repetition_penalty: float = 1.0

    def __post_init__(self) -> None:
        require_at_least(self, 1, "beams", "min_length")
        require(self.max_length >= 5, f"max_length is {self.max_length}; the prompt alone takes 4")
        require(
            self.min_length <= self.max_length,
            f"min_length is {self.min_length}, above max_length={self.max_length}",
        )
        require(self.repetition_penalty > 0, f"repetition_penalty is {self.repetition_penalty}, not above 0")


@dataclass(frozen=True)
class VtsumOptions(WritingOptions):
    """Options of `vtsum-blip`. What the papers leave open is marked so in the method sheet (`vtsum-blip.md`).

    Attributes:
        backbone: id of the weights with the text decoder and its tokenizer; set by the preset.
        feature: name of the feature that is read; empty for `blip-vit-b16` where the videos have it, else the
            first with one vector a step.
        beams: beams of the search; 1 is greedy.
        max_length: most tokens of a text, the prompt among them.
        min_length: fewest tokens of a text, the prompt among them.
        repetition_penalty: what repeated tokens are divided by; 1 is none.
        answers: what is learned and given: frame scores and text, or one of them; set by the variant.
        temporal: modules between frame vectors and heads; set by the variant. `tt`: temporal transformer;
            `ca`: context aggregation; `la`: local attention.
        la_mode: what local attention is: `paper`, one more layer after context aggregation; `release`, the
            memory bank of the public code in front of tt-ca; `replace`, in the place of context aggregation.
        mask_position: where the layer of local attention cuts its band out: `pre`, before the softmax, as
            code does; `post`, after it, as the formula is printed.
        kernel: frames that context aggregation and local attention look at, itself in the middle; odd.
        tt_depth: blocks of the temporal transformer.
        positions: whether positions are added to frame vectors.
        init_positions: what the position table starts from: `text-decoder`, the decoder's own, as was meant;
            `n01`, a normal of std 1, as the released command gets it; `n002`, one of std 0.02.
        checkpoint: id of imported weights to start from: of the official code, or of a run of this model; set
            by the presets `release` and `transfer`.
        same_as: name of the feature that the checkpoint was trained on, where the videos have it under
            another name; empty if it must be the same. A promise that nothing can check.
        lambda_v: weight of the loss of frame scores.
        lambda_t: weight of the loss of the text.
        saliency_loss: cross-entropy with every annotator's selection, or the squared error of the sigmoid.
        bce_reduction: what the cross-entropy is divided by: all steps of the batch, padding included
            (`padded-mean`, as released), or those of the videos (`masked-mean`).
        label_smoothing: share of each next word that is spread over the vocabulary.
        learning_rate: peak rate of AdamW; a cosine brings it to 0, step by step.
        weight_decay: its decay.
        epochs: passes over the training videos; 0 trains nothing, and needs a checkpoint.
        batch_size: videos a step.
        accumulation: parts a step is computed in; a part has its own means, as a GPU has in the release.
        clip_norm: longest gradient; 0 for no clipping.
        max_frames: seconds of a video that are learned from; later ones are cut off in training alone.
        max_words: words of the text that is learned.
        max_tokens: its tokens, the prompt among them.
        cache_mib: memory for the features of training videos, kept from epoch to epoch. It has no influence
            on the result.
    """

    answers: Literal["both", "video", "text"] = "both"
    temporal: Temporal = "tt-ca-la"
    la_mode: LaMode = "paper"
    mask_position: MaskPosition = "pre"
    kernel: int = 5
    tt_depth: int = 1
    positions: bool = True
    init_positions: Literal["text-decoder", "n01", "n002"] = "text-decoder"
    checkpoint: str = ""
    same_as: str = ""
    lambda_v: float = 15.0
    lambda_t: float = 1.0
    saliency_loss: Literal["cross-entropy", "l2"] = "cross-entropy"
    bce_reduction: Literal["padded-mean", "masked-mean"] = "padded-mean"
    label_smoothing: float = 0.1
    learning_rate: float = 2e-5
    weight_decay: float = 0.05
    epochs: int = 56
    batch_size: int = 64
    accumulation: int = 1
    clip_norm: float = 0.0
    max_frames: int = 512
    max_words: int = 128
    max_tokens: int = 128
    cache_mib: int = 4096

    def __post_init__(self) -> None:
        super().__post_init__()
        require_at_least(
            self, 1, "kernel", "tt_depth", "batch_size", "accumulation", "max_frames", "max_words"
        )
        require_at_least(self, 0, "epochs", "lambda_v", "lambda_t", "weight_decay", "clip_norm", "cache_mib")
        require(self.kernel % 2 == 1, f"kernel is {self.kernel}; a window around a frame is odd")
        require(self.max_tokens >= 8, f"max_tokens is {self.max_tokens}; the prompt alone takes 5")
        require(0 <= self.label_smoothing < 1, f"label_smoothing is {self.label_smoothing}, not in [0, 1)")
        require(self.learning_rate > 0, f"learning_rate is {self.learning_rate}, not above 0")
        require(bool(self.epochs or self.checkpoint), "epochs=0 trains nothing: name a checkpoint")
        local = self.temporal == "tt-ca-la"
        require(local or self.la_mode == "paper", f"la_mode means nothing with temporal={self.temporal}")
        require(
            (local and self.la_mode != "release") or self.mask_position == "pre",
            f"mask_position means nothing with temporal={self.temporal}, la_mode={self.la_mode}",
        )
        losses = {"both": (self.lambda_v, self.lambda_t), "video": (self.lambda_v,), "text": (self.lambda_t,)}
        require(any(losses[self.answers]), "lambda_v and lambda_t are 0: nothing would be learned")

    @property
    def structure(self) -> Structure:
        """The parts that these options ask for."""
        local: list[MaskPosition] = []
        if self.temporal in ("tt-ca", "tt-ca-la"):
            local.append("pre")
        if self.temporal == "tt-ca-la" and self.la_mode == "paper":
            local.append(self.mask_position)
        if self.temporal == "tt-ca-la" and self.la_mode == "replace":
            local = [self.mask_position]
        return Structure(
            memory=self.temporal == "tt-ca-la" and self.la_mode == "release",
            positions=self.positions,
            tt=self.temporal != "none",
            tt_depth=self.tt_depth,
            local=tuple(local),
            kernel=self.kernel,
            scores=self.answers != "text",
            writes=self.answers != "video",
        )


@dataclass(frozen=True)
class FrozenOptions(WritingOptions):
    """Options of `frozen-blip`. No code was published; all of it is inferred (`frozen-blip.md`).

    Attributes:
        backbone: id of the weights with the text decoder and its tokenizer; set by the preset.
        feature: name of the feature that is read; empty for `blip-vit-b16` where the videos have it, else the
            first with one vector a step.
        beams: beams of the search; 1 is greedy.
        max_length: most tokens of a text, the prompt among them.
        min_length: fewest tokens of a text, the prompt among them.
        repetition_penalty: what repeated tokens are divided by; 1 is none.
        scores: what a frame's score is: a linear head that nobody trained (`random-head`, drawn anew for each
            seed and repetition), or the cosine with the video's mean frame (`mean-frame`).
    """

    scores: Literal["random-head", "mean-frame"] = "random-head"


def require(holds: bool, otherwise: str) -> None:
    """Refuse an option.

    Raises:
        ValueError: with `otherwise`, which names it.
    """
    if not holds:
        raise ValueError(otherwise)


def require_at_least(options: object, least: int, *names: str) -> None:
    """Refuse values below `least`."""
    for name in names:
        value = getattr(options, name)
        require(value >= least, f"{name} is {value}, expected {least} or more")
