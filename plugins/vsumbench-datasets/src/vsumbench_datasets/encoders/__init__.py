"""Encoders: what turns frames and texts into vectors."""
