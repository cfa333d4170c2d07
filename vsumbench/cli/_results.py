"""How results are printed: the same numbers as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from vsumbench.records.record import RunRecord, Score
    from vsumbench.running.pipeline import Outcome

DIGITS = {"correlation": 4, "fraction": 4, "percent": 2, "raw": 3}


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """What `run --json` prints."""
    return {"state": outcome.state, "folder": str(outcome.folder), **record_json(outcome.record)}


def record_json(record: RunRecord) -> dict[str, Any]:
    """A record for people and scripts: what ran, and its scores."""
    return {
        "run": record.run,
        "status": record.status,
        "model": record.model.id,
        "variant": record.model.variant,
        "preset": record.model.preset,
        "dataset": record.dataset.id,
        "edition": record.dataset.edition,
        "split_set": record.setting.split_set,
        "selection": record.setting.selection,
        "selected_by": record.setting.selected_by,
        "ablated": record.model.ablated,
        "seed": record.seed,
        "repetitions": record.repetitions,
        "evidence": record.evidence,
        "coverage": asdict(record.coverage) | {"share": record.coverage.share},
        "prediction_digest": record.prediction_digest,
        "results": [asdict(score) for score in record.scores],
    }


def print_outcome(outcome: Outcome) -> None:
    """A table of the scores and where the record is."""
    from vsumbench.records.record import ABLATED_INPUTS

    record = outcome.record
    name = record.model.id + (f"@{record.model.variant}" if record.model.variant else "")
    what = [f"{name} on {record.dataset.id}", record.dataset.edition]
    if record.model.preset:
        what.append(record.model.preset)
    if record.model.ablated:
        what.append(f"input: {ABLATED_INPUTS.get(record.model.ablated, record.model.ablated)}")
    if record.model.reference_row:
        what.append("reference row: sees annotations")
    click.echo(
        f"{what[0]} ({', '.join(what[1:])}), split set {record.setting.split_set}, "
        f"{record.coverage.evaluated} of {record.coverage.official} test videos"
    )
    if record.setting.selected_by:
        click.echo(f"checkpoint chosen by {record.setting.selected_by} ({record.setting.selection})")
    if lacking := len(record.coverage.missing_training):
        click.echo(f"{lacking} of the videos it would have learned from are missing")
    print_scores(record.scores)
    if outcome.state == "already sealed":
        click.echo(f"nothing to do: already sealed in {outcome.folder}")
    elif record.status == "predicted":
        click.echo(f"predictions are in {outcome.folder}; score them with `vsumbench score {outcome.folder}`")
    else:
        click.echo(f"{outcome.state}: {outcome.folder}")


def print_scores(scores: Sequence[Score]) -> None:
    """One line a score: protocol, metric, value, undefined counts, note."""
    rows = []
    for score in scores:
        value = "-" if score.value is None else f"{score.value:.{DIGITS.get(score.scale, 4)}f}"
        remarks = [score.reason] if score.value is None else []
        if score.undefined_prediction:
            remarks.append(f"{score.undefined_prediction} undefined by the prediction count as no skill")
        if score.undefined_reference:
            remarks.append(f"{score.undefined_reference} undefined by the reference left out")
        if score.note:
            remarks.append(score.note)
        rows.append((score.protocol, score.metric, value, score.scale, "; ".join(remarks)))
    if not rows:
        return
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for protocol, metric, value, scale, remark in rows:
        cells = (f"{protocol:<{widths[0]}}", f"{metric:<{widths[1]}}", f"{value:>{widths[2]}}")
        click.echo("  ".join(("", *cells, f"{scale:<{widths[3]}}", remark)).rstrip())
