"""Whole commands with a model in the brackets, which is had by its name alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from runs_support import Machine, asked, texts

from vsumbench.errors import MismatchError, UnknownModelError
from vsumbench.plugins import default_plugins
from vsumbench.records.record import load_record

QUICK = ("--set", "max_frames=2", "--set", "caption_tokens=16")


def test_a_model_of_the_core_is_told_in_words(machine: Machine, tmp_path: Path) -> None:
    done = machine.call(*asked(tmp_path, model="frames-to-text[uniform]", learn=QUICK))
    folder = Path(done.result["folder"])
    assert done.result["state"] == "sealed"
    assert load_record(folder).model.id == "frames-to-text[uniform]"
    assert len(texts(folder)) == 4 and all(texts(folder).values())


def test_what_the_brackets_hold_must_be_there_and_score_frames(machine: Machine, tmp_path: Path) -> None:
    for name, error, words in (
        ("frames-to-text[nobody]", UnknownModelError, "'nobody'"),
        ("frames-to-text[video-llama]", MismatchError, "takes a model for v2v; 'video-llama' is for v2t"),
    ):
        done = machine.call(*asked(tmp_path, model=name, learn=QUICK))
        assert done.code == error.exit_code and words in done.err


def test_the_spec_around_csta_says_what_both_need() -> None:
    plugins = default_plugins()
    pytest.importorskip("vsumbench_keyshots", reason="CSTA comes from another distribution")
    csta, around = plugins.model("csta"), plugins.model("frames-to-text[csta]")
    assert around.id == "frames-to-text[csta]" and around.requires.models == ("csta",)
    assert around.trainable and all(one.frames and one.features for one in around.inputs)
    paper, published = around.preset("paper"), csta.preset("paper")
    assert paper is not None and published is not None
    assert paper.weights == ("blip-image-captioning-base", *published.weights)
