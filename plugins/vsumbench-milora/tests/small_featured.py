"""The small planted dataset with a random feature `resnet50`: `./small_featured.py:SPEC`."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from small_planted import SPEC as PLAIN
from small_planted import SmallPlanted

from vsumbench.contracts import Feature, FeatureSpec, Seeds, Video

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RESNET50 = FeatureSpec(name="resnet50", shape=(2048,), extractor="resnet50@1")
(_PLANTED, *_) = PLAIN.editions
SPEC = replace(
    PLAIN,
    id="small-featured",
    title="Small planted with features (in memory)",
    editions=(replace(_PLANTED, provides=replace(_PLANTED.provides, features=(RESNET50,))),),
    implementation="small_featured:SmallFeatured",
)


class SmallFeatured(SmallPlanted):
    """The same videos with rows of noise."""

    def video(self, video_id: str) -> Video:
        """A video whose frames cannot be opened."""
        return with_rows(super().video(video_id), frames=_refused, frames_at=_refused)


def with_rows(video: Video, width: int = 2048, extractor: str | None = "resnet50@1", **changes: Any) -> Video:
    """The video with a feature `resnet50` that depends on its id alone."""
    spec = replace(RESNET50, shape=(width,), extractor=extractor)
    read = partial(_noise, video.id, video.steps, width)
    return replace(video, features={spec.name: Feature(spec=spec, steps=video.steps, read=read)}, **changes)


def _noise(video_id: str, steps: int, width: int) -> NDArray[np.float32]:
    import numpy as np

    # As of an average pool behind a rectifier: none below 0.
    return Seeds(2).child(video_id).generator().random((steps, width)).astype(np.float32)


def _refused(*_: Any) -> Any:
    raise AssertionError("a frame was opened")
