"""What is stored of a corpus, and what the record makes of it."""

from __future__ import annotations

from vsumbench.contracts import Cause, CorpusScore, Undefined
from vsumbench.plugins import default_plugins
from vsumbench.running.aggregate import summarise_scores, video_table
from vsumbench.running.evaluation import CorpusResult

EMPTY = Undefined("item 'b' has an empty hypothesis", Cause.PREDICTION)
LEFT_OUT = Undefined("item 'c' has an empty reference", Cause.REFERENCE)


def line() -> dict[str, object]:
    score = CorpusScore(20.0, (40.0, EMPTY, LEFT_OUT), ((40.0, 1.0), (0.0, 1.0), (0.0, 0.0)), "signature")
    result = CorpusResult({"cider": score}, ("a", "b", "c"), (("d", "no text reference"),))
    return {"fold": "f"} | result.line("cider")


def test_each_undefined_item_is_stored_with_its_cause_and_reason() -> None:
    stored = line()
    assert stored["items"] == [40.0, None, None]
    assert stored["undefined_items"] == {
        "1": ["prediction", EMPTY.reason],
        "2": ["reference", LEFT_OUT.reason],
    }


def test_a_corpus_without_undefined_items_stores_no_reasons() -> None:
    score = CorpusScore(1.0, (1.0, 1.0))
    assert "undefined_items" not in CorpusResult({"cider": score}, ("a", "b"), ()).line("cider")


def test_undefined_items_are_counted_by_their_cause() -> None:
    plugins = default_plugins()
    protocol, metric = plugins.protocol("paragraph"), plugins.metric("cider")
    (row,) = summarise_scores(protocol, metric, ["f"], [line()], "digest")
    assert (row.value, row.items, row.note) == (20.0, 3, "signature")
    assert (row.undefined_prediction, row.undefined_reference) == (1, 2)
    assert video_table(protocol, metric, [line()])[2] == ["f", "b", ""]


def test_numbers_beside_a_value_are_means_over_videos_then_folds() -> None:
    plugins = default_plugins()
    protocol, metric = plugins.protocol("keyshot-f1-avg"), plugins.metric("f1")
    shares = {"one": (10.0, 20.0), "two": (30.0,)}
    lines = [
        {"fold": fold, "id": f"v{number}", "values": [50.0], "beside": {"share": share}, "note": "seen"}
        for fold, found in shares.items()
        for number, share in enumerate(found)
    ]
    row, _ = summarise_scores(protocol, metric, list(shares), lines, "digest")
    assert row.note == "share: 22.50; seen"
