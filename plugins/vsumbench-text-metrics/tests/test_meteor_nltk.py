"""NLTK's METEOR, with and without WordNet. Each test runs in a fresh process: NLTK caches what it found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import json, sys
from vsumbench.contracts import TextItem
from vsumbench.errors import UnavailableError
from vsumbench_text_metrics.meteor_nltk import score
import nltk
nltk.data.path[:] = [sys.argv[1]]
try:
    found = score(["meteor-nltk"], [TextItem(i, h, tuple(r)) for i, h, r in
    json.loads(sys.argv[2])])["meteor-nltk"]
except UnavailableError as error:
    print(json.dumps({"message": error.message, "hint": error.hint}))
else:
    print(json.dumps({"value": found.value, "items": [str(v) for v in found.items], "note": found.note}))
"""


def run(folder: Path, *items: tuple[str, str, list[str]]) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), json.dumps(items)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NLTK_DATA": str(folder)},
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.fixture
def wordnet(tmp_path: Path) -> Path:
    """A WordNet that knows one thing: a cat is a puss. (NLTK looks up stems, so both words are their own.)"""
    folder = tmp_path / "corpora" / "wordnet"
    folder.mkdir(parents=True)
    for part in ("adj", "adv", "noun", "verb"):
        for name in (f"data.{part}", f"index.{part}", f"{part}.exc"):
            (folder / name).write_text("")
    (folder / "cntlist.rev").write_text("")
    (folder / "index.sense").write_text("")
    (folder / "data.noun").write_text("00000000 00 n 02 cat 0 puss 0 000 | an animal that purrs  \n")
    (folder / "index.noun").write_text("cat n 1 0 1 0 00000000  \npuss n 1 0 1 0 00000000  \n")
    (folder / "lexnames").write_text("00\tnoun.Tops\t1\n")
    return tmp_path


def test_without_wordnet_it_is_unavailable_with_the_way_to_get_it(tmp_path: Path) -> None:
    found = run(tmp_path, ("a", "a cat", ["a cat"]))
    assert found["message"] == "meteor-nltk needs the WordNet data of NLTK, which are not installed."
    assert "python -m nltk.downloader wordnet" in str(found["hint"])
    assert list(tmp_path.iterdir()) == []


def test_wordnet_data_with_a_file_missing_are_unavailable_with_the_way_to_get_them(wordnet: Path) -> None:
    (wordnet / "corpora" / "wordnet" / "lexnames").unlink()
    found = run(wordnet, ("a", "a cat", ["a cat"]))
    assert "WordNet data of NLTK, which are incomplete" in str(found["message"])
    assert "python -m nltk.downloader wordnet" in str(found["hint"])


def test_wordnet_data_without_a_word_are_unavailable_for_they_make_another_metric(wordnet: Path) -> None:
    for name in ("data.noun", "index.noun"):
        (wordnet / "corpora" / "wordnet" / name).write_text("")
    found = run(wordnet, ("a", "a cat", ["a cat"]))
    assert "those installed hold no word" in str(found["message"])
    assert "python -m nltk.downloader wordnet" in str(found["hint"])


def test_it_is_the_mean_over_items_of_the_best_reference(wordnet: Path) -> None:
    same, other = "the old cat sleeps all day", "nothing of it"
    alone = run(wordnet, ("a", same, [other, same]))
    # One chunk of six matches: 1 - 0.5 * (1/6)^3.
    assert alone["value"] == pytest.approx(100 * (1 - 0.5 * (1 / 6) ** 3))
    pair = run(wordnet, ("a", same, [same]), ("b", other, [same]))
    assert pair["value"] == pytest.approx(float(str(alone["value"])) / 2)
    assert pair["note"] == "NLTK METEOR, lower-cased white-space tokens; not METEOR 1.5"


def test_it_matches_synonyms_of_wordnet(wordnet: Path) -> None:
    known = run(wordnet, ("a", "a puss", ["a cat"]))
    unknown = run(wordnet, ("a", "a dog", ["a cat"]))
    assert float(str(known["value"])) > float(str(unknown["value"]))


def test_an_empty_hypothesis_counts_0(wordnet: Path) -> None:
    found = run(wordnet, ("a", "", ["a cat"]), ("b", "a cat", ["a cat"]))
    assert found["value"] == pytest.approx(100 * (1 - 0.5 * (1 / 2) ** 3) / 2)
