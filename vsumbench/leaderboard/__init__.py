"""Boards: what a paper printed beside what was measured here, as one table of typed cells, and its renderers."""
