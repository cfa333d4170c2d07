"""What a builder asks of the installed plugins: titles, metrics, default variants, and why a model cannot run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vsumbench.contracts.metric import MetricSpec
from vsumbench.contracts.model import ModelSpec
from vsumbench.errors import PluginError, UnknownNameError

if TYPE_CHECKING:
    from vsumbench.plugins import Plugins


@dataclass(frozen=True)
class Catalog:
    """The installed plugins as tables need them. Without plugins nothing is known, and records speak for themselves."""

    plugins: Plugins | None = None

    def metric(self, name: str) -> MetricSpec | None:
        """The metric, `name[argument]` and `name[max]` included; None if no usable plugin provides it."""
        if self.plugins is None:
            return None
        try:
            return self.plugins.metric(name)
        except (UnknownNameError, PluginError):
            return None

    def model(self, name: str) -> ModelSpec | None:
        """The model; None if no usable plugin provides it."""
        if self.plugins is None:
            return None
        try:
            return self.plugins.model(name)
        except (UnknownNameError, PluginError):
            return None

    def cannot_run(self, name: str) -> str:
        """Why nobody could run this model here, in words; empty if one could."""
        if self.plugins is None:
            return ""
        try:
            self.plugins.model(name)
        except UnknownNameError:
            return f"no installed plugin provides {name}"
        except PluginError as error:
            return f"the plugin that provides {name} is broken: {' '.join(error.message.split())}"
        return ""

    def is_variant(self, model: str, wanted: str, found: str | None) -> bool:
        """Whether a record of variant `found` is the row `model@wanted`; no name means the default variant."""
        if wanted == (found or ""):
            return True
        spec = self.model(model)
        default = spec.variants[0].id if spec is not None and spec.variants else ""
        return bool(default) and (wanted or default) == (found or default)

    def protocol_title(self, name: str) -> str:
        """The protocol's title; its name if no usable plugin provides it."""
        if self.plugins is None:
            return name
        try:
            return self.plugins.protocol(name).title
        except (UnknownNameError, PluginError):
            return name
