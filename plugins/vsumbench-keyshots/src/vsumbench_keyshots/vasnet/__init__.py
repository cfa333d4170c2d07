"""VASNet: one soft self-attention over all frames, and a regressor."""
