"""Extractors by name: what they write, who they are, and that nobody mixes two of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from vsumbench.arguments import short
from vsumbench.contracts import Context, Extractor, ExtractorSpec, FeatureSpec, Video
from vsumbench.data.features import ExtractionOptions, FeatureKey, picks_digest
from vsumbench.errors import MismatchError, PluginError, UsageError
from vsumbench.plugins import Plugins

from .choices import chosen_device
from .contexts import outside_a_run
from .encoders import build_encoder


@dataclass(frozen=True, kw_only=True)
class Extraction:
    """An extractor, found and identified; it is built when it is first needed.

    Attributes:
        output: the feature it writes, with its name and every size filled in. `output.extractor` is
            `id@version`, and `id@version+DIGEST` where it has weights: the first 12 digits of theirs.
        identity: `id@version`.
        weights: sha256 of what its argument names; empty for extractors without.
        precision: what it computes in.
        build: the extractor; built once.
    """

    spec: ExtractorSpec
    output: FeatureSpec
    identity: str
    weights: str
    precision: str
    build: Callable[[], Extractor] = field(repr=False)

    def key(self, video: Video) -> FeatureKey:
        """What the vectors of a video are kept under.

        Raises:
            MismatchError: the video has no frames, or does not say what they are drawn from.
            DataMissingError, DataDamagedError: its file cannot be read.
        """
        if video.frames is None or video.source is None:
            lacks = "has no frames here" if video.frames is None else "does not say what its frames are from"
            raise MismatchError(
                f"video {video.id!r} {lacks}; {self.spec.id!r} needs them.",
                "Use an edition with frames, or name the video files themselves.",
            )
        return FeatureKey(
            source=video.source(),
            extractor=self.identity,
            weights=self.weights,
            picks=picks_digest(video),
            precision=self.precision,
        )

    def bytes_of(self, video: Video) -> int:
        """The size of the array of a video; its file has a header of less than 2 KiB besides."""
        size = 4 * video.steps
        for side in self.output.shape:
            assert side is not None
            size *= side
        return size


def prepare_extractor(plugins: Plugins, spec: ExtractorSpec, context: Context) -> Extraction:
    """Find what the spec's argument names and read who it is; the network itself is not built yet.

    Raises:
        UsageError: nothing stands in the brackets, and the extractor needs something there.
        UnavailableError, DataMissingError, DataDamagedError: what stands there cannot be used.
    """
    found = _found(plugins, spec)
    identity, weights = _identity(spec), "" if found is None else str(found.sha256())
    output = _completed(spec, found)
    stamped = f"{identity}+{weights[:12]}" if weights else identity

    @cache
    def build() -> Extractor:
        return build_extractor(plugins, spec, context)

    return Extraction(
        spec=spec,
        output=replace(output, extractor=stamped),
        identity=identity,
        weights=weights,
        precision=context.dtype,
        build=build,
    )


def build_extractor(plugins: Plugins, spec: ExtractorSpec, context: Context) -> Extractor:
    """The extractor itself, weights loaded.

    Raises:
        UnavailableError: a package or its weights are not there.
        DataDamagedError: weights that cannot be used.
    """
    build = plugins.load(spec.implementation, what=f"extractor {spec.id!r}", extras=spec.extras)
    built: Extractor = build(context, spec.argument) if spec.takes else build(context)
    return built


def extraction_context(
    plugins: Plugins, device: str, dtype: str = "float32", options: ExtractionOptions | None = None
) -> Context:
    """A context to extract in, outside a run: encoders are built for it, each once."""

    @cache
    def encoder(name: str) -> Any:
        return build_encoder(plugins, name, context)

    context = replace(
        outside_a_run(device, Path(gettempdir()), options=options or ExtractionOptions(), encoder=encoder),
        dtype=dtype,
    )
    return context


def device_for(spec: ExtractorSpec, asked: str) -> str:
    """The device of a `--device`: for `auto` a GPU where the extractor computes with torch and there is one.

    Raises:
        UsageError, MismatchError: no such device.
    """
    # Only the packages a spec asks for are looked at.
    return chosen_device(asked, spec)


def check_same_extractor(*groups: tuple[str, Iterable[FeatureSpec]]) -> None:
    """Refuse features of one name that different extractors wrote.

    Args:
        groups: where features are met (`training on tvsum`, `talk.mp4`), and their specs there.

    Raises:
        MismatchError: naming the feature, both places and both extractors.
    """
    met: dict[str, tuple[str, FeatureSpec]] = {}
    for where, specs in groups:
        for spec in specs:
            first, other = met.setdefault(spec.name, (where, spec))
            if other.extractor != spec.extractor:
                raise MismatchError(
                    f"feature {spec.name!r} is of {_named(other)} in {first}, and of {_named(spec)} in "
                    f"{where}; what is learned on one extractor says nothing about another.",
                    "Extract both with the same extractor, version and weights: "
                    "`vsumbench features extract --help`.",
                )


def offers(video: Video, output: FeatureSpec) -> bool:
    """Whether the edition itself has the feature: same name and sizes, and no other extractor stated."""
    there = video.features.get(output.name)
    if there is None or len(there.spec.shape) != len(output.shape):
        return False
    fits = all(a is None or a == b for a, b in zip(there.spec.shape, output.shape, strict=True))
    stated = there.spec.extractor
    own = output.extractor or ""
    return fits and stated in (None, own, own.partition("+")[0])


def _named(spec: FeatureSpec) -> str:
    return repr(spec.extractor) if spec.extractor else "an extractor that is not stated"


def _identity(spec: ExtractorSpec) -> str:
    return f"{spec.id.partition('[')[0]}@{spec.version}"


def _found(plugins: Plugins, spec: ExtractorSpec) -> Any:
    """What the argument names; None for extractors that take none, or look for nothing."""
    if spec.takes and not spec.argument:
        raise UsageError(f"extractor {spec.id!r} needs {spec.takes} in brackets.", f"Write {spec.id}[PATH].")
    if not spec.checkpoint:
        return None
    find = plugins.load(spec.checkpoint, what=f"extractor {spec.id!r}", extras=spec.extras)
    return find(spec.argument)


def _completed(spec: ExtractorSpec, found: Any) -> FeatureSpec:
    """The output with its name and sizes; `found` may have `complete(output)`, which knows them.

    Raises:
        PluginError: a size stays open, so that nobody knows how large the features will be.
    """
    output = spec.output
    complete = getattr(found, "complete", None)
    if complete is not None:
        output = complete(output)
    if not output.name:
        output = replace(output, name=short(spec.argument))
    if not output.name or any(side is None for side in output.shape):
        raise PluginError(
            f"extractor {spec.id!r} does not say which feature it writes, or of what size.",
            "Let what its `checkpoint` finds have `complete(output)`, or fill in `output`.",
        )
    return output
