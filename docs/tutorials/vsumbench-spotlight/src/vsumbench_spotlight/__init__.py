"""The model of the vsumbench tutorial."""
