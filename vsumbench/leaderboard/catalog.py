"""What a builder asks of installed plugins: titles, metrics, default variants, why a model cannot run.

Names come from records and board specs, which anyone may have written. A name is therefore looked up in
installed metadata first: a path such as `./file.py:SPEC`, which `run` may import, is never imported here.
"""

from __future__ import annotations

from dataclasses import dataclass

from vsumbench.arguments import argument_of
from vsumbench.contracts.metric import MetricSpec
from vsumbench.contracts.model import ModelSpec
from vsumbench.contracts.protocol import ProtocolSpec
from vsumbench.errors import MismatchError, PluginError, UnknownNameError
from vsumbench.plugins import Kind, Plugins


@dataclass(frozen=True)
class Catalog:
    """The installed plugins as tables need them. Without plugins, records speak for themselves."""

    plugins: Plugins | None = None

    def metric(self, name: str) -> MetricSpec | None:
        """The metric, `name[argument]` and `name[max]` included; None if no usable plugin provides it."""
        try:
            return self.plugins.metric(name) if self.plugins and self._declared(Kind.METRIC, name) else None
        except (UnknownNameError, PluginError):
            return None

    def model(self, name: str) -> ModelSpec | None:
        """The model; None if no usable plugin provides it."""
        try:
            return self.plugins.model(name) if self.plugins and self._declared(Kind.MODEL, name) else None
        except (UnknownNameError, MismatchError, PluginError):
            return None

    def protocol(self, name: str) -> ProtocolSpec | None:
        """The protocol; None if no usable plugin provides it."""
        try:
            declared = self._declared(Kind.PROTOCOL, name)
            return self.plugins.protocol(name) if self.plugins and declared else None
        except (UnknownNameError, PluginError):
            return None

    def protocol_title(self, name: str) -> str:
        """The protocol's title; its name if no usable plugin provides it."""
        spec = self.protocol(name)
        return name if spec is None else spec.title

    def cannot_run(self, name: str) -> str:
        """Why nobody could run this model here, in words; empty if one could."""
        if self.plugins is None:
            return ""
        if not self._declared(Kind.MODEL, name):
            return "no installed plugin provides this method"
        try:
            self.plugins.model(name)
        except PluginError as error:
            return f"the plugin that provides {name} is broken: {' '.join(error.message.split())}"
        except (UnknownNameError, MismatchError) as error:
            return " ".join(error.message.split()).rstrip(".")
        return ""

    def no_dataset(self, name: str) -> str:
        """Why nothing can be measured on this dataset here, in words; empty if something could."""
        missing = self.plugins is not None and not self._declared(Kind.DATASET, name)
        return f"no installed plugin provides the dataset {name}" if missing else ""

    def is_variant(self, model: str, wanted: str, found: str | None) -> bool:
        """Whether a record of variant `found` is the row `model@wanted`; no name is the default variant."""
        if wanted == (found or ""):
            return True
        spec = self.model(model)
        default = spec.variants[0].id if spec is not None and spec.variants else ""
        return bool(default) and (wanted or default) == (found or default)

    def _declared(self, kind: Kind, name: str) -> bool:
        if self.plugins is None or kind not in self.plugins.kinds_of(name):
            return False
        wrapped = argument_of(name) if kind is Kind.MODEL else None
        return wrapped is None or self._declared(kind, wrapped)
