"""The scores of one video: a number, or the reason why there is none."""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from vsumbench.errors import RecordError
from vsumbench.records.folder import RunFolder
from vsumbench.testing.sealed import make_score
from vsumbench.viewer.stored import scores_of


def run(folder: Path, tables: dict[str, str], lines: dict[str, str] | None = None, **value: Any) -> Any:
    """A sealed run with one score a table, shown in fold x; `value` are fields of the scores."""
    files = RunFolder(folder)
    scores, digests = [], {}
    for metric, text in tables.items():
        path = files.scores("p", metric)
        path.parent.mkdir(parents=True, exist_ok=True)
        for file, content in ((path.with_suffix(".csv"), text), (path, (lines or {}).get(metric, ""))):
            file.write_text(content, encoding="utf-8")
            digests[file.relative_to(folder).as_posix()] = hashlib.sha256(content.encode()).hexdigest()
        scores.append(make_score("p", metric, **{"value": 1.0, **value}))
    record = SimpleNamespace(scores=scores, files=digests)
    return SimpleNamespace(
        old=SimpleNamespace(folder=files, record=record), shown={"v": SimpleNamespace(fold="x")}
    )


def test_a_value_is_written_in_its_scale(tmp_path: Path) -> None:
    found = run(tmp_path, {"f1": "fold,id,f1\nx,v,41.256\n"}, scale="percent")
    (one,) = scores_of(found, "v")
    assert (one.value, one.said) == (41.256, "41.26")


def test_an_undefined_value_says_why(tmp_path: Path) -> None:
    told = '{"fold":"x","id":"v","values":[null],"undefined":{"0":["reference","flat rater"]}}'
    lines = f'{{"score_digest":"0"}}\n{told}\n'
    (one,) = scores_of(run(tmp_path, {"kendall": "fold,id,kendall\nx,v,\n"}, {"kendall": lines}), "v")
    assert one.value is None and one.said == "undefined: flat rater"


def test_a_metric_of_a_whole_corpus_is_named_and_not_called_undefined(tmp_path: Path) -> None:
    (one,) = scores_of(run(tmp_path, {"nist": "fold,id,nist\n"}), "v")
    assert one.said == "a whole corpus's, none for one video" and not one.undefined


def test_a_video_that_others_have_and_it_has_not_is_said_to_be_missing(tmp_path: Path) -> None:
    (one,) = scores_of(run(tmp_path, {"f1": "fold,id,f1\nx,other,1.0\n"}), "v")
    assert one.said == "not stored for this video" and not one.undefined


def test_a_score_that_is_undefined_as_a_whole_keeps_its_reason(tmp_path: Path) -> None:
    found = run(tmp_path, {"bleu4": "fold,id,bleu4\n"}, value=None, reason="no texts")
    (one,) = scores_of(found, "v")
    assert one.said == "undefined: no texts"


def test_a_table_that_is_no_numbers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="cannot be read"):
        scores_of(run(tmp_path, {"f1": "fold,id,f1\nx,v,much\n"}), "v")


def test_a_table_that_was_changed_after_sealing_is_not_believed(tmp_path: Path) -> None:
    made = run(tmp_path, {"f1": "fold,id,f1\nx,v,41.2\n"})
    (tmp_path / "scores/p/f1.csv").write_text("fold,id,f1\nx,v,91.2\n", encoding="utf-8")
    (one,) = scores_of(made, "v")
    assert one.value is None and not one.undefined
    assert one.said == "not shown, scores/p/f1.csv was changed after the run was sealed"


def test_a_metric_with_an_argument_is_read_from_its_own_file_and_an_aggregate_from_its_metrics(
    tmp_path: Path,
) -> None:
    tables = {"nist": "fold,id,nist\nx,v,1.0\n", "nist[nltk]": "fold,id,nist[nltk]\nx,v,2.0\n"}
    tables["f1"] = "fold,id,f1,f1[max]\nx,v,3.0,4.0\n"
    made = run(tmp_path, tables)
    made.old.record.scores.append(make_score("p", "f1[max]", 4.0))
    assert {one.metric: one.value for one in scores_of(made, "v")} == {
        "nist": 1.0,
        "nist[nltk]": 2.0,
        "f1": 3.0,
        "f1[max]": 4.0,
    }


def test_of_a_video_in_several_folds_the_score_is_that_of_the_fold_shown(tmp_path: Path) -> None:
    (one,) = scores_of(run(tmp_path, {"f1": "fold,id,f1\nw,v,1.0\nx,v,2.0\n"}), "v")
    assert one.value == 2.0
