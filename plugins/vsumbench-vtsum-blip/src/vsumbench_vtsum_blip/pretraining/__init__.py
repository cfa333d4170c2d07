"""Trains the decoder of the tiny preset on planted videos that no edition holds."""
