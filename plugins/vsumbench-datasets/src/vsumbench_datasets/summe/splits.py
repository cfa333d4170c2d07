"""SumMe: the names in the order of the keys `video_1` … `video_25`, and the published test sets.

The order is that of SumMe_data.mat and of every published split file; indices are one-based.
"""

from .splits_por import REDRAW50

NAMES = (
    "Air_Force_One",
    "Base jumping",
    "Bearpark_climbing",
    "Bike Polo",
    "Bus_in_Rock_Tunnel",
    "Car_railcrossing",
    "Cockpit_Landing",
    "Cooking",
    "Eiffel Tower",
    "Excavators river crossing",
    "Fire Domino",
    "Jumps",
    "Kids_playing_in_leaves",
    "Notre_Dame",
    "Paintball",
    "Playing_on_water_slide",
    "Saving dolphines",
    "Scuba",
    "St Maarten Landing",
    "Statue of Liberty",
    "Uncut_Evening_Flight",
    "Valparaiso_Downhill",
    "car_over_camera",
    "paluma_jump",
    "playing_ball",
)

NONOVERLAP = (
    (2, 11, 13, 14, 24),
    (9, 10, 12, 21, 23),
    (5, 7, 8, 20, 25),
    (1, 4, 15, 17, 18),
    (3, 6, 16, 19, 22),
)
"""CSTA's five test sets: a partition."""

REDRAW = (
    (4, 9, 16, 21, 25),
    (4, 7, 15, 18, 20),
    (9, 10, 13, 19, 23),
    (1, 13, 14, 18, 25),
    (11, 15, 22, 24, 25),
)
"""PGL-SUM's five random re-draws: 18 videos are tested at least once."""

REDRAW_VASNET = (
    (4, 7, 12, 17, 18),
    (2, 10, 16, 22, 25),
    (2, 4, 12, 21, 23),
    (3, 4, 6, 15, 18),
    (4, 9, 13, 21, 22),
)
"""VASNet's five random re-draws: 17 videos are tested at least once. MSVA's earlier work used the same."""

REDRAW_DSNET = (
    (1, 6, 7, 11, 22),
    (2, 11, 17, 20, 22),
    (1, 12, 13, 17, 25),
    (1, 9, 13, 16, 25),
    (3, 17, 21, 22, 24),
)
"""DSNet's five random re-draws, also those of its augmented file: 16 videos are tested at least once."""

ORDERED_MSVA = (
    (1, 2, 3, 4, 5),
    (6, 7, 8, 9, 10),
    (11, 12, 13, 14, 15),
    (16, 17, 18, 19, 20),
    (21, 22, 23, 24, 25),
)
"""MSVA's ordered partition: the videos in fifths, as they are numbered."""

RANDOM_MSVA = (
    (1, 2, 3, 6, 14),
    (7, 10, 11, 21, 23),
    (4, 9, 13, 15, 19),
    (8, 17, 20, 24, 25),
    (5, 12, 16, 18, 22),
)
"""MSVA's random partition."""

AUGMENT_VASNET = (
    (13, 14, 18, 22, 25),
    (4, 9, 10, 23, 25),
    (7, 9, 12, 15, 21),
    (5, 12, 14, 19, 23),
    (7, 12, 14, 19, 23),
)
"""VASNet's augmented file, other test sets than its canonical one: 15 videos are tested at least once."""

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
    "transfer": (tuple(range(1, 26)),),
}
"""Split set → the test videos of each fold. Folds of the last three train on other datasets too."""
