"""The page of one run: what ran, on what, with which result, and how to repeat it. One file a run."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsumbench.records.folder import RunFolder
from vsumbench.records.record import RunRecord, Score, Timing
from vsumbench.store.records import StoredRecord

from . import words
from .columns import default_decimals
from .page_data import as_script
from .plots import box
from .run_scores import MOST_VIDEOS, VideoScores, video_scores
from .site_frame import environment

FOLDER = "runs"
_PLAIN = re.compile(r"[a-z0-9][a-z0-9._@=,+-]{0,119}")

Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Shown:
    """A board that shows a run: its title, and the address of its page from the folder of run pages."""

    title: str
    page: str


def page_name(folder: str) -> str:
    """A run folder's name as that of a file. A name that loses something gets a digest, so that no two meet,
    also where capitals do not count."""
    if _PLAIN.fullmatch(folder):
        return f"{folder}.html"
    safe = re.sub(r"[^a-z0-9._-]+", "_", folder.casefold())[:60].strip("._") or "run"
    return f"{safe}-{hashlib.sha256(folder.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}.html"


def run_title(record: RunRecord) -> str:
    """`CSTA on TVSum`."""
    return f"{record.model.title} on {record.dataset.title}"


def method_name(record: RunRecord) -> str:
    """`mllm-csta@importance-score`."""
    return words.method_name(record.model.id, record.model.variant)


def score_text(score: Score) -> str:
    """The value with the digits of its scale, a dash where it is undefined."""
    return words.DASH if score.value is None else words.number(score.value, default_decimals(score.scale))


def render_run(stored: StoredRecord, runs: Path, boards: Sequence[Shown]) -> str:
    """The page of a run.

    Args:
        stored: the record and the name of its folder.
        runs: the folder of run folders: environment and scores by video are read from there.
        boards: the boards that show it.
    """
    record, folder = stored.record, runs / stored.folder
    videos, wrong = video_scores(folder, record)
    machine = _environment(RunFolder(folder).environment)
    page = environment().get_template("run.html.jinja")
    return page.render(
        root="../",
        title=run_title(record),
        record=record,
        name=method_name(record),
        folder=stored.folder,
        boards=boards,
        facts=_facts(record),
        options=tuple(
            (name, words.option_text(value)) for name, value in sorted(record.model.options.items())
        ),
        digests=_digests(record),
        scores=record.scores,
        score_text=score_text,
        folds=_folds,
        cost=_cost(record.timing),
        fit=[
            tuple((name, words.option_text(value)) for name, value in _flat(dict(one))) for one in record.fit
        ],
        machine=machine,
        videos=videos,
        wrong=wrong,
        most=MOST_VIDEOS,
        charts=as_script({f"videos-{i}": _chart(one) for i, one in enumerate(videos, 1)}),
        value_text=_value_text,
    )


def _facts(record: RunRecord) -> Facts:
    data, setting, model = record.dataset, record.setting, record.model
    coverage = record.coverage
    found = [
        ("Model", f"{model.title} ({method_name(record)})"),
        ("Preset", model.preset or "none: the method has a single form"),
        ("Set by hand", ", ".join(model.set_by_hand)),
        ("Input", f"spoilt: {model.ablated}" if model.ablated else ""),
        ("Reference row", "saw annotations of the test videos" if model.reference_row else ""),
        ("Floor", "looks at nothing" if model.baseline else ""),
        ("Dataset", f"{data.title} ({data.id})"),
        ("Edition", f"{data.edition}, version {data.edition_version}"),
        ("Features", ", ".join(f"{name} by {by or 'unknown'}" for name, by in sorted(data.features.items()))),
        ("Evidence", f"{record.evidence}: {words.EVIDENCE[record.evidence]}"),
        ("Split set", f"{setting.split_set}, {setting.folds} fold{'s' * (setting.folds != 1)}"),
        ("Selection", setting.selection + (f" by {setting.selected_by}" if setting.selected_by else "")),
        ("Coverage", f"{coverage.evaluated} of {coverage.official} videos of the official split"),
        ("Missing test videos", _some(coverage.missing)),
        ("Missing for training", _some(coverage.missing_training)),
        ("Seed", str(record.seed)),
        ("Repetitions", str(record.repetitions)),
        ("Device", f"{record.device}, {record.dtype}"),
        ("Status", record.status),
    ]
    return tuple((name, text) for name, text in found if text)


def _some(ids: Sequence[str], most: int = 20) -> str:
    more = f" and {len(ids) - most} more" if len(ids) > most else ""
    return ", ".join(ids[:most]) + more


def _digests(record: RunRecord) -> Facts:
    model, data = record.model, record.dataset
    return (
        ("Predictions", record.prediction_digest),
        ("Model source", model.source_digest),
        ("Model distribution", f"{model.distribution} {model.version}"),
        ("Dataset", data.fingerprint),
        ("Dataset distribution", f"{data.distribution} {data.version}"),
        ("Split", record.setting.split_digest),
        *((f"Weights {name}", digest) for name, digest in sorted(model.weights.items())),
        *((f"Version of {name}", version) for name, version in sorted(record.versions.items())),
    )


def _folds(score: Score) -> str:
    digits = default_decimals(score.scale)
    return ", ".join(words.DASH if fold is None else words.number(fold, digits) for fold in score.folds)


def _value_text(value: float | None) -> str:
    return words.DASH if value is None else words.number(value, 3)


def _cost(timing: Timing) -> Facts:
    found: list[tuple[str, str]] = []

    def add(name: str, value: float | None, unit: str) -> None:
        if value is not None:
            found.append((name, f"{value:.4g} {unit}"))

    add("Training", timing.fit_seconds, "s, wall clock")
    add("Training, devices", timing.fit_device_seconds, "device seconds")
    if timing.fit_whole is False:
        found.append(("Training clock", "not whole: it was interrupted"))
    add("Summarizing", timing.summarize_seconds, "s")
    if timing.latency is not None:
        latency = timing.latency
        of = f"{latency.videos} videos after {latency.warm_up} of warm-up"
        found.append(
            (
                "Latency",
                f"median {latency.median:.3g} s, p90 {latency.p90:.3g} s, mean {latency.mean:.3g} s; {of}",
            )
        )
        add("A token", latency.token, "s, on average")
    add("Memory", timing.memory_mib, "MiB resident at most")
    add("Device memory", timing.device_memory_mib, "MiB at most")
    named = [("Machine", timing.machine), ("Started", timing.started), ("Finished", timing.finished)]
    return (*found, *((name, text) for name, text in named if text))


def _environment(path: Path) -> Facts | str:
    """What the environment file says, or why there is nothing to show."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return "The run folder has no environment.json."
    except (OSError, ValueError):
        return "The run folder's environment.json cannot be read."
    if not isinstance(content, dict):
        return "The run folder's environment.json is not what a run writes."
    return tuple((name, words.option_text(value)) for name, value in _flat(content))


def _flat(content: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in sorted(content.items()):
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name} ")
        else:
            yield f"{before}{name}", value


def _chart(one: VideoScores) -> dict[str, Any]:
    return {
        "kind": "box",
        "rows": [box(name, values) for name, values in zip(one.metrics, one.values, strict=True) if values],
        "value": "score of one video",
        "left": "",
    }
