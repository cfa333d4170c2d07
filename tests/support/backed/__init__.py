"""A model that stands on weights: made here for `tiny`, published for `paper`."""
