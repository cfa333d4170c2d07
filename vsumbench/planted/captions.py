"""Captions: one sentence a scene, in time order, telling what happens in varied words."""

from __future__ import annotations

from .dice import Dice
from .lexicon import (
    ADVERBS,
    BACKGROUNDS,
    COLOURS,
    CONNECTIVES,
    COUNTS,
    ENDINGS,
    EVENT_LINKS,
    EVENTS,
    MOTIONS,
    OPENERS,
    SHAPES,
    article,
)
from .script import Scene, VideoScript
from .world import MIXES, video_seeds


def sentences(script: VideoScript, wording: int = 0) -> tuple[str, ...]:
    """One sentence a scene; each `wording` tells the same events in other words.

    Attributes are always told, except the background in one scene of ten. What is told of is in the script.
    """
    dice = Dice(video_seeds(MIXES[script.mix], script.id).child("caption", wording))
    last = len(script.scenes) - 1
    return tuple(_sentence(scene, dice, number, number == last) for number, scene in enumerate(script.scenes))


def modal_sentences(script: VideoScript) -> tuple[str, ...]:
    """The most frequent wording of the true events, no optional part: what greedy decoding aims at."""
    return tuple(
        _write(
            (_subject(scene, 0, 0, 0), _verb(scene, 0), BACKGROUNDS[scene.background][0], _event(scene, 0, 0))
        )
        for scene in script.scenes
    )


def _sentence(scene: Scene, dice: Dice, number: int, last: bool) -> str:
    # Every draw is made whether it is used or not, so that no choice moves those that follow.
    counts, colours, shapes, verbs = (dice.zipf((0, 1, 2, 3)) for _ in range(4))
    background = dice.zipf(BACKGROUNDS[scene.background])
    event = _event(scene, dice.zipf((0, 1, 2, 3)), dice.zipf((0, 1, 2, 3)))
    lead, ending, adverb = (
        dice.zipf(CONNECTIVES if number else OPENERS),
        dice.zipf(ENDINGS),
        dice.zipf(ADVERBS),
    )
    leads = dice.chance(0.7 if number else 0.3)
    adverbs = dice.chance(0.2) and scene.motion not in ("still", "grow", "shrink")
    ends = dice.chance(0.2) and last and number > 0 and scene.event is None
    place = dice.choice(("end", "front", "none"), (0.7, 0.2, 0.1))
    front = [lead] if leads else []
    if place == "front":
        front.append(background)
    clause = (
        _subject(scene, counts, colours, shapes),
        _verb(scene, verbs),
        adverb if adverbs else "",
        background if place == "end" else "",
        ending if ends else "",
        event,
    )
    return _write(clause, front)


def _write(clause: tuple[str, ...], front: list[str] | tuple[str, ...] = ()) -> str:
    text = ", ".join((*front, " ".join(part for part in clause if part)))
    return text[0].upper() + text[1:] + "."


def _subject(scene: Scene, count: int, colour: int, shape: int) -> str:
    noun = SHAPES[scene.shape][shape][0 if scene.count == 1 else 1]
    words = COLOURS[scene.colour][colour]
    return f"{article(COUNTS[scene.count][count], words)} {words} {noun}"


def _verb(scene: Scene, wording: int) -> str:
    return MOTIONS[scene.motion][wording][0 if scene.count == 1 else 1]


def _event(scene: Scene, wording: int, link: int) -> str:
    return f"{EVENT_LINKS[link]} {EVENTS[scene.event][wording]}" if scene.event else ""
