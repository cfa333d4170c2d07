"""SumMe: the names in the order of the keys `video_1` … `video_25`, and the published test sets.

The order is that of SumMe_data.mat and of every published split file; indices are one-based.
"""

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
