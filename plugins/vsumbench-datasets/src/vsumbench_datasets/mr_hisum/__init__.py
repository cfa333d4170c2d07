"""Mr. HiSum: 31 892 videos, each with YouTube's most-replayed curve and the summary made from it."""
