"""The HTML pages of a site, one after the other: index, boards, the runs behind them, and what they load."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from vsumbench.store.records import Store, StoredRecord

from .html import Around, RunLine, render_html, render_index
from .run_pages import FOLDER, Shown, method_name, page_name, render_run, run_title, score_text
from .site_frame import ASSETS, assets
from .table import Table

INDEX = "index.html"


def board_pages(tables: Sequence[Table], stored: Mapping[str, StoredRecord]) -> Iterator[tuple[str, str]]:
    """(file name, page) of the index, then of each board. `stored` are the records that get pages."""
    addresses = {folder: f"{FOLDER}/{page_name(folder)}" for folder in stored}
    yield INDEX, render_index(tables, tuple(_line(one, addresses[one.folder]) for one in stored.values()))
    siblings: dict[tuple[str, str], list[Table]] = defaultdict(list)
    for table in tables:
        if table.kind == "standing" and table.dataset:
            siblings[table.dataset, table.edition].append(table)
    for table in tables:
        near = siblings.get((table.dataset, table.edition), [])
        around = Around(
            index=INDEX,
            protocols=tuple((_protocol(one), f"{one.id}.html") for one in near) if len(near) > 1 else (),
            runs=addresses,
        )
        yield f"{table.id}.html", render_html(table, around=around)


def other_files(
    tables: Sequence[Table], store: Store | None, stored: Mapping[str, StoredRecord]
) -> Iterator[tuple[str, str | bytes]]:
    """(path, content) of what boards lead to: run pages, one at a time, and the files in `assets/`."""
    shown: dict[str, list[Shown]] = defaultdict(list)
    for table in tables:
        for link in table.runs:
            shown[link.folder].append(Shown(table.title, f"../{table.id}.html"))
    if store is not None:
        for folder, one in stored.items():
            yield f"{FOLDER}/{page_name(folder)}", render_run(one, store.runs, shown[folder])
    for name, content in assets().items():
        yield f"{ASSETS}/{name}", content


def records_behind(tables: Sequence[Table], store: Store | None) -> dict[str, StoredRecord]:
    """Run folder → record, for every run behind a cell, in the order of folders' names."""
    if store is None:
        return {}
    wanted = {link.folder for table in tables for link in table.runs}
    return {one.folder: one for one in store.query() if one.folder in wanted}


def _protocol(table: Table) -> str:
    return table.columns[0].protocol if table.columns else table.title


def _line(one: StoredRecord, page: str) -> RunLine:
    record = one.record
    main = next(iter(record.scores), None)
    return RunLine(
        page=page,
        title=run_title(record),
        name=method_name(record),
        dataset=record.dataset.title,
        edition=record.dataset.edition,
        preset=record.model.preset or "",
        evidence=record.evidence,
        value="" if main is None else score_text(main),
        number=None if main is None else main.value,
        metric="" if main is None else f"{main.protocol} {main.metric}",
    )
