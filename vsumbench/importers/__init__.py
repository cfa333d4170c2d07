"""Readers of the result files that published code bases write: each becomes lines of predictions.

`vsumbench.importers.formats` lists them; nothing else is imported before a file is read.
"""
