"""TVSum: the published test sets, as one-based indices into the order of ydata-tvsum50.mat."""

NONOVERLAP = (
    (7, 12, 21, 24, 31, 34, 38, 44, 48, 49),
    (1, 4, 15, 17, 19, 20, 36, 41, 43, 46),
    (2, 8, 9, 18, 27, 29, 35, 39, 40, 47),
    (5, 6, 16, 22, 23, 25, 28, 33, 45, 50),
    (3, 10, 11, 13, 14, 26, 30, 32, 37, 42),
)
"""CSTA's five test sets: a partition."""

REDRAW = (
    (5, 6, 8, 14, 22, 31, 34, 38, 43, 45),
    (10, 11, 13, 15, 19, 24, 33, 44, 45, 47),
    (4, 7, 9, 16, 19, 27, 31, 32, 47, 50),
    (1, 4, 11, 17, 26, 30, 37, 43, 45, 50),
    (1, 5, 6, 11, 12, 15, 16, 36, 42, 50),
)
"""PGL-SUM's five random re-draws: 34 videos are tested at least once."""
