"""Write the package of a new plugin: `vsumbench new`. What it writes works at once and passes the checks."""

from .names import PluginName, plugin_name
from .source import spec_in_source
from .writing import KINDS, write_package

__all__ = ["KINDS", "PluginName", "plugin_name", "spec_in_source", "write_package"]
