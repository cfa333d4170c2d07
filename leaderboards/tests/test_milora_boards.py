"""The boards of MiLoRA-ViSum: floors beside print, costs in both denominators, nothing judged."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from vsumbench_leaderboards import milora_visum

from vsumbench.leaderboard.build import PaperBuilder
from vsumbench.leaderboard.costs import COSTS, NO_PROTOCOL
from vsumbench.leaderboard.markdown import render_markdown
from vsumbench.leaderboard.spec import BoardSpec
from vsumbench.leaderboard.specfile import load_boards
from vsumbench.leaderboard.table import Cell, Row, Table
from vsumbench.records.record import RunRecord
from vsumbench.store.records import Store
from vsumbench.store.reported import load_reported
from vsumbench.testing.sealed import make_record, make_score, seal

ALL = load_boards(milora_visum.SPEC)
BOARDS = {board.table: board for board in ALL if board.is_table}
FIGURES = {board.label: board for board in ALL if not board.is_table}
NUMBERS = load_reported([milora_visum.SPEC])
PLANTED = {"edition": "planted", "split_set": "official", "selection": "validation", "coverage": (300, 300)}
FLOORS = ("random", "constant-caption@cider", "constant-caption@rougeL")


def ours(model: str, value: float, **more: object) -> RunRecord:
    scores = [make_score("paragraph", "rougeL", value, scale="percent", items=300)]
    name, _, variant = model.partition("@")
    return make_record(name, "videoxum", scores, variant=variant or None, **PLANTED, **more)  # type: ignore[arg-type]


def trained_milora() -> RunRecord:
    return ours(
        "milora@combined",
        31.4,
        preset="tiny",
        fit=[
            {
                "fold": "official",
                "facts": {"trainable_parameters": 180, "total_parameters": 7850, "branch_parameters": 1000},
            }
        ],
        timing={
            "fit_seconds": 1800.0,
            "fit_device_seconds": 1800.0,
            "fit_whole": True,
            "machine": "2 CPU cores (x86_64)",
            "latency": {"median": 0.0421, "p90": 0.05, "mean": 0.043, "videos": 284, "warm_up": 16},
        },
    )


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Table]:
    runs = tmp_path_factory.mktemp("runs")
    floors = [ours(name, 20.0 + i, baseline=True, title=name) for i, name in enumerate(FLOORS)]
    for record in (*floors, ours("video-llama", 25.0, preset="tiny", trainable=False), trained_milora()):
        # As a run leaves it on disk, typed again by the reader.
        seal(runs, record)
    with Store(runs) as store:
        assert not store.warnings
        builder = PaperBuilder(NUMBERS, store)
        return {number: builder.build(board) for number, board in BOARDS.items()}


def row(table: Table, title: str) -> Row:
    """The first row of this title, which is that on VideoXum."""
    return next(row for row in table.rows if row.title == title)


def cell(table: Table, title: str, column: str) -> Cell:
    return next(cell for cell in row(table, title).cells if cell.column == column)


def notes(table: Table, marks: Sequence[int]) -> str:
    return " ".join(table.notes[mark - 1] for mark in marks)


def test_there_is_a_board_for_each_table_and_each_figure_of_numbers() -> None:
    assert {n.table for n in NUMBERS} == set(BOARDS)
    assert {label: board.profile.shape for label, board in FIGURES.items() if board.profile} == {
        "Figure 2": "line",
        "Figure 3": "radar",
        "Figure 4": "bars",
    }


@pytest.mark.parametrize("table", ["1", "2", "3"])
def test_a_row_stands_for_one_dataset_as_in_print(tables: dict[str, Table], table: str) -> None:
    (methods,) = [group for group in tables[table].groups if group.title == "Methods"]
    printed = [(n.row, n.dataset) for n in NUMBERS if n.table == table]
    assert [(r.title, r.dataset) for r in methods.rows] == list(dict.fromkeys(printed))
    assert {column.dataset for column in tables[table].columns} == {""}


@pytest.mark.parametrize("label", ["Figure 2", "Figure 3", "Figure 4"])
def test_figures_are_drawn_from_the_printed_numbers_and_share_axes_by_their_largest_value(label: str) -> None:
    table = PaperBuilder(NUMBERS).build(FIGURES[label])
    (profile,) = table.panels.profiles
    assert table.label == label and len(profile.columns) == 7 and not profile.measured
    for line in profile.printed:
        texts = [c.reported.text for c in table.rows[line.row].cells if c.reported is not None]
        assert [float(text) for text in texts] == list(line.values)
    assert profile.tops == tuple(
        max(column) for column in zip(*(p.values for p in profile.printed), strict=True)
    )
    assert any("without defining it" in remark for remark in table.remarks)


def test_a_measured_line_stands_beside_the_printed_ones(tmp_path_factory: pytest.TempPathFactory) -> None:
    runs = tmp_path_factory.mktemp("drawn")
    seal(runs, trained_milora())
    with Store(runs) as store:
        table = PaperBuilder(NUMBERS, store).build(FIGURES["Figure 2"])
    (line,) = table.panels.profiles[0].measured
    assert table.rows[line.row].title == "MiLoRA-ViSum"
    assert [value for value in line.values if value is not None] == [31.4]
    drawn = table.rows[line.row]
    assert "edition planted" in drawn.flags
    (beside,) = [c for c in drawn.cells if c.measured is not None]
    assert beside.delta is None and beside.verdict is None


def test_best_and_second_best_are_told_within_a_dataset(tables: dict[str, Table]) -> None:
    places = {
        (r.title, r.dataset): c.reported.place
        for r in tables["1"].rows
        for c in r.cells
        if c.column == "rouge1" and c.reported is not None
    }
    assert places == {
        (title, dataset): place
        for dataset in ("videoxum", "activitynet-captions")
        for title, place in (
            ("Video-LLaMA (Baseline)", None),
            ("Alam et al. [33]", 2),
            ("MiLoRA-ViSum", 1),
        )
    }
    assert cell(tables["5"], "Temporal-only MiLoRA", "hours").reported.place == 1  # type: ignore[union-attr]


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_every_printed_number_stands_in_its_cell_once(board: BoardSpec, tables: dict[str, Table]) -> None:
    shown = sorted(c.reported.text for c in tables[board.table].cells if c.reported is not None)
    assert shown == sorted(n.value for n in NUMBERS if n.table == board.table)


@pytest.mark.parametrize("table", ["1", "4"])
def test_floors_stand_above_the_methods_and_say_that_print_has_none(
    tables: dict[str, Table], table: str
) -> None:
    built = tables[table]
    group = built.groups[0]
    floors = [r for r in group.rows if r.dataset in ("", "videoxum")]
    names = [f"{r.model}@{r.variant}" if r.variant else r.model for r in floors]
    assert tuple(names) == FLOORS and all(r.reference for r in group.rows)
    for found, value in zip(floors, (20.0, 21.0, 22.0), strict=True):
        (measured,) = [c for c in found.cells if c.measured is not None]
        assert measured.column == "rougeL" and measured.measured is not None
        assert measured.measured.value == value
        assert measured.reported is None and measured.rank is None
        assert "The paper prints none" in notes(built, found.notes)


def test_a_planted_value_stands_beside_print_with_its_evidence_and_is_not_judged(
    tables: dict[str, Table],
) -> None:
    found = cell(tables["1"], "MiLoRA-ViSum", "rougeL")
    assert found.reported is not None and found.reported.text == "50.19"
    assert found.measured is not None and found.measured.value == 31.4
    assert found.evidence == "planted"
    assert found.delta is None and found.verdict is None
    assert "planted" in tables["1"].banner


def test_tables_say_that_the_papers_protocol_is_unknown(tables: dict[str, Table]) -> None:
    for number in ("1", "4"):
        assert any("names no protocol" in remark for remark in tables[number].remarks)
    assert {n.protocol for n in NUMBERS} == {"unknown"}


@pytest.mark.parametrize(
    ("table", "where", "words"),
    [
        ("1", "rougeL", "about twice"),
        ("1", "bertscore", "does not compute BERTScore"),
        ("4", "bertscore", "neither encoder and layer"),
        ("3", "latency", "does not say what was timed"),
        ("5", "share", "add up to more"),
    ],
)
def test_what_is_odd_about_a_printed_column_is_said_at_its_head(
    tables: dict[str, Table], table: str, where: str, words: str
) -> None:
    (column,) = [column for column in tables[table].columns if column.id == where]
    assert words in notes(tables[table], column.notes)


def test_the_two_values_printed_for_one_bertscore_are_named_at_both(tables: dict[str, Table]) -> None:
    for table, title, column in (
        ("1", "MiLoRA-ViSum", "bertscore"),
        ("4", "Combined MiLoRA", "bertscore"),
    ):
        said = notes(tables[table], cell(tables[table], title, column).notes)
        assert "0.909" in said and "0.911" in said


@pytest.mark.parametrize(
    "board", [BOARDS["1"], FIGURES["Figure 2"], FIGURES["Figure 3"]], ids=lambda board: board.id
)
def test_the_row_of_a_language_model_is_labelled_as_reported_only(board: BoardSpec) -> None:
    table = PaperBuilder(NUMBERS).build(board)
    found = [row for row in table.rows if row.title == "Alam et al. [33]"]
    assert {row.dataset for row in found} == {"videoxum", "activitynet-captions"}
    assert all("Not reproducible; reported only" in notes(table, row.notes) for row in found)


@pytest.mark.parametrize(("table", "title"), [("3", "MiLoRA-ViSum"), ("5", "Combined MiLoRA")])
def test_costs_stand_beside_print_in_its_units_and_in_both_denominators(
    tables: dict[str, Table], table: str, title: str
) -> None:
    built = tables[table]
    cells = {name: cell(built, title, name) for name in ("hours", "latency", "share", "share-branch")}
    values = {name: c.measured.value for name, c in cells.items() if c.measured is not None}
    assert values == pytest.approx(
        {"hours": 0.5, "latency": 42.1, "share": 18 / 7.85, "share-branch": 18.0}, rel=1e-9
    )
    prints = {name: c.reported.text for name, c in cells.items() if c.reported is not None}
    assert prints == {"hours": "42", "latency": "113", "share": "18"}
    for found in cells.values():
        assert found.evidence == "planted" and found.verdict is None and found.delta is None
    assert "*0.500*" in render_markdown(built)


@pytest.mark.parametrize("table", ["3", "5"])
def test_every_column_of_a_cost_table_is_a_cost(table: str) -> None:
    columns = BOARDS[table].columns
    assert {column.metric for column in columns} <= set(COSTS)
    assert {column.protocol for column in columns} == {NO_PROTOCOL}


def test_without_runs_a_board_is_what_was_printed() -> None:
    for board in ALL:
        table = PaperBuilder(NUMBERS).build(board)
        assert all(any(c.reported for c in row.cells) for row in table.rows)
        for i in range(len(table.columns)):
            assert any(row.cells[i].reported for row in table.rows)
