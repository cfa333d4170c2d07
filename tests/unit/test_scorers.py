"""Scoring one video at a time beside corpora: notes, metrics on a device, what cannot be had, corpora."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from vsumbench.contracts import (
    Annotations,
    Cause,
    CorpusScore,
    CrossItem,
    Encoder,
    Fold,
    Summary,
    TextItem,
    Undefined,
    Video,
)
from vsumbench.errors import PluginError, PredictionError, UnavailableError
from vsumbench.plugins import default_plugins
from vsumbench.records.predictions import PredictionLine
from vsumbench.running import cross
from vsumbench.running.cross import CrossScorer
from vsumbench.running.divided import DividedScorer
from vsumbench.running.encoders import on_scoring_device
from vsumbench.running.scorer import Case
from vsumbench.running.scoring_run import complete_corpora

VIDEO = Video(id="v", duration=4.0, fps=1.0, n_frames=4, picks=np.arange(4))
CASE = Case(Summary(video_id="v", text="x"), VIDEO, Annotations(video_id="v"))
ITEM = TextItem("v/1", "a", ("b",))
NOTHING = Undefined("no item", Cause.REFERENCE)


# Corpora of one video -------------------------------------------------------------------------------------


@dataclass
class Corpora:
    """A protocol that divides every video into the same corpora."""

    parts: Sequence[Any]

    def corpora(self, *_: Any) -> Sequence[Any]:
        return self.parts


class Noted:
    """A metric whose note has a part that is always there and one of each corpus."""

    def __init__(self, results: int) -> None:
        self.results = results

    def many(self, asked: Sequence[str], corpora: Sequence[Any]) -> list[Mapping[str, CorpusScore]]:
        return [
            {name: CorpusScore(1.0 * n, note=f"weights 1a2b; {n} cut") for name in asked}
            for n in range(self.results)
        ]


def divided(parts: Sequence[Any], results: int) -> Any:
    plugins = default_plugins()
    protocol, metric = plugins.protocol("dense-2019"), plugins.metric("cider")
    scorer = DividedScorer(protocol, Corpora(parts), {metric: Noted(results)})
    return scorer.score([CASE], [metric])[0]["cider"]


def test_what_is_remarked_of_every_corpus_of_a_video_stands_beside_its_values() -> None:
    found = divided([[ITEM], NOTHING, [ITEM]], 2)
    assert found.values == (0.0, NOTHING, 1.0)
    assert found.note == "weights 1a2b"
    assert divided([NOTHING], 0).note == ""


@pytest.mark.parametrize("results", [1, 3])
def test_another_number_of_scores_than_corpora_is_refused(results: int) -> None:
    with pytest.raises(PluginError, match=f"scores of {results} corpora for 2"):
        divided([[ITEM], [ITEM]], results)


# Devices --------------------------------------------------------------------------------------------------


def test_a_metric_that_computes_with_a_model_is_put_on_the_device_of_scoring(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vsumbench.running.encoders.default_device", lambda: "cuda")
    assert on_scoring_device(SimpleNamespace(on=lambda device: f"on {device}")) == "on cuda"
    assert on_scoring_device(len) is len


# Frames and texts -----------------------------------------------------------------------------------------


def test_frames_that_cannot_be_decoded_make_the_value_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    def undecodable(asked: Sequence[str], item: CrossItem, encoder: Encoder) -> Any:
        raise UnavailableError("frames are read with a package that is not installed.", "Run: pip install it")

    plugins = default_plugins()
    protocol, metric = plugins.protocol("clip-sets"), plugins.metric("f-clip")
    monkeypatch.setattr(cross, "build_encoder", lambda *_: object())
    chooses = SimpleNamespace(item=lambda *_: object())
    scorer = CrossScorer(protocol, chooses, {metric: undecodable}, plugins)
    (value,) = scorer.score([CASE], [metric])[0][metric.id].values
    assert isinstance(value, Undefined) and value.cause is Cause.UNAVAILABLE
    assert value.reason.startswith("unavailable: frames are read") and "pip install it" in value.reason


# Complete corpora -----------------------------------------------------------------------------------------


FOLD = Fold("f", (), ("a", "b"))


def told(video: str, annotator: int | None = None, text: str | None = "x") -> tuple[str, PredictionLine]:
    return "f", PredictionLine(id=video, text=text, annotator=annotator, importance=[1.0])


def test_an_annotator_with_some_texts_makes_no_corpus() -> None:
    lines = [told("a", 0), told("a", 1), told("b", 1), told("b", 0, None)]
    ((fold, repetition, annotator, summaries),) = complete_corpora(lines, [FOLD])
    assert (fold, repetition, annotator) == ("f", 0, 1)
    assert [(summary.video_id, summary.importance) for summary in summaries] == [("a", None), ("b", None)]


def test_a_model_with_some_texts_is_refused() -> None:
    with pytest.raises(PredictionError, match="1 of 2 videos have no text, the first is 'b'"):
        list(complete_corpora([told("a")], [FOLD]))


def test_texts_of_a_corpus_are_composed() -> None:
    ((*_, summaries),) = complete_corpora([told("a", text="e\u0301"), told("b")], [FOLD])
    assert summaries[0].text == "\u00e9"
