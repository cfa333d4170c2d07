"""vsumbench: a plugin-based benchmark harness for video summarization."""

__version__ = "0.1.0"
