"""How published files come into a dataset's folder: fetched, or imported from what was downloaded."""
