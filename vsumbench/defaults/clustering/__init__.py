"""Implementation of `clustering`."""
