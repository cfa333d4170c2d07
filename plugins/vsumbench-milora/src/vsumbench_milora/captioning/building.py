"""The captioner that options name."""

from __future__ import annotations

from vsumbench.contracts import Context, Video
from vsumbench.errors import MismatchError
from vsumbench_milora.video_llama.checkpoint import backbone_folder

from .captioner import Captioner, Described, describe_video
from .finding import found_weights
from .options import CaptionOptions
from .sampling import caption_steps


def build_captioner(options: CaptionOptions, context: Context) -> Captioner:
    """The captioner, its weights checked and not yet read.

    Raises:
        UnavailableError, WeightsMissingError: the weights are not here.
        MismatchError: they have another digest than the option says.
        DataDamagedError: they cannot be read.
    """
    name, most = options.captioner_weights, options.caption_tokens
    if options.captioner == "blip":
        from .blip import BlipCaptioner

        checkpoint, digest = found_weights(name, options.captioner_sha256, "captioner_weights")
        return BlipCaptioner(checkpoint, digest, most, context.device, context.dtype)
    from .video_llama import VideoLlamaCaptioner

    backbone_folder(name)
    captioner = VideoLlamaCaptioner(name, most, context.device, context.dtype)
    digest = captioner.identity()["captioner_digest"]
    if options.captioner_sha256 not in ("", digest):
        raise MismatchError(
            f"the weights {name!r} have the digest {digest[:12]}…; option captioner_sha256 says "
            f"{options.captioner_sha256[:12]}….",
            "Get those weights, or leave the option out.",
        )
    return captioner


def described(video: Video, options: CaptionOptions, captioner: Captioner, context: Context) -> Described:
    """Captions of a video's frames, sampled as the options say.

    Raises:
        MismatchError: the edition has no frames.
        DataDamagedError: the frames end too early.
    """
    steps = caption_steps(video.pick_times, options.frames_per_second, options.max_frames)
    return describe_video(video, steps, captioner, context.progress)
