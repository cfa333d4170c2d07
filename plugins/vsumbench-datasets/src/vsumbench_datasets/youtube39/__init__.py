"""YouTube: 39 videos that others train on."""
