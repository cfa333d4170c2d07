"""Implementations of the reference rows."""
