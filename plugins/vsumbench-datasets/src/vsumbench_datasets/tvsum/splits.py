"""TVSum: the published test sets, as one-based indices into the order of ydata-tvsum50.mat."""

from .splits_por import REDRAW50

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

REDRAW_VASNET = (
    (3, 10, 20, 23, 29, 32, 33, 35, 37, 41),
    (5, 6, 14, 29, 35, 36, 38, 41, 45, 46),
    (11, 12, 13, 14, 19, 20, 25, 27, 35, 48),
    (4, 5, 7, 25, 31, 33, 35, 39, 45, 49),
    (2, 5, 10, 14, 17, 29, 31, 38, 48, 49),
)
"""VASNet's five random re-draws: 31 videos are tested at least once. MSVA's earlier work used the same."""

REDRAW_DSNET = (
    (1, 15, 16, 21, 31, 33, 34, 35, 38, 43),
    (1, 10, 11, 15, 16, 19, 27, 34, 37, 50),
    (1, 16, 18, 23, 24, 26, 36, 41, 43, 50),
    (11, 18, 19, 20, 26, 29, 40, 42, 44, 46),
    (15, 16, 17, 22, 28, 35, 41, 44, 48, 50),
)
"""DSNet's five random re-draws, also those of its augmented file: 32 videos are tested at least once."""

ORDERED_MSVA = (
    (1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
    (11, 12, 13, 14, 15, 16, 17, 18, 19, 20),
    (21, 22, 23, 24, 25, 26, 27, 28, 29, 30),
    (31, 32, 33, 34, 35, 36, 37, 38, 39, 40),
    (41, 42, 43, 44, 45, 46, 47, 48, 49, 50),
)
"""MSVA's ordered partition: the videos in fifths, as they are numbered."""

RANDOM_MSVA = (
    (1, 3, 8, 21, 23, 29, 35, 41, 44, 50),
    (7, 11, 14, 16, 20, 24, 34, 45, 46, 48),
    (4, 9, 27, 31, 33, 36, 37, 40, 43, 49),
    (2, 5, 10, 13, 22, 25, 26, 30, 32, 39),
    (6, 12, 15, 17, 18, 19, 28, 38, 42, 47),
)
"""MSVA's random partition."""

AUGMENT_VASNET = (
    (2, 11, 12, 14, 21, 31, 35, 36, 37, 41),
    (6, 12, 13, 24, 27, 28, 30, 32, 35, 43),
    (1, 7, 8, 9, 16, 22, 35, 36, 39, 46),
    (8, 12, 18, 26, 28, 31, 32, 34, 35, 45),
    (3, 9, 11, 17, 22, 27, 28, 34, 44, 50),
)
"""VASNet's augmented file, other test sets than its canonical one: 34 videos are tested at least once."""

TESTS = {
    "canonical-nonoverlap": NONOVERLAP,
    "canonical-redraw": REDRAW,
    "nonoverlap-ordered-msva": ORDERED_MSVA,
    "nonoverlap-random-msva": RANDOM_MSVA,
    "redraw-vasnet": REDRAW_VASNET,
    "redraw-dsnet": REDRAW_DSNET,
    "redraw50-por": REDRAW50,
    "augment": REDRAW_DSNET,
    "augment-vasnet": AUGMENT_VASNET,
    "transfer": (tuple(range(1, 51)),),
}
"""Split set → the test videos of each fold. Folds of the last three train on other datasets too."""
