"""What the columns of cost are, in words: the one place of their definitions."""

from __future__ import annotations

from collections.abc import Mapping

from vsumbench.explanation import Measurement
from vsumbench.records.record import TIMED, WARM_UP

_SOURCE = "protocols.md e (efficiency columns)"
_COUNTED = "absolute counts, and how many of them are a frozen vision tower's"
_NUMERATOR = "numerator: parameters that training changes, a tensor used in several places counted once"
_TIMED = (
    (
        "videos one after the other, or batched as the model batches; left out as warm-up: the first batch "
        f"of each fold, for which a model is built, and so many of the first others as make {WARM_UP} videos "
        f"in all, if {TIMED} remain to be timed"
    ),
    (
        "a device has finished when the summary is there in memory; a batch's time falls on its videos in "
        "equal shares"
    ),
)

MEASUREMENTS: Mapping[str, Measurement] = {
    one.id: one
    for one in (
        Measurement(
            id="training-hours",
            title="Training, device-hours",
            scale="hours",
            meaning="Measured: device-hours, wall clock of training times the processes that train, summed "
            "over folds. Reading the videos, choosing the checkpoint on validation videos and writing "
            "checkpoints are in it; making the weights of a backbone and summarizing are not.",
            chain=(
                "wall clock from the start of a fold's training to its end",
                "times the processes that train, each on a device of its own",
                "sum over folds; mean over seeds, runs on two machines never together",
            ),
            beside="wall-clock hours, processes, device, dtype, batch size, epochs, peak memory; whether an "
            "interruption hides a part",
            source=_SOURCE,
            disagreements=(
                (
                    "the definition sheet times the loop of optimisation steps alone; here the evaluation "
                    "that chooses the checkpoint is in the time, as every published method needs it"
                ),
                "papers mostly print wall clock and seldom the number of devices",
            ),
        ),
        Measurement(
            id="latency-ms",
            title="Latency of one video",
            scale="ms",
            unit="per-video",
            meaning="Measured: one whole video from reading it to its summary, batched as the model batches "
            "(a batch's time in equal shares); median over test videos after warm-up.",
            chain=(
                "wall clock of each test video, from reading it to its summary",
                *_TIMED,
                "median over videos and repetitions; mean over seeds",
            ),
            beside="90th percentile, mean, milliseconds a generated token, device, dtype, how many videos "
            "were timed and left out",
            source=_SOURCE,
            disagreements=(
                (
                    "heads that score frames are often timed per-frame-score-pass: one forward pass over "
                    "features that lie in memory, without reading and without choosing shots"
                ),
                (
                    "numbers printed for language models of billions of parameters are often per-token, or "
                    "of one step of decoding"
                ),
            ),
        ),
        Measurement(
            id="latency-ms[per-token]",
            title="Latency of one generated token",
            scale="ms",
            unit="per-token",
            meaning="Measured: the time of one whole video divided by the tokens of its summary; median over "
            "test videos after warm-up.",
            chain=(
                "wall clock of each test video, from reading it to its summary",
                *_TIMED,
                "divided by the tokens generated for it",
                "median over videos and repetitions; mean over seeds",
            ),
            beside="90th percentile, mean over all tokens, device, dtype, how many videos were timed and "
            "left out",
            source=_SOURCE,
            disagreements=("a step of decoding alone is shorter: seeing the video is not in it",),
        ),
        Measurement(
            id="trainable-share",
            title="Trained share of parameters",
            scale="percent",
            meaning="Measured: trained parameters as a share of all the model has, frozen ones included.",
            chain=(
                _NUMERATOR,
                "denominator: all parameters of the loaded model, frozen encoders and vision towers included",
            ),
            beside=_COUNTED,
            source=_SOURCE,
            disagreements=(
                "released code of CSTA divides counts by 1024 x 1024 and leaves out an unused classifier",
                (
                    "papers that adapt a frozen model often mean a part of it: see "
                    "trainable-share[no-towers] and trainable-share[branch]"
                ),
            ),
        ),
        Measurement(
            id="trainable-share[no-towers]",
            title="Trained share of parameters, vision towers left out",
            scale="percent",
            meaning="Measured: trained parameters as a share of all the model has, frozen vision towers left "
            "out.",
            chain=(
                _NUMERATOR,
                "denominator: all parameters of the loaded model without those of frozen vision towers",
            ),
            beside=_COUNTED,
            source=_SOURCE,
        ),
        Measurement(
            id="trainable-share[branch]",
            title="Trained share of what the backbone trains",
            scale="percent",
            meaning="Measured only: trained parameters as a share of those its backbone trains by itself.",
            chain=(
                _NUMERATOR,
                "denominator: the parameters that the method's backbone trains in its own paper",
            ),
            beside="absolute counts",
            source=_SOURCE,
        ),
    )
}
"""Name of a cost column → what it is."""
