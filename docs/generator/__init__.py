"""Makes the reference pages; see `docs/generate.py`."""
