"""Frames in words: which frames, which captioner, which captions are worth keeping."""
