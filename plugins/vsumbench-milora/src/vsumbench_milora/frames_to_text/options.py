"""The options of `frames-to-text`. Nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import dataclass

from vsumbench_milora.captioning.options import CaptionOptions, require


@dataclass(frozen=True)
class FramesToTextOptions(CaptionOptions):
    """Options of `frames-to-text[MODEL]`. All of them are inferred: no paper says how such text was made.

    Attributes:
        captioner: what describes a frame: `blip`, a BLIP captioning model in the layout of transformers, or
            `video-llama`, the Video-LLaMA backbone given one frame as a video in which nothing moves.
        captioner_weights: its weights: the id of imported or made weights, a folder, or a name below
            VSUMBENCH_WEIGHTS or in the cache of the Hugging Face Hub. Nothing is fetched.
        captioner_sha256: the digest they must have. Weights by id are in the digest of a run already; a
            folder or another name needs this. Empty for any.
        frames_per_second: selected frames described a second of video, as near as the sampled steps allow.
        max_frames: most selected frames of a video that are described, evenly spread.
        caption_tokens: most tokens of a caption. Decoding is greedy.
        duplicate_above: a caption whose words overlap with an earlier one's by more than this (Jaccard index
            of the sets of words, in [0, 1]) is left out; 1 keeps all.
        share: share of the sampled steps that count as selected where the model gives scores, those with the
            highest (VideoXum's 0.15); a model that selects segments itself is taken at its word.
    """

    share: float = 0.15

    def __post_init__(self) -> None:
        super().__post_init__()
        require(0 < self.share < 1, f"share is {self.share}, expected a share in (0, 1)")
