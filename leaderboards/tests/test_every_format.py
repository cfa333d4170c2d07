"""Every board of the papers in every format, with every printed number in each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from vsumbench_leaderboards import milora_visum, mllm_semantic, v2xum_llm, vtsum_blip_local_attention

from vsumbench.leaderboard.catalog import Catalog
from vsumbench.leaderboard.pages import FORMATS, Site, load_library, write_site
from vsumbench.leaderboard.table import Table

SPECS = (milora_visum.SPEC, vtsum_blip_local_attention.SPEC, v2xum_llm.SPEC, mllm_semantic.SPEC)


@pytest.fixture(scope="module")
def tables() -> list[Table]:
    return Site(load_library(SPECS), None, Catalog()).tables()


@pytest.fixture(scope="module")
def site(tables: list[Table], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    write_site(tables, out, list(FORMATS))
    return out


def test_every_table_and_figure_is_there(tables: list[Table]) -> None:
    found = [(table.id.rpartition("-")[0].rpartition("-")[0], table.label) for table in tables]
    wanted = {
        "milora-visum": [*(f"Table {n}" for n in range(1, 6)), "Figure 2", "Figure 3", "Figure 4"],
        "vtsum-blip-local-attention": ["Table 1", "Figure 4"],
        "v2xum-llm": [*(f"Table {n}" for n in range(1, 6)), "Figure 2"],
        "mllm-semantic": ["Table 1", "Table 2", "Figure 3"],
    }
    assert found == [(paper, label) for paper, labels in wanted.items() for label in labels]


@pytest.mark.parametrize("form", FORMATS)
def test_every_printed_number_stands_in_every_format(tables: list[Table], site: Path, form: str) -> None:
    for table in tables:
        text = (site / f"{table.id}{FORMATS[form]}").read_text(encoding="utf-8")
        printed = [cell.reported.text for cell in table.cells if cell.reported is not None]
        for number in set(printed):
            alone = rf"(?<![\d.]){re.escape(number)}(?![\d.]*\d)"
            assert len(re.findall(alone, text)) >= printed.count(number), (table.id, number)
