"""SumMe: 25 videos, segments chosen by 15 to 18 people."""
