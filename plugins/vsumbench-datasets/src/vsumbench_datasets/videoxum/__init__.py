"""VideoXum: 14 001 videos, each with ten video summaries and a text."""
