"""Video-LLaMA as it is: the frozen backbone writes summaries (zero-shot)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from vsumbench.contracts import Context, Summary, Video
from vsumbench.training.precision import kept_in
from vsumbench_milora.options import VideoLlamaOptions

from .backbone import Backbone
from .counting import backbone_parameters, empty_backbone
from .loading import Language, backbone_config, backbone_identity, load, read_settings, write_settings
from .seeing import Sight
from .writing import write_summaries

SETTINGS = "video_llama.json"


class FrozenVideoLlama:
    """The backbone without adapters. Its weights are those of the preset; `save` notes which."""

    def __init__(self, options: VideoLlamaOptions, context: Context) -> None:
        self._options = options
        self._config = backbone_config(options)
        self._device, self._dtype = context.device, context.dtype

    @cached_property
    def _loaded(self) -> tuple[Backbone, Language]:
        backbone, language = load(self._options)
        return backbone.to(self._device, kept_in(self._dtype)), language

    def summarize(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
        """Greedy summaries, in order."""
        backbone, language = self._loaded
        sight = Sight(
            backbone,
            backbone.encode_frames,
            frames=self._options.num_frames,
            side=self._config.vision.image,
            dtype=context.dtype,
        )
        return write_summaries(
            videos, sight, backbone.see, backbone, language, dtype=context.dtype, progress=context.progress
        )

    def save(self, folder: Path) -> None:
        """Which weights it stands on."""
        write_settings(folder / SETTINGS, backbone_identity(self._options))

    def load(self, folder: Path) -> None:
        """Make sure that the weights here are those.

        Raises:
            DataDamagedError, MismatchError: they are not, or `folder` does not say.
        """
        read_settings(folder / SETTINGS, self._options)

    def parameters(self) -> Mapping[str, tuple[int, int]]:
        """Part → (total, trainable): nothing is trained."""
        counts = backbone_parameters(empty_backbone(self._config))
        return {part: (count, 0) for part, count in counts.items()}
