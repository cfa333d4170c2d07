"""Standard ranker: an affine map of each feature, learned from pairs of segments."""
