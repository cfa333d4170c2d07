"""The planted world: fixed for ever in version 1, correct English, a signal that is had only by looking."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest

from vsumbench.contracts import Seeds
from vsumbench.data import sha256_arrays, sha256_json
from vsumbench.planted import (
    MIXES,
    PRETRAINING,
    TARGET,
    VideoScript,
    modal_sentences,
    sentences,
    simulate,
    step_features,
    words,
    write_script,
)
from vsumbench.planted.dice import Dice
from vsumbench.planted.lexicon import MOTIONS, SHAPES
from vsumbench.planted.world import LOOKS, VALUES

VERSION_1 = "b6284be8b596c71d64a6dfd72f2a046b74f4cf9c71d7fbb749bdfcacd739f861"


@pytest.fixture(scope="module")
def scripts() -> list[VideoScript]:
    return [write_script(TARGET, f"v_test{number:04d}") for number in range(150)]


def test_version_1_is_what_it_always_was() -> None:
    parts = []
    for mix in MIXES.values():
        for number in range(10):
            script = write_script(mix, f"v_frozen{number}")
            told = simulate(script)
            arrays = {"salience": script.salience(), "features": step_features(script), "spans": told.spans}
            arrays |= {"ratings": told.ratings, "selections": told.selections}
            texts = [sentences(script), sentences(script, 1), modal_sentences(script)]
            parts.append([sha256_arrays(arrays), texts])
    assert sha256_json(parts) == VERSION_1


def test_scenes_are_contiguous_seen_twice_and_differ_in_background(scripts: list[VideoScript]) -> None:
    for script in scripts:
        look = -(-script.seconds // LOOKS)
        assert script.scenes[0].start == 0 and script.scenes[-1].end == script.seconds
        for before, after in pairwise(script.scenes):
            assert before.end == after.start and before.background != after.background
        for scene in script.scenes:
            assert scene.seconds >= 2 * look
            assert scene.start <= scene.highlight_start < scene.highlight_end <= scene.end
            if scene.event:
                assert scene.highlight_end - scene.highlight_start >= look


def test_salience_is_highest_in_events_then_bursts_then_the_rest(scripts: list[VideoScript]) -> None:
    for script in scripts:
        salience = script.salience()
        assert salience.min() > 0 and salience.max() <= 1
        for scene in script.scenes:
            inside = salience[scene.highlight_start]
            assert inside > 0.9 if scene.event else 0.5 < inside < 0.7
            assert scene.level < 0.4


def test_adding_annotators_does_not_change_those_that_are_there(scripts: list[VideoScript]) -> None:
    few, many = simulate(scripts[0], 3), simulate(scripts[0], 12)
    assert (few.ratings == many.ratings[:3]).all() and (few.spans == many.spans[:, :3]).all()


def test_annotators_follow_the_salience_and_position_alone_does_not_help(scripts: list[VideoScript]) -> None:
    inside, outside, halves = [], [], []
    for script in scripts:
        chosen = simulate(script).selections.mean(axis=0)
        mask = np.zeros(script.seconds, dtype=bool)
        for scene in script.scenes:
            mask[scene.highlight_start : scene.highlight_end] = True
        inside.append(chosen[mask].mean())
        outside.append(chosen[~mask].mean())
        half = script.seconds // 2
        halves.append(chosen[:half].mean() - chosen[-half:].mean())
    assert np.mean(inside) > 5 * np.mean(outside)
    assert abs(np.mean(halves)) < 0.03
    ratings = simulate(scripts[0]).ratings
    assert ratings.min() >= 1 and ratings.max() <= 5


def test_the_salience_can_be_learnt_from_the_features(scripts: list[VideoScript]) -> None:
    rows = np.concatenate([step_features(script) for script in scripts])
    rows = np.column_stack([rows, np.ones(len(rows))])
    target = np.concatenate([script.salience() for script in scripts])
    half = len(rows) // 2
    weights, *_ = np.linalg.lstsq(rows[:half], target[:half], rcond=None)
    assert np.corrcoef(rows[half:] @ weights, target[half:])[0, 1] > 0.6
    shuffled = np.random.default_rng(0).permutation(target[half:])
    assert abs(np.corrcoef(rows[half:] @ weights, shuffled)[0, 1]) < 0.1


def test_captions_are_made_of_the_lexicon_one_sentence_a_scene(scripts: list[VideoScript]) -> None:
    known = set(words())
    for script in scripts:
        for told in (sentences(script), sentences(script, 7), modal_sentences(script)):
            assert len(told) == len(script.scenes)
            for sentence in told:
                assert sentence[0].isupper() and sentence.endswith(".") and "  " not in sentence
                assert set(re.findall(r"[a-z]+", sentence.lower())) <= known


def test_nouns_verbs_and_articles_agree(scripts: list[VideoScript]) -> None:
    for script in scripts:
        for scene, sentence in zip(script.scenes, sentences(script), strict=True):
            text = f" {sentence.lower()[:-1]} "
            number = 0 if scene.count == 1 else 1
            assert any(f" {pair[number]} " in text for pair in SHAPES[scene.shape])
            assert any(f" {pair[number]}" in text for pair in MOTIONS[scene.motion])
            assert not re.search(r"\ba [aeiou]", text) and not re.search(r"\ban [^aeiou]", text)


def test_another_wording_tells_the_same_events_in_other_words(scripts: list[VideoScript]) -> None:
    differ = sum(sentences(script) != sentences(script, 1) for script in scripts)
    assert differ > 0.9 * len(scripts)
    assert len({sentences(script) for script in scripts}) > 0.95 * len(scripts)


def test_the_two_corpora_share_their_vocabulary_and_not_their_frequencies() -> None:
    for attribute, values in VALUES.items():
        assert sorted(PRETRAINING.order(attribute)) == sorted(TARGET.order(attribute)) == sorted(values)
    assert any(PRETRAINING.order(name) != TARGET.order(name) for name in VALUES)
    assert write_script(PRETRAINING, "v_1").scenes != write_script(TARGET, "v_1").scenes


def test_dice_draw_what_they_say() -> None:
    dice = Dice(Seeds(1).child("test"))
    assert {dice.integer(2, 4) for _ in range(200)} == {2, 3, 4}
    assert sorted(dice.shuffled("abcde")) == list("abcde")
    drawn = [dice.zipf("ab") for _ in range(3000)]
    assert drawn.count("a") / drawn.count("b") == pytest.approx(2, rel=0.2)
    noise = [dice.noise() for _ in range(3000)]
    assert np.mean(noise) == pytest.approx(0, abs=0.06) and np.std(noise) == pytest.approx(1, abs=0.06)
    assert all(dice.choice("ab", (0, 1)) == "b" for _ in range(50))
