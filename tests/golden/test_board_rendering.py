"""Pages of generated records, byte for byte, and what hostile names become on them.

`VSUMBENCH_REFRESH_GOLDEN=1 pytest tests/golden/test_board_rendering.py` writes the renderings anew; look at
the difference, and at the pages in a browser, before keeping it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
from dataclasses import asdict
from html.parser import HTMLParser
from itertools import takewhile
from pathlib import Path
from types import ModuleType

import pytest

from vsumbench.contracts import Citation, LeaderboardSpec, MetricSpec, Needs, ProtocolSpec, Task
from vsumbench.leaderboard import html, markdown
from vsumbench.leaderboard.build import PaperBuilder
from vsumbench.leaderboard.catalog import Catalog
from vsumbench.leaderboard.json_ import render_json
from vsumbench.leaderboard.pages import FORMATS, Library, Site, write_site
from vsumbench.leaderboard.spec import BoardSpec
from vsumbench.leaderboard.specfile import parse_board
from vsumbench.leaderboard.standing import StandingKey, build_standing, standing_keys
from vsumbench.leaderboard.table import Table
from vsumbench.store.records import Store
from vsumbench.store.reported import ReportedNumber
from vsumbench.testing.sealed import make_record, make_score, seal

HERE = Path(__file__).parent
GOLDEN = HERE / "boards"
REFRESH = os.environ.get("VSUMBENCH_REFRESH_GOLDEN") == "1"
HOSTILE = (
    "<script>alert(1)</script><style>*{display:none}</style>\"'><img src=x onerror=alert(2)>"
    "|`*_[x](javascript:1)"
)

BOARD = """
schema: 1
id: golden
title: SumMe and TVSum
caption: Every kind of cell there is.
table: "1"
split_set: canonical-nonoverlap
columns:
  - {id: s, group: SumMe, title: Kendall τ, dataset: summe, protocol: keyshot-meanuser, metric: kendall}
  - {id: r, group: SumMe, title: Spearman ρ, dataset: summe, protocol: keyshot-meanuser, metric: spearman}
  - {id: t, group: TVSum, title: Kendall τ, dataset: tvsum, protocol: peruser-2fps, metric: kendall}
groups:
  - title: Reference rows
    rows:
      - {title: Random, model: random, reference: true, protocols: {summe: peruser-full}}
      - title: Human
        model: human
        reference: true
        protocols: {summe: human-pairwise, tvsum: human-pairwise}
  - title: Methods
    rows:
      - {title: VASNet, model: vasnet}
      - {title: DMASum, model: dmasum}
      - {title: PGL-SUM, model: pgl-sum}
      - {title: CSTA, model: csta}
      - {title: SSPVS, model: sspvs}
      - {title: LLMVS, model: llmvs}
      - {title: Ours, model: mllm-csta@importance-score}
      - {title: Not written, model: nowhere, cannot_run: its code was never published}
notes:
  - {text: A note on the whole table.}
  - {text: A note on one column., columns: [r]}
  - {text: A note on one row., rows: [CSTA]}
  - {text: A note on one cell., rows: [Human], columns: [s]}
"""
PROTOCOLS = {
    "Random": "peruser-full peruser-full peruser-full",
    "Human": "human-pairwise human-pairwise human-pairwise",
    "VASNet": "unknown unknown unknown",
    "SSPVS": "peruser-full peruser-full peruser-full",
}
VALUES = {
    "Random": "0.000 0.000 0.000",
    "Human": "0.205 0.213 0.177",
    "VASNet": "0.160 0.171 0.160",
    "DMASum": "0.063 0.074 0.098",
    "PGL-SUM": "0.065 0.072 0.206",
    "CSTA": "0.246 0.274 0.192",
    "SSPVS": "0.192 0.257 0.181",
    "LLMVS": "0.253 0.282 0.211",
    "Ours": "0.267 0.298 0.225",
    "Not written": "0.100 0.100 0.100",
}
COLUMNS = (
    ("summe", "kendall", "keyshot-meanuser"),
    ("summe", "spearman", "keyshot-meanuser"),
    ("tvsum", "kendall", "peruser-2fps"),
)
LEADERBOARD = LeaderboardSpec(
    id="golden",
    title="Golden",
    package="nowhere",
    citation=Citation(title="A paper", authors="Someone", year=2025, url="https://example.org/paper"),
)


KEYSHOTS = ProtocolSpec(
    id="keyshot-meanuser",
    version="1",
    title="Keyshots against the mean user",
    task=Task.V2V,
    yields=Needs.SCORES,
    metrics=("kendall",),
    implementation="nowhere:CHAIN",
    chain=("hold each score until the next pick", "exact knapsack, 15 % of the frames"),
    undefined="nan0",
    disagreements=("one code base rounds <values> to thousandths.", "another | leaves out the last shot"),
)
KENDALL = MetricSpec(
    id="kendall",
    version="2",
    title="Kendall tau-b",
    scale="correlation",
    needs=Needs.SCORES,
    level="item",
    implementation="nowhere:kendall",
    tolerance=0.0005,
    chain=("tau-b: ties of either side are taken out",),
)


class Described(Catalog):
    """Knows two specs and nothing else: pages must not change with what is installed."""

    def protocol(self, name: str) -> ProtocolSpec | None:
        return KEYSHOTS if name == KEYSHOTS.id else None

    def metric(self, name: str) -> MetricSpec | None:
        return KENDALL if name == KENDALL.id else None


def sample_runs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sample_runs", HERE / "sample_runs.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def printed_numbers() -> tuple[ReportedNumber, ...]:
    return tuple(
        ReportedNumber(
            paper="golden",
            table="1",
            row=row,
            model="m",
            variant="",
            dataset=dataset,
            task="v2v",
            metric=metric,
            value=value,
            scale="correlation",
            protocol=PROTOCOLS.get(row, "").split()[i] if row in PROTOCOLS else protocol,
            note="tau above rho" if row == "PGL-SUM" and dataset == "tvsum" else "",
        )
        for row, values in VALUES.items()
        for i, (value, (dataset, metric, protocol)) in enumerate(zip(values.split(), COLUMNS, strict=True))
    )


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> list[Table]:
    runs = tmp_path_factory.mktemp("runs")
    sample_runs().write_sample(runs)
    # Without plugins: the pages must not depend on what is installed where the tests run.
    site = Site(
        Library((parse_board(BOARD, LEADERBOARD, where="golden"),), printed_numbers()), Store(runs), Catalog()
    )
    built = site.tables(("golden", "standing-summe-full-keyshot-meanuser"))
    assert site.store is not None
    key = StandingKey("summe", "planted", "keyshot-meanuser")
    built.append(build_standing(key, standing_keys(site.store.query())[key], Described()))
    site.store.close()
    return built


@pytest.fixture(scope="module")
def pages(tables: list[Table], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    out = tmp_path_factory.mktemp("site")
    return {path.name: path.read_text(encoding="utf-8") for path in write_site(tables, out, list(FORMATS))}


def test_pages_are_byte_for_byte_those_that_were_looked_at(pages: dict[str, str]) -> None:
    if REFRESH:
        GOLDEN.mkdir(exist_ok=True)
        for old in GOLDEN.iterdir():
            old.unlink()
        for name, text in pages.items():
            (GOLDEN / name).write_text(text, encoding="utf-8", newline="\n")
    assert {path.name for path in GOLDEN.iterdir()} == set(pages)
    for name, text in pages.items():
        assert (GOLDEN / name).read_bytes() == text.encode("utf-8"), name


def test_the_order_in_which_runs_were_sealed_changes_nothing(tables: list[Table], tmp_path: Path) -> None:
    records = list(enumerate(sample_runs().sample_records()))
    for number, record in reversed(records):
        seal(tmp_path, record, f"{number:02d}-{record.model.id}-{record.dataset.id}")
    with Store(tmp_path) as store:
        (again,) = Site(Library(), store, Catalog()).tables((tables[1].id,))
    assert html.render_html(again) == html.render_html(tables[1])


def test_json_holds_what_the_pages_show(tables: list[Table]) -> None:
    content = json.loads(render_json(tables[0]))
    csta = next(row for group in content["groups"] for row in group["rows"] if row["title"] == "CSTA")
    assert csta["cells"][0]["reported"]["text"] == "0.246"
    assert csta["cells"][0]["verdict"]["judgement"] == "within"
    assert csta["cells"][0]["measured"]["value"] == pytest.approx((0.2455 + 0.2461 + 0.2466) / 3)


def test_each_protocol_and_metric_is_explained_once_below_the_table(
    tables: list[Table], pages: dict[str, str]
) -> None:
    bare, described = tables[1], tables[2]
    assert bare.making == () and '"making"' not in pages[f"{bare.id}.json"]
    assert [one.id for one in described.making] == ["keyshot-meanuser", "kendall"]
    written = json.loads(pages[f"{described.id}.json"])["making"]
    assert written == json.loads(json.dumps([asdict(one) for one in described.making]))
    page, text = pages[f"{described.id}.html"], pages[f"{described.id}.md"]
    assert page.count("How these numbers are made") == text.count("How these numbers are made") == 1
    assert page[page.index('id="making"') :].count("<details>") == 2
    assert "<li>one code base rounds &lt;values&gt; to thousandths.</li>" in page
    assert "Undefined: counts as 0, whoever caused it" in page
    assert "rounds &lt;values&gt; to thousandths; another \\| leaves out" in text
    assert "An undefined value counts as 0." in text
    assert "How these numbers are made" not in pages[f"{bare.id}.html"]


def test_a_value_of_another_version_than_the_explained_one_says_so(tables: list[Table]) -> None:
    said = " ".join(tables[2].notes)
    assert "Made by version 1 of kendall; what is said of it is version 2." in said
    assert "of keyshot-meanuser" not in said


class Outline(HTMLParser):
    """Tags, attributes and text of a page."""

    VOID = ("meta", "br", "link", "img", "input", "hr")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.cells: list[list[str]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.text.append(data)


def test_pages_are_well_formed_and_load_their_own_files_alone(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        if not name.endswith(".html"):
            continue
        outline = Outline(page)
        assert not outline.open
        assert not {"img", "iframe", "style", "object", "svg"} & set(outline.tags)
        assert not [name for _, name, _ in outline.attributes if name == "style" or name.startswith("on")]
        addresses = [value for _, attribute, value in outline.attributes if attribute in ("src", "href")]
        assert all(
            re.fullmatch(r"#[a-z-]+\d*|(assets/)?[a-z0-9./_-]+|data:,|https://example\.org/paper", a)
            for a in addresses
        )
        policy = page.partition('http-equiv="Content-Security-Policy" content="')[2].partition('"')[0]
        assert "default-src &#39;none&#39;" in policy and "unsafe" not in policy and "http" not in policy


def test_what_pages_load_is_written_beside_them(tables: list[Table], tmp_path: Path) -> None:
    written = write_site(tables, tmp_path, ["html"])
    for path in written:
        for tag, attribute, value in Outline(path.read_text(encoding="utf-8")).attributes:
            if (tag, attribute) in (("script", "src"), ("link", "href")) and value != "data:,":
                assert (tmp_path / value).is_file(), value
    style = (tmp_path / "assets" / "site.css").read_text(encoding="utf-8")
    assert "prefers-color-scheme: dark" in style and "@media print" in style
    assert not re.search(r"url\(|@import\b", style)


def test_tables_are_real_tables_with_headers_and_a_caption(pages: dict[str, str]) -> None:
    page = pages["golden.html"]
    outline = Outline(page[page.index("<table") : page.index("</table>") + len("</table>")])
    assert outline.tags.count("table") == outline.tags.count("caption") == 1
    scopes = [value for tag, name, value in outline.attributes if (tag, name) == ("th", "scope")]
    assert scopes.count("row") == len(VALUES) + 1  # the rows, and the line of protocols
    assert scopes.count("rowgroup") == 2
    assert scopes.count("colgroup") == 2
    assert scopes.count("col") == 1 + len(COLUMNS)
    assert len([tag for tag in outline.tags if tag == "th"]) == len(scopes)


def test_every_footnote_mark_leads_to_a_note_and_every_note_is_marked(pages: dict[str, str]) -> None:
    outline = Outline(pages["golden.html"])
    ids = {value for _, name, value in outline.attributes if name == "id" and value.startswith("note-")}
    marks = {
        value[1:] for _, name, value in outline.attributes if name == "href" and value.startswith("#note-")
    }
    assert ids == marks
    assert ids


def test_every_page_can_be_reached_from_the_index(pages: dict[str, str], tables: list[Table]) -> None:
    for table in tables:
        assert f'href="{table.id}.html"' in pages["index.html"]
        assert f"({table.id}.md)" in pages["index.md"]
        assert 'href="index.html"' in pages[f"{table.id}.html"]


@pytest.fixture
def hostile(tmp_path: Path) -> list[Table]:
    """Tables in which every text that is not ours is hostile."""
    text = json.dumps(HOSTILE)
    spec = f"""{{schema: 1, id: bad, title: {text}, caption: {text}, table: "1",
      columns: [{{id: t, group: {text}, title: {text}, dataset: tvsum, protocol: {text}, metric: kendall}}],
      groups: [{{title: {text}, rows: [{{title: {text}, reported: row, model: {text}}}]}}],
      notes: [{{text: {text}}}, {{text: {text}, rows: [row]}}]}}"""
    leaderboard = LeaderboardSpec(
        id="bad",
        title=HOSTILE,
        package="nowhere",
        citation=Citation(title=HOSTILE, authors=HOSTILE, venue=HOSTILE, url="javascript:alert(1)"),
    )
    board: BoardSpec = parse_board(spec, leaderboard, where="bad")
    number = ReportedNumber(
        paper="bad",
        table="1",
        row="row",
        model=HOSTILE,
        variant="",
        dataset="tvsum",
        task="v2v",
        metric="kendall",
        value="0.2",
        scale="correlation",
        protocol=HOSTILE,
        quoted_from=HOSTILE,
        note=HOSTILE,
    )
    score = make_score(HOSTILE, "kendall", None, reason=HOSTILE, note=HOSTILE)
    record = make_record(HOSTILE, "tvsum", [score], title=HOSTILE, variant=None, options={HOSTILE: HOSTILE})
    other = make_record(HOSTILE, "tvsum", [score], title=HOSTILE, options={HOSTILE: 2}, selection=HOSTILE)
    runs = tmp_path / "runs"
    seal(runs, record, "<script>alert(3)<")
    seal(runs, other, "`|b")
    with Store(runs) as store:
        built = [PaperBuilder((number,), store, Catalog()).build(board)]
        return built + [
            build_standing(k, found, Catalog()) for k, found in standing_keys(store.query()).items()
        ]


def test_hostile_names_are_shown_as_text_in_html(hostile: list[Table]) -> None:
    assert len(hostile) == 2
    for page in (
        *(html.render_html(table, index="index.html") for table in hostile),
        html.render_index(hostile),
    ):
        outline = Outline(page)
        assert not {"img", "style"} & set(outline.tags)
        assert outline.tags.count("script") == page.count('<script src="assets/') + page.count(
            '<script defer src="assets/'
        ) + page.count('<script type="application/json" id="')
        assert not [name for _, name, _ in outline.attributes if name.startswith("on")]
        assert not [
            value
            for _, name, value in outline.attributes
            if name == "href" and ":" in value and value != "data:,"
        ]
        assert "<script>alert(1)</script>" in "".join(outline.text)
    assert "<script>alert(3)<" in "".join(Outline(html.render_html(hostile[1])).text)


def test_hostile_names_are_shown_as_text_in_markdown(hostile: list[Table]) -> None:
    markdown_it = pytest.importorskip("markdown_it")
    for page in (*(markdown.render_markdown(table) for table in hostile), markdown.render_index(hostile)):
        rendered = markdown_it.MarkdownIt("commonmark", {"html": True}).enable("table").render(page)
        outline = Outline(rendered)
        assert not {"script", "img", "style"} & set(outline.tags)
        assert not [v for _, name, v in outline.attributes if name == "href" and v.startswith("javascript")]
        assert "alert(1)" in "".join(outline.text)


def test_markdown_rows_keep_their_number_of_cells(hostile: list[Table], tables: list[Table]) -> None:
    for table in (*hostile, *tables):
        # The first table: those of panels below it have columns of their own.
        lines = markdown.render_markdown(table).splitlines()
        first = next(i for i, line in enumerate(lines) if line.startswith("|"))
        lines = list(takewhile(lambda line: line.startswith("|"), lines[first:]))
        bars = {len(re.findall(r"(?<!\\)\|", line)) for line in lines}
        assert bars == {len(table.columns) + 2}
