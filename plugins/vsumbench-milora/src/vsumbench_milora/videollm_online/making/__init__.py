"""Trains the tiny backbone from scratch on the planted corpus that no edition shares a video with."""
