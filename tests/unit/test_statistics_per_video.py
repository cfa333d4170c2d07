"""Scores by video of a run: what is read, what is not believed, and what is said of it."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scored_runs import corpus_text, folded, mean_of_folds, scored_run, table_text, write_run

from vsumbench.leaderboard.catalog import Catalog
from vsumbench.leaderboard.column_scores import resampling
from vsumbench.leaderboard.per_video import CORPUS, NONE, PerVideo, ScoreReader, over_runs
from vsumbench.leaderboard.statistics.totals import corpus_value
from vsumbench.plugins import default_plugins
from vsumbench.store.records import StoredRecord
from vsumbench.testing.sealed import make_record, make_score

PEER = ("peruser-2fps", "kendall")
VALUES = [0.1, 0.3, 0.2, 0.4, 0.25, 0.15]


def read(runs: Path, stored: StoredRecord, number: int = 0) -> PerVideo | str:
    return ScoreReader(runs).read(stored, stored.record.scores[number])


def test_scores_are_read_by_fold_and_video(tmp_path: Path) -> None:
    stored = scored_run(tmp_path, "m", {PEER: folded(VALUES, 3)})
    found = read(tmp_path, stored)
    assert isinstance(found, PerVideo)
    assert found.values is not None
    assert found.values.tolist() == VALUES
    assert found.layout.pairs[:3] == (("split0", "v00"), ("split0", "v01"), ("split1", "v02"))


def test_an_undefined_score_is_an_empty_cell(tmp_path: Path) -> None:
    stored = scored_run(tmp_path, "m", {PEER: {("a", "x"): 0.5, ("a", "y"): None, ("b", "z"): 0.1}})
    found = read(tmp_path, stored)
    assert isinstance(found, PerVideo)
    assert found.values is not None
    assert math.isnan(found.values[1])


def test_a_bracketed_aggregate_is_a_column_of_its_metrics_file(tmp_path: Path) -> None:
    mean, best = folded(VALUES, 3), folded([2 * v for v in VALUES], 3)
    text = table_text({"f1": mean, "f1[max]": best})
    scores = [make_score("p", name, mean_of_folds(s)[0]) for name, s in (("f1", mean), ("f1[max]", best))]
    digest = {"scores/p/f1.csv": hashlib.sha256(text.encode()).hexdigest()}
    record = replace(make_record("m", "tvsum", scores), files=digest)
    found = read(tmp_path, write_run(tmp_path, record, {"scores/p/f1.csv": text}), 1)
    assert isinstance(found, PerVideo)
    assert found.values is not None
    assert found.values.tolist() == [2 * v for v in VALUES]


def test_a_metric_with_an_argument_has_a_file_of_its_own(tmp_path: Path) -> None:
    stored = scored_run(tmp_path, "m", {("paragraph", "nist[nltk]"): folded(VALUES, 1)})
    assert isinstance(read(tmp_path, stored), PerVideo)


def test_a_changed_file_is_not_read_and_is_warned_of(tmp_path: Path) -> None:
    stored = scored_run(tmp_path, "m", {PEER: folded(VALUES)})
    path = tmp_path / stored.folder / "scores/peruser-2fps/kendall.csv"
    path.write_text(path.read_text().replace("0.4", "0.9"))
    reader = ScoreReader(tmp_path)
    found = reader.read(stored, stored.record.scores[0])
    assert isinstance(found, str)
    assert "not the file that was sealed" in found
    assert "changed after the run was sealed" in reader.warnings[0]


def test_a_file_that_is_gone_is_warned_of(tmp_path: Path) -> None:
    stored = scored_run(tmp_path, "m", {PEER: folded(VALUES)})
    (tmp_path / stored.folder / "scores/peruser-2fps/kendall.csv").unlink()
    reader = ScoreReader(tmp_path)
    assert isinstance(reader.read(stored, stored.record.scores[0]), str)
    assert "cannot be read" in reader.warnings[0]


def test_a_record_without_such_a_file_has_a_reason_and_no_warning(tmp_path: Path) -> None:
    stored = write_run(tmp_path, make_record("m", "tvsum", [make_score(*PEER, 0.2)]), {})
    reader = ScoreReader(tmp_path)
    assert reader.read(stored, stored.record.scores[0]) == NONE
    assert reader.warnings == ()


@pytest.mark.parametrize(
    "text", ["fold,id,kendall\na,x,much\n", "fold,id,kendall\na\n", "fold,id,kendall\na,x,1\na,x,1\n"]
)
def test_a_file_that_is_no_table_of_numbers_has_a_reason(tmp_path: Path, text: str) -> None:
    name = "scores/peruser-2fps/kendall.csv"
    record = make_record("m", "tvsum", [make_score(*PEER, 0.2)])
    record = replace(record, files={name: hashlib.sha256(text.encode()).hexdigest()})
    assert "no table" in str(read(tmp_path, write_run(tmp_path, record, {name: text})))


def test_an_undefined_number_has_no_scores(tmp_path: Path) -> None:
    record = make_record("m", "tvsum", [make_score(*PEER, None, reason="all alike")])
    assert read(tmp_path, write_run(tmp_path, record, {})) == "undefined: all alike"


def corpus_run(runs: Path, metric: str, value: float, rows: list[list[float]]) -> StoredRecord:
    ids = [f"v{i}" for i in range(len(rows))]
    texts = {
        f"scores/paragraph/{metric}.csv": f"fold,id,{metric}\n",
        f"scores/paragraph/{metric}.jsonl": corpus_text({"f": (ids, value, rows)}),
    }
    record = make_record("m", "videoxum", [make_score("paragraph", metric, value, scale="percent")])
    files = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    return write_run(runs, replace(record, files=files), texts)


def test_statistics_that_are_a_value_and_a_count_give_scores(tmp_path: Path) -> None:
    stored = corpus_run(tmp_path, "cider", 20.0, [[40.0, 1.0], [0.0, 1.0], [0.0, 0.0]])
    found = read(tmp_path, stored)
    assert isinstance(found, PerVideo)
    assert found.values is not None
    assert found.values[:2].tolist() == [40.0, 0.0]
    assert math.isnan(found.values[2])


def test_a_corpus_metric_without_a_function_of_sums_has_no_scores(tmp_path: Path) -> None:
    stored = corpus_run(tmp_path, "made-up", 20.0, [[4.0, 1.0, 3.0], [0.0, 1.0, 5.0]])
    assert read(tmp_path, stored) == CORPUS


def test_bleu_is_resampled_from_the_statistics_its_plugin_stores(tmp_path: Path) -> None:
    from vsumbench.scoring.bleu import bleu

    rows = [[9.0, 6, 4, 2, 12, 11, 10, 9, 12, 11], [5.0, 3, 1, 1, 8, 7, 6, 5, 8, 10]]
    value = float(100 * bleu(np.array(rows).sum(axis=0)[None])[0, -1])
    stored = corpus_run(tmp_path, "bleu4", value, rows)
    reader = ScoreReader(tmp_path, resampling(Catalog(default_plugins())))
    found = reader.read(stored, stored.record.scores[0])
    assert isinstance(found, PerVideo)
    assert found.rows is not None
    assert found.value_of is not None
    assert corpus_value(found.rows, found.layout, found.value_of) == pytest.approx(value)


def test_statistics_that_do_not_give_the_value_are_not_used(tmp_path: Path) -> None:
    rows = [[9.0, 6, 4, 2, 12, 11, 10, 9, 12, 11], [5.0, 3, 1, 1, 8, 7, 6, 5, 8, 10]]
    stored = corpus_run(tmp_path, "bleu4", 77.0, rows)
    reader = ScoreReader(tmp_path, resampling(Catalog(default_plugins())))
    assert reader.read(stored, stored.record.scores[0]) == CORPUS


def test_a_function_of_sums_that_raises_leaves_the_number_without_statistics(tmp_path: Path) -> None:
    def broken(_: object) -> object:
        raise RuntimeError("no")

    stored = corpus_run(tmp_path, "made-up", 20.0, [[4.0, 1.0, 3.0], [0.0, 1.0, 5.0]])
    reader = ScoreReader(tmp_path, lambda _: broken)  # type: ignore[arg-type,return-value]
    assert reader.read(stored, stored.record.scores[0]) == CORPUS


def test_runs_of_several_seeds_are_averaged_by_video(tmp_path: Path) -> None:
    runs = [
        scored_run(tmp_path, "m", {PEER: folded([v + seed for v in VALUES])}, seed=seed) for seed in (0, 1)
    ]
    found = ScoreReader(tmp_path).together(runs, *PEER)
    assert isinstance(found, PerVideo)
    assert found.values == pytest.approx([v + 0.5 for v in VALUES])


def test_runs_on_different_videos_are_not_averaged(tmp_path: Path) -> None:
    runs = [scored_run(tmp_path, "m", {PEER: folded(VALUES[: 6 - seed], 1)}, seed=seed) for seed in (0, 1)]
    assert "different videos" in str(ScoreReader(tmp_path).together(runs, *PEER))


def test_corpora_of_several_seeds_stand_side_by_side(tmp_path: Path) -> None:
    reader = ScoreReader(tmp_path)
    layout = reader.layout([("f", "a"), ("f", "b")])
    found = over_runs([PerVideo(layout, rows=np.ones((1, 2, 3)), value_of=lambda t: t[:, 0])] * 2)
    assert isinstance(found, PerVideo)
    assert found.rows is not None
    assert found.rows.shape == (2, 2, 3)


def test_no_more_is_kept_than_memory_allows(tmp_path: Path) -> None:
    runs = [scored_run(tmp_path, f"m{i}", {PEER: folded(VALUES)}) for i in range(5)]
    reader = ScoreReader(tmp_path, memory=2 * 8 * len(VALUES))
    first = reader.read(runs[0], runs[0].record.scores[0])
    assert reader.read(runs[0], runs[0].record.scores[0]) is first
    for one in runs[1:]:
        reader.read(one, one.record.scores[0])
    assert reader.read(runs[0], runs[0].record.scores[0]) is not first


def test_runs_on_the_same_videos_share_one_layout(tmp_path: Path) -> None:
    runs = [scored_run(tmp_path, f"m{i}", {PEER: folded(VALUES)}) for i in range(2)]
    reader = ScoreReader(tmp_path)
    first, second = (reader.read(one, one.record.scores[0]) for one in runs)
    assert isinstance(first, PerVideo)
    assert isinstance(second, PerVideo)
    assert first.layout is second.layout
