"""Checks of what a model takes: memory, readings of its inputs, and nothing of the annotations."""

from __future__ import annotations

import gc
import tracemalloc
from collections import Counter
from dataclasses import replace

from vsumbench.contracts import Annotations, Model, Video

from .checks import Check, require
from .generated import Reads, longer, longer_annotations, with_inputs
from .model_subject import ModelSubject
from .reach import path_to_annotations

SHORT, TIMES = 4, 8
"""The shorter video is a toy video this many times in a row; the longer one is `TIMES` as long."""
FACTOR = 16.0
SLACK = 1 << 20
"""Bytes that caches and compiled code may take whatever the length."""


def memory(subject: ModelSubject) -> str:
    """The peak of Python's own allocations on a video eight times as long is at most sixteen times as high.

    Memory of torch is not counted, so this finds what a model collects in Python and numpy.
    """
    model = subject.trained.model
    base = subject.material.fold.test[0]
    annotations = subject.material.bench.dataset.annotations(base)
    peaks = []
    # The first pass fills caches and is not counted.
    for times in (1, SHORT, SHORT * TIMES):
        video = longer(subject.material.bench.video(base), times)
        peaks.append(_peak(subject, model, video, longer_annotations(annotations, times)))
    short, long = peaks[1:]
    require(
        long <= FACTOR * short + SLACK,
        f"a video {TIMES} times as long takes {long / max(short, 1):.0f} times the memory "
        f"({short >> 10} KiB, then {long >> 10} KiB)",
    )
    return f"{short >> 10} KiB, then {long >> 10} KiB for {TIMES} times the length"


def _peak(subject: ModelSubject, model: Model, video: Video, annotations: Annotations) -> int:
    given = {video.id: annotations} if subject.spec.uses_annotations else None
    tracing = tracemalloc.is_tracing()
    gc.collect()
    if not tracing:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        subject.summarize(model, [video], annotations=given)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        if not tracing:
            tracemalloc.stop()


def reads_once(subject: ModelSubject) -> None:
    """Each feature of a video, and its frames, are read at most once a summary."""
    reads: Reads = Counter()
    material = subject.material
    wanted = tuple(feature for inputs in subject.spec.inputs for feature in inputs.features)
    plain = [material.bench.video(video_id) for video_id in material.fold.test]
    subject.summarize(subject.trained.model, [with_inputs(video, wanted, reads) for video in plain])
    for (video_id, what), times in reads.items():
        require(times == 1, f"{what!r} of video {video_id!r} was read {times} times for one summary")


def out_of_reach(subject: ModelSubject) -> str | None:
    """Test annotations are not read by fit or summarize, and nothing it holds or is handed leads to one."""
    material = subject.material
    trained = subject.trained
    videos = material.videos()
    context = subject.summarize_context(subject.new_folder())
    if subject.spec.uses_annotations:
        require(context.annotations is not None, "it declares uses_annotations and is given none")
        return "it declares that it looks at annotations, and is marked in every table"
    require(context.annotations is None, "the context holds annotations")
    before = len(material.bench.annotations_read)
    list(trained.model.summarize(videos, context))
    read = material.bench.annotations_read
    require(len(read) == before, f"summarize read the annotations of video {read[before:][:1]}")
    forbidden = set(read) & set(material.fold.test)
    require(not forbidden, f"fit read the annotations of test video {min(forbidden, default='')!r}")
    harness = (context.progress, subject)
    for name, root in (("model", trained.model), ("video", videos), ("context", replace(context))):
        way = path_to_annotations({name: root}, harness)
        require(
            way is None,
            f"annotations can be reached: {way}; keep what was learned, not the samples it was learned from",
        )
    return None


CHECKS = (
    Check("memory", "memory grows in proportion to a video's length, not faster", memory),
    Check("reads-once", "each feature of a video is read once", reads_once),
    Check("annotations", "annotations of the test videos are out of reach", out_of_reach),
)
