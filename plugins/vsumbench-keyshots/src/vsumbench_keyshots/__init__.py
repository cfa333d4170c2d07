"""Keyshot models: frame importance from visual features, one folder a method."""
