"""Reported numbers and board specs, one package a paper. Importing any of them costs a dataclass."""
