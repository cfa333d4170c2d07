"""What evidence scripts share: sealed runs, their scores by video, whether a table is of today's code."""
