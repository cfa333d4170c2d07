"""Which feature a model reads, and what it remembers of it. Public to plugins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vsumbench.contracts import Feature, FeatureSpec, Video
from vsumbench.errors import DataDamagedError, MismatchError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Learned:
    """The feature a model was trained on: another one of the same width would give senseless scores.

    Attributes:
        name: of the feature, or of several joined by `+`.
        extractor: id and version of the extractor, likewise; None where nobody says.
        width: values a step, of each.
    """

    name: str
    extractor: str | None
    width: int

    @classmethod
    def of(cls, *specs: FeatureSpec) -> Learned:
        """From what a video declares; several features stand side by side and are equally wide.

        Raises:
            MismatchError: they are not.
        """
        widths = {spec.shape[0] for spec in specs}
        if len(widths) > 1:
            raise MismatchError(
                f"features of one width are needed; {', '.join(spec.name for spec in specs)} have "
                f"{', '.join(str(spec.shape[0]) for spec in specs)} values a step.",
                "Extract them anew, or leave a stream out.",
            )
        (width,) = widths
        assert width is not None
        extractors = [spec.extractor or "" for spec in specs]
        by = "+".join(extractors) if any(extractors) else None
        return cls("+".join(spec.name for spec in specs), by, width)

    def describe(self) -> str:
        """The feature in words: name, extractor, width."""
        by = f" by {self.extractor}" if self.extractor else ""
        return f"{self.name!r}{by} ({self.width} values a step)"


def choose_feature(model: str, video: Video, name: str, preferred: str, width: int | None = None) -> Feature:
    """The feature to read: the named one, else the preferred, else the first of one vector a step.

    Args:
        model: id of the model, for the error.
        name: what the user asked for; empty for no wish.
        preferred: name of the feature the model was published on.
        width: values a step it must have; None for any.

    Raises:
        MismatchError: there is none, or it is of another width.
    """
    rows = {known: one for known, one in video.features.items() if len(one.spec.shape) == 1}
    wanted = name or (preferred if preferred in rows else next(iter(rows), ""))
    if wanted not in rows:
        what = f"feature {wanted!r}" if wanted else "a feature (one vector a step)"
        raise MismatchError(
            f"model {model!r} needs {what}; video {video.id!r} has {', '.join(rows) or 'none'}.",
            "Name one of them with --set feature=NAME, or extract one with --features.",
        )
    feature = rows[wanted]
    found = Learned.of(feature.spec).width
    if width not in (None, found):
        raise MismatchError(
            f"model {model!r} is asked for input_dim={width}; feature {wanted!r} of video {video.id!r} "
            f"has {found} values a step.",
            f"Leave input_dim out, or give --set input_dim={found}.",
        )
    return feature


def read_rows(feature: Feature, video: Video) -> NDArray[np.float32]:
    """(T, width) a row for each of the video's steps.

    Raises:
        DataDamagedError: there are more or fewer; nothing is cut or filled up.
    """
    rows = feature.read()
    if len(rows) != video.steps:
        raise DataDamagedError(
            f"feature {feature.spec.name!r} of video {video.id!r} has {len(rows)} rows; the video has "
            f"{video.steps} steps.",
            "Extract it anew, or mend the dataset's reader.",
        )
    return rows


def refuse_other(model: str, learned: Learned, features: Sequence[Feature], video: Video) -> None:
    """Refuse features of another kind than the model was trained on.

    Raises:
        MismatchError: naming both.
    """
    found = Learned.of(*(feature.spec for feature in features))
    if found != learned:
        raise MismatchError(
            f"model {model!r} was trained on {learned.describe()}; video {video.id!r} has "
            f"{found.describe()}.",
            "Use videos with the features it was trained on, or train it on these.",
        )
