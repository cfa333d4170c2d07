"""Boards: print beside measurement, as one table of typed cells, and what renders it."""
