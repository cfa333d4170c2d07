"""TVSum: 50 videos, shots rated 1 to 5 by 20 people."""
