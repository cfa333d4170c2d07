"""Statistics of datasets: what is counted, how it is kept, what `info --statistics` prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from vsumbench.cli import group
from vsumbench.cli._info_statistics import bars
from vsumbench.data.statistics import spread, statistics_of
from vsumbench.errors import UsageError
from vsumbench.plugins import default_plugins
from vsumbench.running.editions import find_edition
from vsumbench.store.statistics import STATISTICS_FILE, load_statistics, save_statistics


@pytest.fixture(scope="module")
def toy() -> dict:
    plugins = default_plugins()
    spec = plugins.dataset("toy")
    seen: list[tuple[int, int]] = []
    found = statistics_of(
        spec, find_edition(plugins, spec, "auto", None), lambda done, total: seen.append((done, total))
    )
    assert seen[-1] == (found.videos, found.videos)
    return found.to_dict()


def test_a_spread_is_mean_median_ends_and_a_histogram_that_holds_every_value() -> None:
    found = spread([1.0, 2.0, 2.0, 11.0], "s", "each")
    assert found is not None
    assert (found.mean, found.median, found.smallest, found.largest) == (4.0, 2.0, 1.0, 11.0)
    assert found.counts == (1, 2, 0, 0, 0, 0, 0, 0, 0, 1) and len(found.edges) == 11
    alike = spread([3.0, 3.0], "s", "each")
    assert alike is not None and alike.counts == (2,) and alike.edges == (3.0, 3.0)
    assert spread([], "s", "each") is None


def test_what_is_counted_is_what_the_dataset_holds(toy: dict) -> None:
    plugins = default_plugins()
    dataset = find_edition(plugins, plugins.dataset("toy"), "auto", None).dataset
    ids = dataset.video_ids()
    assert toy["videos"] == len(ids) and toy["generated"] is True
    durations = [dataset.video(one).duration for one in ids]
    assert toy["statistics"]["duration"]["mean"] == pytest.approx(sum(durations) / len(ids))
    held = [dataset.annotations(one) for one in ids]
    words = [len(text.split()) for one in held for text in one.texts]
    assert toy["statistics"]["text-summary"]["mean"] == pytest.approx(sum(words) / len(words))
    assert toy["statistics"]["text-summary"]["count"] == len(words)
    shares = [100 * float(one.user_summaries.mean()) for one in held if one.user_summaries is not None]
    assert toy["statistics"]["video-summary-share"]["mean"] == pytest.approx(sum(shares) / len(shares))
    assert toy["statistics"]["annotators"]["max"] == max(one.annotators for one in held)
    assert toy["split"]["tested"] == len(ids) and toy["fingerprint"] == dataset.fingerprint()


def test_saved_statistics_are_read_back_and_the_same_bytes_each_time(tmp_path: Path, toy: dict) -> None:
    folder = save_statistics(tmp_path, toy)
    first = (folder / STATISTICS_FILE).read_bytes()
    assert save_statistics(tmp_path, toy) == folder and (folder / STATISTICS_FILE).read_bytes() == first
    (found,), problems = load_statistics(tmp_path)
    assert problems == () and found.folder == "toy-planted-statistics"
    assert (found.dataset, found.videos, found.generated) == ("toy", toy["videos"], True)
    assert found.means["duration"] == toy["statistics"]["duration"]["mean"]


@pytest.mark.parametrize(
    "text",
    ["", "[1]", '{"schema": 2}', '{"schema": 1, "dataset": "toy", "videos": "many"}'],
)
def test_a_file_that_is_no_statistics_is_left_out_with_one_line(tmp_path: Path, toy: dict, text: str) -> None:
    save_statistics(tmp_path, toy)
    bad = tmp_path / "bad-statistics"
    bad.mkdir()
    (bad / STATISTICS_FILE).write_text(text, encoding="utf-8")
    found, (problem,) = load_statistics(tmp_path)
    assert len(found) == 1 and problem.startswith("'bad-statistics' is left out")


def test_a_name_that_leads_elsewhere_stays_in_the_folder(tmp_path: Path, toy: dict) -> None:
    folder = save_statistics(tmp_path / "runs", toy | {"dataset": "../../up", "edition": ".."})
    assert folder.parent == tmp_path / "runs"


def test_bars_show_every_bin_and_leave_empty_ones_empty() -> None:
    assert bars([8, 0, 1, 1000]) == "▁ ▁█"
    assert bars([]) == ""


def info(*arguments: str) -> str:
    result = CliRunner().invoke(group, ["info", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_info_prints_a_table_and_says_what_words_are() -> None:
    text = info("toy", "--statistics")
    assert "split set folds" in text and "█" in text and "white space" in text


def test_info_prints_and_saves_all_of_it_as_json(tmp_path: Path, toy: dict) -> None:
    content = json.loads(info("toy", "--statistics", "--json", "--save", str(tmp_path)))
    folder = Path(content.pop("saved"))
    assert content == json.loads(json.dumps(toy))
    assert json.loads((folder / STATISTICS_FILE).read_text(encoding="utf-8")) == {"schema": 1, **content}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("random", "--statistics"), "is a model"),
        (("toy", "--edition", "planted"), "--statistics alone"),
        (("toy", "--save", "runs"), "--statistics alone"),
    ],
)
def test_what_does_not_go_together_is_refused(arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        info(*arguments)
