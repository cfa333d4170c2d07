"""The words of the planted world: four wordings an attribute, with correct plurals and agreement.

Wordings of one attribute have about the same length, so that a caption's length tells little (CIDEr punishes
length). The first wording is the most frequent one.
"""

from __future__ import annotations

Forms = tuple[str, str]
"""Singular and plural of a noun, or third person singular and plural of a verb phrase."""


def _nouns(*pairs: str) -> tuple[Forms, ...]:
    split = (pair.split("/") for pair in pairs)
    return tuple((singular, plural) for singular, plural in split)


_verbs = _nouns

SHAPES: dict[str, tuple[Forms, ...]] = {
    "circle": _nouns("circle/circles", "disc/discs", "ball/balls", "dot/dots"),
    "square": _nouns("square/squares", "box/boxes", "block/blocks", "tile/tiles"),
    "triangle": _nouns("triangle/triangles", "wedge/wedges", "pyramid/pyramids", "cone/cones"),
    "star": _nouns("star/stars", "starfish/starfish", "spark/sparks", "asterisk/asterisks"),
    "ring": _nouns("ring/rings", "hoop/hoops", "loop/loops", "wheel/wheels"),
    "cross": _nouns("cross/crosses", "plus/pluses", "crosshair/crosshairs", "windmill/windmills"),
    "bar": _nouns("bar/bars", "stick/sticks", "rod/rods", "pole/poles"),
    "diamond": _nouns("diamond/diamonds", "rhombus/rhombuses", "gem/gems", "kite/kites"),
}

COLOURS: dict[str, tuple[str, ...]] = {
    "red": ("red", "crimson", "scarlet", "ruby"),
    "orange": ("orange", "amber", "tangerine", "apricot"),
    "yellow": ("yellow", "golden", "lemon", "canary"),
    "green": ("green", "emerald", "lime", "jade"),
    "cyan": ("cyan", "turquoise", "aqua", "teal"),
    "blue": ("blue", "azure", "cobalt", "navy"),
    "purple": ("purple", "violet", "lilac", "mauve"),
    "pink": ("pink", "rosy", "fuchsia", "magenta"),
}

COUNTS: dict[int, tuple[str, ...]] = {
    1: ("a", "one", "a single", "a lone"),
    2: ("two", "a pair of", "a couple of", "twin"),
    3: ("three", "a trio of", "a set of three", "exactly three"),
    4: ("four", "a quartet of", "a set of four", "exactly four"),
}
"""`a` becomes `an` before a vowel sound."""

MOTIONS: dict[str, tuple[Forms, ...]] = {
    "right": _verbs(
        "moves to the right/move to the right",
        "slides to the right/slide to the right",
        "glides rightwards/glide rightwards",
        "travels rightwards/travel rightwards",
    ),
    "left": _verbs(
        "moves to the left/move to the left",
        "slides to the left/slide to the left",
        "glides leftwards/glide leftwards",
        "travels leftwards/travel leftwards",
    ),
    "up": _verbs(
        "rises up/rise up", "climbs up/climb up", "floats upwards/float upwards", "soars upwards/soar upwards"
    ),
    "down": _verbs(
        "falls down/fall down", "drops down/drop down", "sinks lower/sink lower", "descends/descend"
    ),
    "around": _verbs(
        "goes round and round/go round and round",
        "travels round and round/travel round and round",
        "orbits the middle/orbit the middle",
        "revolves around the middle/revolve around the middle",
    ),
    "zigzag": _verbs(
        "zigzags along/zigzag along",
        "swerves from side to side/swerve from side to side",
        "weaves from side to side/weave from side to side",
        "bounces along/bounce along",
    ),
    "still": _verbs(
        "stays still/stay still",
        "stands still/stand still",
        "rests in place/rest in place",
        "waits in place/wait in place",
    ),
    "grow": _verbs(
        "grows larger/grow larger", "gets bigger/get bigger", "swells up/swell up", "expands/expand"
    ),
    "shrink": _verbs(
        "shrinks/shrink", "gets smaller/get smaller", "becomes smaller/become smaller", "dwindles/dwindle"
    ),
}

BACKGROUNDS: dict[str, tuple[str, ...]] = {
    "forest": ("in a forest", "in the woods", "among the trees", "in a woodland"),
    "desert": ("in a desert", "on the sand", "among the dunes", "on a dry plain"),
    "sea": ("over the sea", "over the ocean", "above the waves", "over the water"),
    "meadow": ("in a meadow", "in a field", "on the grass", "on a lawn"),
    "city": ("in a city", "in a town", "on a street", "between buildings"),
    "night": ("at night", "in the dark", "in the darkness", "after sunset"),
}

EVENTS: dict[str, tuple[str, ...]] = {
    "flash": ("a light flashes", "a bright flash appears", "the screen lights up", "lightning strikes"),
    "rain": ("rain falls", "it starts to rain", "a shower passes", "raindrops fall"),
    "smoke": ("smoke appears", "smoke drifts past", "a cloud of smoke spreads", "fog rolls in"),
    "border": ("a frame appears", "a border shows up", "a white frame closes in", "a bright border appears"),
}

OPENERS = ("at first", "to begin with", "in the beginning", "initially")
CONNECTIVES = ("then", "next", "after that", "afterwards")
ADVERBS = ("steadily", "smoothly", "calmly", "evenly")
EVENT_LINKS = ("while", "as", "and", "when")
ENDINGS = ("until the end", "before it ends", "for the rest", "to the last")


def article(count_words: str, following: str) -> str:
    """`count_words` with `an` for `a` where the next word starts with a vowel."""
    return "an" if count_words == "a" and following[0] in "aeiou" else count_words


def words() -> tuple[str, ...]:
    """Every word a caption can hold, lower case, sorted: what a word-level tokenizer is made from."""
    phrases: list[str] = ["an"]
    for forms in (*SHAPES.values(), *MOTIONS.values()):
        phrases.extend(form for pair in forms for form in pair)
    for wordings in (*COLOURS.values(), *COUNTS.values(), *BACKGROUNDS.values(), *EVENTS.values()):
        phrases.extend(wordings)
    for fillers in (OPENERS, CONNECTIVES, ADVERBS, EVENT_LINKS, ENDINGS):
        phrases.extend(fillers)
    return tuple(sorted({word for phrase in phrases for word in phrase.split()}))
