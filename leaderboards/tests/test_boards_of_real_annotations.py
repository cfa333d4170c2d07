"""Reference rows run on the real annotations, on the boards of the papers that print them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from vsumbench_leaderboards import mllm_semantic, v2xum_llm, vtsum_blip_local_attention

from vsumbench.data.statistics import statistics_of
from vsumbench.leaderboard.build import PaperBuilder
from vsumbench.leaderboard.catalog import Catalog
from vsumbench.leaderboard.specfile import load_boards
from vsumbench.leaderboard.table import Cell, Judgement, Row, Table
from vsumbench.plugins import default_plugins
from vsumbench.running.editions import find_edition
from vsumbench.running.pipeline import run
from vsumbench.running.request import RunRequest
from vsumbench.store.records import Store
from vsumbench.store.reported import load_reported
from vsumbench.store.statistics import save_statistics

SPECS = (v2xum_llm.SPEC, mllm_semantic.SPEC, vtsum_blip_local_attention.SPEC)


class Silent:
    """Reports to nobody."""

    def notice(self, line: str) -> None: ...

    def advance(self, stage: str, done: int, total: int, **numbers: float) -> None: ...


@pytest.fixture(scope="module")
def data() -> Path:
    default = Path(__file__).parents[3] / "shared"
    folder = Path(os.environ.get("VSUMBENCH_SHARED", default)) / "data"
    if not (folder / "tvsum").is_dir():
        pytest.skip(f"needs the real annotations at {folder}; set VSUMBENCH_SHARED")
    return folder


def measure(data: Path, runs: Path, model: str, dataset: str, protocol: str, **more: object) -> None:
    request = RunRequest(
        model=model,
        dataset=dataset,
        data_root=data,
        runs=runs,
        protocols=(protocol,),
        **more,  # type: ignore[arg-type]
    )
    run(request, default_plugins(), Silent())


def build(runs: Path, board_id: str) -> Table:
    (board,) = [board for spec in SPECS for board in load_boards(spec) if board.id == board_id]
    with Store(runs) as store:
        return PaperBuilder(load_reported(SPECS), store, Catalog(default_plugins())).build(board)


def row(table: Table, title: str) -> Row:
    (found,) = [row for row in table.rows if row.title == title]
    return found


def judgements(cells: tuple[Cell, ...]) -> list[Judgement | None]:
    return [None if cell.verdict is None else cell.verdict.judgement for cell in cells]


def said(table: Table, marks: tuple[int, ...]) -> str:
    return " ".join(table.notes[mark - 1] for mark in marks)


SUMME = pytest.param("summe", (0, 1), id="summe")
TVSUM = pytest.param("tvsum", (2, 3), id="tvsum", marks=pytest.mark.slow)


@pytest.mark.parametrize(("dataset", "columns"), [SUMME, TVSUM])
def test_the_human_row_of_paper_003_is_within_its_print(
    data: Path, tmp_path: Path, dataset: str, columns: tuple[int, int]
) -> None:
    measure(data, tmp_path, "human", dataset, "human-pairwise")
    table = build(tmp_path, "mllm-semantic-table-1")
    human = row(table, "Human [31]")
    cells = tuple(human.cells[i] for i in columns)
    assert judgements(cells) == [Judgement.WITHIN] * 2
    assert {cell.protocol for cell in cells} == {"human-pairwise"}
    assert "edition annotations" in human.flags and human.reference
    notes = said(table, (*human.notes, *cells[0].notes))
    assert ("on the segment numbers as SumMe stores them" in notes) is (dataset == "summe")
    assert ("0.296 and 0.329" in notes) is (dataset == "summe")


@pytest.mark.slow
@pytest.mark.parametrize(("dataset", "columns"), [("summe", (0, 1)), ("tvsum", (2, 3))])
def test_the_random_row_of_paper_003_is_within_its_print(
    data: Path, tmp_path: Path, dataset: str, columns: tuple[int, int]
) -> None:
    measure(data, tmp_path, "random", dataset, "peruser-full")
    random = row(build(tmp_path, "mllm-semantic-table-1"), "Random [31]")
    assert judgements(tuple(random.cells[i] for i in columns)) == [Judgement.WITHIN] * 2


@pytest.mark.slow
def test_the_human_texts_of_paper_002_stand_beside_those_of_activitynet_and_are_not_judged(
    data: Path, tmp_path: Path
) -> None:
    measure(data, tmp_path, "human", "activitynet-captions", "paragraph-joined")
    table = build(tmp_path, "v2xum-llm-table-2")
    human = row(table, "Human")
    texts, rest = human.cells[:4], human.cells[4:]
    assert judgements(texts) == [Judgement.NOT_COMPARABLE] * 4
    assert [cell.protocol for cell in texts] == ["paragraph-joined"] * 4
    for cell in texts:
        assert cell.delta is not None and abs(cell.delta) < 1.5
        assert cell.verdict is not None and "other test videos" in cell.verdict.reason
        assert "Measured on activitynet-captions under paragraph-joined instead" in said(table, cell.notes)
    assert all(cell.measured is None for cell in rest)


def test_counts_of_the_real_datasets_are_those_printed(data: Path, tmp_path: Path) -> None:
    plugins = default_plugins()
    for name in ("summe", "tvsum"):
        spec = plugins.dataset(name)
        resolved = find_edition(plugins, spec, "annotations", data)
        save_statistics(tmp_path, statistics_of(spec, resolved).to_dict())
    table = build(tmp_path, "v2xum-llm-table-1")
    for title, videos in (("SumMe [14]", 25.0), ("TVSum [61]", 50.0)):
        (cell,) = row(table, title).cells
        assert cell.measured is not None and cell.measured.value == videos
        assert judgements((cell,)) == [Judgement.WITHIN]
        assert "fingerprint" in said(table, (*row(table, title).notes, *cell.notes))
    (other,) = row(table, "MSVD [3]").cells
    assert judgements((other,)) == [Judgement.CANNOT_RUN]
