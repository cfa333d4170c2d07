"""Which numbers never meet: other split sets, other selection rules, whatever else they share."""

from __future__ import annotations

from pathlib import Path

from vsumbench.leaderboard.catalog import Catalog
from vsumbench.leaderboard.standing import StandingKey, build_standing, standing_keys
from vsumbench.leaderboard.table import Table
from vsumbench.plugins import default_plugins
from vsumbench.running.identity import prediction_digest, prediction_identity
from vsumbench.running.plan import make_plan
from vsumbench.running.request import RunRequest
from vsumbench.store.records import Store
from vsumbench.testing.sealed import make_record, make_score, seal

KEY = StandingKey("tvsum", "full", "peruser-2fps")


def sealed(runs: Path, model: str, value: float, protocol: str = KEY.protocol, **setting: str) -> None:
    seal(runs, make_record(model, "tvsum", [make_score(protocol, "kendall", value)], **setting))  # type: ignore[arg-type]


def board(runs: Path) -> Table:
    with Store(runs) as store:
        return build_standing(KEY, standing_keys(store.query())[KEY], Catalog(default_plugins()))


def test_two_split_sets_are_two_groups_and_never_one_ranking(tmp_path: Path) -> None:
    for model, value in (("a", 0.1), ("b", 0.2), ("c", 0.3)):
        sealed(tmp_path, model, value)
        sealed(tmp_path, model, value + 0.5, split_set="canonical-redraw")
    sealed(tmp_path, "d", 0.05)
    groups = {group.title: group.rows for group in board(tmp_path).groups}
    fixed, redrawn = (
        "canonical-nonoverlap · selected by inner-val",
        "canonical-redraw · selected by inner-val",
    )
    assert set(groups) == {fixed, redrawn}
    assert {row.title: row.cells[0].rank for row in groups[fixed]} == {"c": 1, "b": 2, "a": 3, "d": 4}
    assert [row.cells[0].rank for row in groups[redrawn]] == [None] * 3


def test_checkpoints_chosen_by_another_rule_are_a_group_of_their_own(tmp_path: Path) -> None:
    for model, value in (("a", 0.1), ("b", 0.2)):
        sealed(tmp_path, model, value)
    sealed(tmp_path, "c", 0.3, selection="last-epoch")
    sealed(tmp_path, "d", 0.4, selection="best-test-epoch")
    table = board(tmp_path)
    assert {row.title: row.cells[0].rank for row in table.rows} == {"b": 1, "a": 2, "c": None, "d": None}
    assert len(table.groups) == 3
    assert [row.optimistic for row in table.rows] == [row.title == "d" for row in table.rows]


def test_another_protocol_is_another_board(tmp_path: Path) -> None:
    sealed(tmp_path, "a", 0.1)
    sealed(tmp_path, "b", 0.2, protocol="peruser-full")
    with Store(tmp_path) as store:
        assert [key.protocol for key in standing_keys(store.query())] == ["peruser-2fps", "peruser-full"]
    assert [row.title for row in board(tmp_path).rows] == ["a"]


def test_the_digest_of_the_split_file_is_part_of_what_was_predicted(tmp_path: Path) -> None:
    plugins, digests, predictions = default_plugins(), set(), set()
    for name in ("folds", "all"):
        plan = make_plan(RunRequest(model="uniform", dataset="toy", split_set=name, runs=tmp_path), plugins)
        identity = prediction_identity(plan, plugins)
        declared = plugins.dataset("toy").split_set(name)
        assert declared is not None
        assert identity["setting"]["split_digest"] == plan.split_digest == declared.digest
        digests.add(plan.split_digest)
        predictions.add(prediction_digest(identity))
    assert len(digests) == len(predictions) == 2
