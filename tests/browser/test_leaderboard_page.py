"""Pages of boards and runs in a real browser: by mouse, by keyboard, in both themes, on a phone, hostile."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import shown_boards as shown

from vsumbench.leaderboard.catalog import Catalog
from vsumbench.leaderboard.pages import Library, Site, write_site
from vsumbench.leaderboard.panels import Panels
from vsumbench.leaderboard.table import Table
from vsumbench.store.records import Store
from vsumbench.testing.sealed import make_record, make_score, seal

Open = Callable[..., Any]
Axe = Callable[[Any], list[str]]
HOSTILE = (
    "<script>window.harmed=1</script><style>body{display:none}</style>"
    "\"'><img src=x onerror=window.harmed=2>{{7*7}}"
)
RUNS_OF_A_LARGE_SITE = 500


def written(tables: list[Table], runs: Path, out: Path) -> Path:
    with Store(runs) as store:
        write_site(tables, out, ["html"], store)
    return out


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shown")
    shown.write_runs(folder / "runs")
    tables = [shown.paper_board(), *(shown.standing_board(protocol) for protocol in shown.PROTOCOLS)]
    return written(tables, folder / "runs", folder / "site")


@pytest.fixture(scope="module")
def board(site: Path) -> Path:
    return site / "golden-table-1.html"


def titles(page: Any) -> list[str]:
    """Titles of the rows that are seen, from top to bottom."""
    found: list[str] = page.evaluate(
        """[...document.querySelectorAll("#board tr[data-row]")]
             .filter((row) => row.getClientRects().length)
             .map((row) => row.querySelector(".name").firstChild.textContent)"""
    )
    return found


def state(page: Any) -> dict[str, list[str]]:
    return parse_qs(page.evaluate("location.hash").lstrip("#"))


def overflow(page: Any) -> int:
    """By how many pixels the page is wider than its window."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return wide


def heading(page: Any, name: str) -> Any:
    return page.locator("#board tr.t th").filter(has_text=name)


def opener(page: Any, row: str, column: int = 0) -> Any:
    line = page.locator("#board tr[data-row]").filter(has=page.locator(f".name:text-is('{row}')"))
    return line.locator("td").nth(column).locator(".open:visible").first


def pin(page: Any, row: str) -> None:
    page.get_by_role("button", name=f"Pin {row}", exact=True).click()


AS_PRINTED = ["Random", "Human", "VASNet", "PGL-SUM", "CSTA", "LLMVS", "DMASum", "Ours"]
BEST_PRINTED = ["Ours", "LLMVS", "CSTA", "Human", "VASNet", "PGL-SUM", "DMASum", "Random"]


def test_a_column_sorts_best_first_then_worst_first_then_as_printed(board: Path, open_page: Open) -> None:
    page = open_page(board)
    assert titles(page) == AS_PRINTED
    head = heading(page, "Kendall")
    head.get_by_role("button").click()
    assert titles(page) == BEST_PRINTED
    assert head.get_attribute("aria-sort") == "descending"
    assert "best first" in page.inner_text("#status")
    assert page.locator("tr.group:visible").count() == 0  # Sorted rows stand under no heading.
    head.get_by_role("button").press("Enter")
    assert titles(page) == BEST_PRINTED[::-1]
    assert head.get_attribute("aria-sort") == "ascending"
    head.get_by_role("button").press("Space")
    assert titles(page) == AS_PRINTED
    assert head.get_attribute("aria-sort") is None
    assert page.locator("tr.group:visible").count() == 3
    heading(page, "Method").get_by_role("button").click()
    assert titles(page) == sorted(AS_PRINTED, key=str.casefold)


def test_rows_are_found_by_words_and_by_what_they_are(board: Path, open_page: Open) -> None:
    page = open_page(board)
    page.fill("#q", "visual csta")
    assert titles(page) == ["CSTA"]
    assert page.inner_text("#status") == "1 of 8 rows."
    page.fill("#q", "no such row")
    assert titles(page) == [] and page.locator("#none").is_visible()
    page.fill("#q", "")
    page.click("summary:has-text('Filter')")
    page.check("#ref")
    assert "Random" not in titles(page) and "Human" not in titles(page)
    page.check("#meas")
    assert titles(page) == ["VASNet", "PGL-SUM", "CSTA", "LLMVS"]
    page.select_option("#ev", "planted")
    assert titles(page) == ["VASNet"]
    page.select_option("#ev", "")
    page.uncheck("#meas")
    page.select_option("#group", label="Visual and text")
    assert titles(page) == ["DMASum", "Ours"]
    page.keyboard.press("Escape")
    assert not page.locator("#ref").is_visible()
    page.click("#reset")
    assert titles(page) == AS_PRINTED and state(page) == {}


def test_columns_are_hidden_with_their_headings(board: Path, open_page: Open) -> None:
    page = open_page(board)
    page.click("summary:has-text('Columns')")
    page.uncheck("#columns input >> nth=1")
    assert not heading(page, "Spearman").is_visible()
    assert page.locator("tr.g th").get_attribute("colspan") == "1"
    assert page.locator("#board tr[data-row] td:visible").count() == len(AS_PRINTED)
    page.uncheck("#columns input >> nth=0")
    assert not page.locator("tr.g th").is_visible()
    page.check("#columns input >> nth=1")
    assert heading(page, "Spearman").is_visible() and state(page) == {"hide": ["kendall"]}


def test_the_order_follows_the_kind_of_number_that_is_shown(board: Path, open_page: Open) -> None:
    page = open_page(board)
    heading(page, "Kendall").get_by_role("button").click()
    page.check("#mode input[value=measured]")
    assert titles(page)[:5] == ["LLMVS", "CSTA", "Human", "VASNet", "PGL-SUM"]
    assert titles(page)[-2:] == ["DMASum", "Ours"]  # Without a value they come last, whatever the direction.
    assert not page.locator(".p .open:visible, .dd:visible").count()
    page.check("#mode input[value=delta]")
    assert titles(page)[0] == "PGL-SUM"
    assert page.locator("td .v:visible").count() == 0 and page.locator(".dd:visible").count() > 0
    heading(page, "Kendall").get_by_role("button").click()
    assert titles(page)[-3:] == ["VASNet", "DMASum", "Ours"]  # No difference: planted, and not run.
    assert state(page) == {"mode": ["delta"], "sort": ["kendall:asc"]}


def test_another_protocol_shows_the_same_view(site: Path, open_page: Open) -> None:
    page = open_page(site / "standing-summe-full-keyshot-meanuser.html")
    assert page.locator("nav.tabs a[aria-current]").inner_text() == "keyshot-meanuser"
    heading(page, "Kendall").get_by_role("button").click()
    pin(page, "VASNet")
    before = titles(page)
    page.get_by_role("navigation", name="Protocol").get_by_text("peruser-2fps").click()
    page.wait_for_url("**/standing-summe-full-peruser-2fps.html#*")
    assert page.url.split("#")[0].endswith("standing-summe-full-peruser-2fps.html")
    after = titles(page)
    assert after[0] == before[0] == "VASNet"
    assert heading(page, "Kendall").get_attribute("aria-sort") == "descending"
    assert sorted(after) == sorted(before) and after != before


def test_a_cell_opens_and_says_all_there_is(board: Path, open_page: Open) -> None:
    page = open_page(board)
    opener(page, "CSTA").click()
    dialog = page.get_by_role("dialog")
    text = dialog.inner_text()
    for said in (
        "CSTA · SumMe: Kendall τ",
        "golden, Table 1, row 'csta'",
        "± 0.024 over 3 folds",
        "0.206 to 0.296 (bootstrap over 25 videos)",
        "within",
        "+0.0001",
        "± 0.0005",
        "full: measured on all of the real data",
        "−0.030 to +0.020 (paired bootstrap over 25 videos)",
        "0.410",
        "not distinguishable from the best",
        "132.4 %",
        "Mean of 3 runs.",
    ):
        assert said in text, said
    page.keyboard.press("Escape")
    # The address follows the dialog in an event of its own.
    page.wait_for_function("!location.hash.includes('cell=')")
    assert not dialog.is_visible() and "cell" not in state(page)
    assert page.evaluate("document.activeElement.textContent") == "0.246"
    opener(page, "Human").click()
    assert "Otani et al. 2019" in dialog.inner_text()
    dialog.get_by_role("button", name="Close").click()
    opener(page, "CSTA").click()
    dialog.get_by_role("link", name="csta-summe").click()
    assert page.url.endswith("/runs/csta-summe.html")
    assert page.inner_text("h1") == "CSTA on SumMe"


def test_pinned_rows_stay_on_top_and_are_compared(board: Path, open_page: Open) -> None:
    page = open_page(board)
    assert page.locator("#compare-open").is_disabled()
    pin(page, "PGL-SUM")
    pin(page, "LLMVS")
    assert titles(page)[:3] == ["PGL-SUM", "LLMVS", "Random"]
    heading(page, "Kendall").get_by_role("button").click()
    assert titles(page)[:3] == ["LLMVS", "PGL-SUM", "Ours"]
    page.fill("#q", "ours")
    assert titles(page) == ["LLMVS", "PGL-SUM", "Ours"]
    page.click("#compare-open")
    dialog = page.get_by_role("dialog")
    heads = dialog.locator("thead th").all_inner_texts()
    assert [head.split("\n")[0] for head in heads] == ["Column", "LLMVS", "PGL-SUM"]
    measured = dialog.locator("tbody tr").nth(1).inner_text()
    assert "0.253" in measured and "0.100" in measured and "−0.153" in measured
    assert "p after holm 0.001" in measured and "different from the best" in measured
    page.keyboard.press("Escape")
    pin(page, "LLMVS")
    assert titles(page) == ["PGL-SUM", "Ours"]


def test_the_address_brings_the_view_back(board: Path, open_page: Open) -> None:
    page = open_page(board)
    heading(page, "Spearman").get_by_role("button").click()
    page.fill("#q", "visual")
    page.click("summary:has-text('Filter')")
    page.check("#ref")
    page.keyboard.press("Escape")
    page.check("#mode input[value=measured]")
    pin(page, "PGL-SUM")
    opener(page, "CSTA", 1).click()
    address, seen = page.url, titles(page)
    page.goto("about:blank")
    page.goto(address)
    assert page.get_by_role("dialog").is_visible()
    assert "Spearman" in page.inner_text("#cell-title")
    page.keyboard.press("Escape")
    assert titles(page) == seen
    assert page.input_value("#q") == "visual"
    assert page.locator("#mode input[value='measured']").is_checked()
    # Pasted over the address of an open page.
    page.evaluate("location.hash = '#sort=kendall:asc&q=csta'")
    page.wait_for_function("() => document.getElementById('q').value === 'csta'")
    assert titles(page)[0] == "CSTA" and state(page) == {"sort": ["kendall:asc"], "q": ["csta"]}


def test_addresses_with_nonsense_show_the_board_as_it_is(board: Path, open_page: Open) -> None:
    page = open_page(board, "#sort=nothing:up&pin=x&hide=y&mode=z&ev=q&group=99&cell=a~b")
    assert titles(page) == AS_PRINTED and state(page) == {}
    page = open_page(board, "#note-1")
    assert page.evaluate("location.hash") == "#note-1"
    page.locator("sup.refs a").first.click()
    assert page.evaluate("document.activeElement.id") == "note-1"


def test_the_theme_follows_the_system_until_one_is_chosen(board: Path, open_page: Open) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    page = open_page(board, dark=True)
    assert page.evaluate(ground) == "rgb(19, 22, 27)"
    page.locator("canvas").first.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('canvas').dataset.drawn === 'line'")
    before = page.locator("canvas").first.screenshot()
    page.get_by_role("button", name="Change to the light theme").click()
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    page.wait_for_timeout(100)
    assert page.locator("canvas").first.screenshot() != before
    page.goto(board.parent.joinpath("runs", "csta-summe.html").as_uri())
    assert page.evaluate(ground) == "rgb(255, 255, 255)"  # Chosen once, for all pages.


def test_the_keyboard_alone_leads_from_the_page_to_the_run_of_a_cell(board: Path, open_page: Open) -> None:
    page = open_page(board)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('pin')"):
            break
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Pin Random"
    # The focus is seen.
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.textContent") == "0.246"
    page.keyboard.press("Enter")
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.textContent") == "0.246"
    page.keyboard.press("Enter")
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "csta-summe":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs/csta-summe.html")
    assert page.inner_text("#command-text").startswith("vsumbench run --model csta")


def test_arrow_keys_reach_whatever_number_is_shown(board: Path, open_page: Open) -> None:
    page = open_page(board, "#mode=delta&q=csta")
    page.locator(".pin[tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.textContent") == "difference +0.0001 within"
    page.keyboard.press("Enter")
    assert "CSTA" in page.get_by_role("dialog").inner_text()
    page.keyboard.press("Escape")
    page.check("#mode input[value=printed]")
    page.locator(".pin[tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.closest('.p').textContent") == "printed 0.246"
    # One stop of the Tab key, and it is one that is seen.
    page.fill("#q", "ours")
    assert page.locator("#board tbody [tabindex='0']").count() == 1
    assert page.locator("#board tbody [tabindex='0']:visible").count() == 1


def test_nothing_but_tables_is_wider_than_a_phone(site: Path, open_page: Open) -> None:
    page = open_page(site / "golden-table-1.html", width=390)
    assert overflow(page) == 0
    page.click("summary:has-text('Filter')")
    sheet = page.locator(".sheet:visible").bounding_box()
    assert sheet["x"] >= 0 and sheet["x"] + sheet["width"] <= 390
    page.keyboard.press("Escape")
    opener(page, "CSTA").click()
    box = page.get_by_role("dialog").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390 and overflow(page) == 0
    for name in ("index.html", "runs/csta-summe.html", "standing-summe-full-peruser-2fps.html"):
        assert overflow(open_page(site / name, width=390)) == 0, name


def test_everything_is_there_without_scripts(site: Path, open_page: Open) -> None:
    page = open_page(site / "golden-table-1.html", scripts=False)
    assert titles(page) == AS_PRINTED
    assert page.locator("tr.group:visible").count() == 3
    assert not page.locator("#tools").is_visible() and not page.locator("canvas:visible").count()
    page.locator("#panel-pareto-1 summary").click()
    assert page.locator("#panel-pareto-1 table").is_visible()
    assert page.locator("table.heat:visible").count() == 2
    opener(page, "CSTA").click()
    assert page.url.endswith("/runs/csta-summe.html")
    assert page.get_by_text("csta-summe/scores/keyshot-meanuser/kendall.csv").is_visible()
    page.goto((site / "runs" / "human-summe.html").as_uri())
    assert page.get_by_text("The run folder has no environment.json.").is_visible()
    page.goto((site / "index.html").as_uri())
    assert page.locator("table[data-list=runs] tbody tr").count() == len(shown.RAN)


def test_every_kind_of_plot_is_drawn_with_its_numbers_beside(board: Path, open_page: Open) -> None:
    page = open_page(board)
    drawn = {}
    for canvas in page.locator("canvas").all():
        canvas.scroll_into_view_if_needed()
        page.wait_for_function("canvas => canvas.dataset.drawn", arg=canvas.element_handle())
        drawn[canvas.get_attribute("data-chart")] = canvas.get_attribute("data-drawn")
        assert canvas.get_attribute("role") == "img" and canvas.get_attribute("aria-label")
        ink = "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v)"
        assert canvas.evaluate(ink)
        assert canvas.locator("xpath=ancestor::figure").locator("table.plain tbody tr").count() > 0
    assert drawn == {
        "profile-1": "line",
        "profile-2": "radar",
        "profile-3": "bars",
        "distribution-kendall": "box",
        "critical-difference-kendall": "ranks",
        "pareto-1": "pareto",
        "sensitivity": "bump",
    }


def test_a_run_lists_its_videos_and_they_sort(site: Path, open_page: Open) -> None:
    page = open_page(site / "runs" / "csta-summe.html")
    page.locator("details summary").first.click()
    table = page.locator("table[data-list=videos-1]")
    table.locator("thead th").filter(has_text="kendall").click()
    values = [float(text) for text in table.locator("tbody td:nth-child(3)").all_inner_texts()[:-1]]
    assert values == sorted(values, reverse=True) and len(values) == 24
    assert table.locator("tbody td:nth-child(3)").last.inner_text() == "–"  # Undefined: last.
    page.get_by_role("searchbox", name="Search: keyshot-meanuser").fill("video_25")
    assert table.locator("tbody tr").count() == 1


@pytest.mark.parametrize("dark", [False, True])
def test_assistive_technology_can_read_the_pages(site: Path, open_page: Open, axe: Axe, dark: bool) -> None:
    page = open_page(site / "golden-table-1.html", dark=dark)
    page.click("summary:has-text('Filter')")
    assert axe(page) == []
    page.keyboard.press("Escape")
    opener(page, "CSTA").click()
    assert axe(page) == []
    for name in ("runs/csta-summe.html",) if dark else ("index.html", "runs/csta-summe.html"):
        page.goto((site / name).as_uri())
        assert axe(page) == [], name


def test_assistive_technology_can_read_the_pages_on_a_phone(site: Path, open_page: Open, axe: Axe) -> None:
    page = open_page(site / "golden-table-1.html", width=390)
    pin(page, "CSTA")
    page.click("#compare-open")
    assert axe(page) == []


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    for i in range(RUNS_OF_A_LARGE_SITE):
        scores = [
            make_score(protocol, metric, (i * 37 % 500) / 1000, folds=(0.1, 0.2))
            for protocol in shown.PROTOCOLS
            for metric in ("kendall", "spearman")
        ]
        record = make_record(f"model-{i:03}", "summe", scores, preset="paper", title=f"Model {i:03}")
        seal(folder / "runs", record)
    with Store(folder / "runs") as store:
        tables = Site(Library(), store, Catalog()).tables()
        write_site(tables, folder / "site", ["html"], store)
    return folder / "site"


def test_five_hundred_runs_are_sorted_searched_and_opened(large: Path, open_page: Open) -> None:
    assert (large / "index.html").stat().st_size < 1_500_000
    assert len(list((large / "runs").iterdir())) == RUNS_OF_A_LARGE_SITE
    page = open_page(large / "index.html")
    assert page.locator("table[data-list=runs] tbody tr").count() == 50  # One page of the list.
    page.get_by_role("searchbox", name="Search: Runs behind the boards").fill("model-123")
    page.get_by_role("link", name="Model 123 on SumMe").click()
    assert page.inner_text("h1") == "Model 123 on SumMe"
    page.goto((large / "standing-summe-full-keyshot-meanuser.html").as_uri())
    heading(page, "kendall").get_by_role("button").click()
    order = page.locator("#board tr[data-row]:visible .m .open").first.inner_text()
    assert order == "0.499"
    page.fill("#q", "model-12")
    assert page.inner_text("#status").startswith("10 of 500 rows")


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A site in which every text that comes from elsewhere tries to become part of the page."""
    score = make_score(HOSTILE, "kendall", 0.1, note=HOSTILE)
    record = make_record(
        HOSTILE, "summe", [score], title=HOSTILE, variant=HOSTILE, options={HOSTILE: HOSTILE}
    )
    table = "fold,id,<img src=x onerror=window.harmed=5>\na,<svg onload=window.harmed=6>,0.1\n"
    digests = {"scores/p/kendall.csv": hashlib.sha256(table.encode()).hexdigest()}
    other = replace(record, scores=(make_score("p", "kendall", 0.1),), files=digests, run="b")
    for one, name in ((record, "<img src=x onerror=window.harmed=3>"), (other, "b")):
        folder = seal(tmp_path / "runs", one, name)
        (folder / "environment.json").write_text('{"<script>window.harmed=4</script>": "<b>"}')
        (folder / "scores" / "p").mkdir(parents=True)
        (folder / "scores" / "p" / "kendall.csv").write_text(table, encoding="utf-8")
    with Store(tmp_path / "runs") as store:
        tables = Site(Library(), store, Catalog()).tables()
        paper = shown.paper_board(caption=HOSTILE, title=HOSTILE, source=HOSTILE, notes=(HOSTILE,))
        row = replace(paper.rows[4], title=HOSTILE, variant=HOSTILE, flags=(HOSTILE,), dataset=HOSTILE)
        group = replace(paper.groups[1], title=HOSTILE, rows=(row,))
        columns = tuple(replace(column, title=HOSTILE, group=HOSTILE) for column in paper.columns)
        bad = replace(
            paper,
            groups=(group,),
            columns=columns,
            url="javascript:window.harmed=7",
            panels=Panels(agreement=paper.panels.agreement, power=paper.panels.power),
        )
        write_site([bad, *tables], tmp_path / "site", ["html"], store)
    return tmp_path / "site"


def test_hostile_names_are_text_wherever_they_are_shown(hostile: Path, open_page: Open) -> None:
    pages = [
        *sorted(path for path in hostile.glob("*.html")),
        *sorted(path for path in (hostile / "runs").glob("*.html")),
    ]
    assert len(pages) == 6  # The index, the paper, two standing boards, two runs.
    page = open_page(pages[0])
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog was opened: {dialog.message}"))
    for path in pages:
        page.goto(path.as_uri())
        assert "<script>window.harmed=1</script>" in page.inner_text("body"), path.name
        if page.locator("#board").count():
            page.locator("#board .open").first.click()
            assert "<script>window.harmed=1</script>" in page.inner_text("#cell")
            page.keyboard.press("Escape")
            page.locator(".pin").first.click()
            page.click("#compare-open")
            assert "<script>window.harmed=1</script>" in page.inner_text("#compare")
            page.keyboard.press("Escape")
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        page.wait_for_timeout(50)
        assert page.evaluate("window.harmed") is None, path.name
        assert page.locator("img, svg, main style").count() == 0, path.name
        assert page.locator("main").is_visible()


def test_a_script_that_is_not_ours_would_not_run(board: Path, browser: Any) -> None:
    """The policy of the page holds where the escaping would not."""
    text = board.read_text(encoding="utf-8")
    changed = board.parent / "changed.html"
    changed.write_text(text.replace("</main>", "<script>window.harmed=1</script></main>"), encoding="utf-8")
    page = browser.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(changed.as_uri())
    assert page.evaluate("window.harmed") is None
    assert page.locator("#tools").is_visible()  # Ours did run.
    assert [text for text in refused if "Content Security Policy" in text]
    page.close()
