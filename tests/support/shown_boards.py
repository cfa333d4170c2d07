"""Boards with everything a page can show, and run folders behind them: made up, small, always the same."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from vsumbench.leaderboard.panels import (
    Agreement,
    CriticalDifference,
    Detectable,
    Distribution,
    Line,
    MetricPair,
    Panels,
    Pareto,
    ParetoPoint,
    Power,
    Profile,
    ProtocolRow,
    ProtocolValue,
    RankedRow,
    RowScores,
    Sensitivity,
)
from vsumbench.leaderboard.table import (
    Cell,
    Column,
    Comparison,
    Condition,
    Evidence,
    Interval,
    Judgement,
    Measured,
    OverRandom,
    Reported,
    Row,
    RowGroup,
    RunLink,
    Table,
    Verdict,
)
from vsumbench.records.record import Score
from vsumbench.testing.sealed import make_record, make_score, seal

PROTOCOLS = ("keyshot-meanuser", "peruser-2fps")
METHODS = (
    # id, title, printed τ, measured τ
    ("random", "Random", 0.0, 0.004),
    ("human", "Human", 0.205, 0.2051),
    ("vasnet", "VASNet", 0.16, 0.1602),
    ("pgl-sum", "PGL-SUM", 0.065, 0.1001),
    ("csta", "CSTA", 0.246, 0.2461),
    ("llmvs", "LLMVS", 0.253, 0.2527),
    ("dmasum", "DMASum", 0.063, None),
    ("ours", "Ours", 0.267, None),
)
RAN = tuple(name for name, _, _, measured in METHODS if measured is not None)


def columns(protocol: str = "keyshot-meanuser") -> tuple[Column, ...]:
    return tuple(
        Column(
            id=metric,
            title=title,
            dataset="summe",
            protocol=protocol,
            metric=metric,
            group="SumMe",
            scale="correlation",
        )
        for metric, title in (("kendall", "Kendall τ"), ("spearman", "Spearman ρ"))
    )


def condition(evidence: Evidence = "full") -> Condition:
    return Condition(
        edition="planted" if evidence == "planted" else "full",
        edition_version="1",
        preset="paper",
        split_set="canonical-nonoverlap",
        selection="inner-val",
        evidence=evidence,
        trained=True,
        evaluated=25,
        official=25,
    )


def _measured(value: float) -> Measured:
    return Measured(
        value=value,
        spread=0.0236,
        spread_over="folds",
        values=(value - 0.03, value + 0.01, value + 0.02),
        items=25,
        interval=Interval(low=value - 0.04, high=value + 0.05, videos=25),
        over_random=OverRandom(percent=132.4),
    )


def _comparison(name: str) -> Comparison | None:
    if name == "llmvs":
        return Comparison(best=True)
    if name in ("random", "human"):
        return None
    tied = name == "csta"
    return Comparison(
        difference=-0.0066 if tied else -0.1,
        interval=Interval(low=-0.03, high=0.02, videos=25),
        p=0.41 if tied else 0.0004,
        p_adjusted=0.41 if tied else 0.0012,
        videos=25,
        distinguishable=not tied,
    )


def _cell(i: int, column: Column, kind: str, protocol: str) -> Cell:
    name, _, printed, value = METHODS[i]
    shift = 0.03 if column.id == "spearman" else 0.0
    shift -= 0.02 * i if protocol != PROTOCOLS[0] else 0.0
    evidence: Evidence = "planted" if name == "vasnet" else "full"
    number = printed + (0.03 if column.id == "spearman" else 0.0)
    reported = Reported(
        text=f"{number:.3f}",
        value=number,
        scale="correlation",
        source=f"golden, Table 1, row '{name}'",
        protocol=protocol,
        quoted_from="Otani et al. 2019" if name == "human" else "",
        place={"ours": 1, "llmvs": 2}.get(name),  # type: ignore[arg-type]
    )
    cell = Cell(column=column.id, protocol=protocol, reported=reported if kind == "paper" else None)
    if value is None:
        verdict = Verdict(judgement=Judgement.NOT_RUN)
        return replace(cell, verdict=verdict if kind == "paper" else None)
    judged = kind == "paper" and evidence == "full"
    delta = value + shift - number
    inside = Judgement.WITHIN if abs(delta) < 0.005 else Judgement.OUTSIDE
    ranks = {"llmvs": 1, "csta": 2, "vasnet": 3, "pgl-sum": 4}
    return replace(
        cell,
        measured=_measured(value + shift),
        condition=condition(evidence),
        delta=delta if judged else None,
        verdict=Verdict(judgement=inside, tolerance=0.0005) if judged else None,
        rank=ranks.get(name),
        comparison=_comparison(name),
        runs=(RAN.index(name),),
        notes=(1,) if name == "csta" else (),
    )


def panels() -> Panels:
    videos = tuple(f"video_{i}" for i in range(1, 26))

    def scores(row: int, value: float) -> RowScores:
        return RowScores(
            row=row, values=tuple(value + 0.1 * math.sin(7.0 * row + 1.7 * i) for i in range(len(videos)))
        )

    def line(row: int, value: float) -> Line:
        return Line(row=row, values=(value, value + 0.03))

    profile = Profile(
        title="Over both metrics",
        shape="line",
        columns=("kendall", "spearman"),
        printed=tuple(line(i, METHODS[i][2]) for i in (2, 4, 5)),
        measured=tuple(line(i, METHODS[i][3] or 0.0) for i in (2, 4, 5)),
        tops=(0.267, 0.297),
    )
    return Panels(
        profiles=(
            profile,
            replace(profile, title="As a radar", shape="radar"),
            replace(profile, title="As bars", shape="bars"),
        ),
        distributions=(
            Distribution(
                column="kendall",
                videos=videos,
                rows=tuple(scores(i, METHODS[i][3] or 0.0) for i in (1, 2, 3, 4, 5)),
            ),
        ),
        critical_differences=(
            CriticalDifference(
                column="kendall",
                videos=25,
                rows=tuple(
                    RankedRow(row=row, mean_rank=rank)
                    for row, rank in ((5, 1.6), (4, 1.9), (2, 2.9), (3, 3.6))
                ),
                difference=0.94,
                friedman_p=0.0002,
                cliques=((0, 1), (2, 3)),
            ),
        ),
        paretos=(
            Pareto(
                cost_title="latency (ms a video)",
                quality="kendall",
                points=(
                    ParetoPoint(row=2, cost=1.2, quality=0.1602, front=True),
                    ParetoPoint(row=3, cost=9.0, quality=0.1001, front=False),
                    ParetoPoint(row=4, cost=14.0, quality=0.2461, front=True),
                    ParetoPoint(row=5, cost=410.0, quality=0.2527, front=True),
                ),
            ),
        ),
        sensitivity=Sensitivity(
            ways=tuple(
                ProtocolRow(
                    protocol=protocol,
                    metric="kendall",
                    split_set="canonical-nonoverlap",
                    selection="inner-val",
                    values=tuple(
                        ProtocolValue(row=row, value=0.3 - 0.05 * rank, rank=rank)
                        for row, rank in zip((5, 4, 2, 3), order, strict=True)
                    ),
                    tau=tau,
                )
                for protocol, order, tau in (
                    ("keyshot-meanuser", (1, 2, 3, 4), 1.0),
                    ("peruser-2fps", (2, 1, 4, 3), 0.33),
                    ("peruser-full", (3, 1, 4, 2), 0.0),
                )
            )
        ),
        agreement=Agreement(
            pairs=(
                MetricPair(
                    first="kendall", second="spearman", kendall=0.86, spearman=0.95, rows=8, source="printed"
                ),
                MetricPair(
                    first="kendall", second="spearman", kendall=-0.2, spearman=-0.4, rows=4, source="measured"
                ),
            )
        ),
        power=Power(columns=(Detectable(column="kendall", videos=25, deviation=0.09, difference=0.052),)),
    )


def run_folder(name: str) -> str:
    return f"{name}-summe"


def paper_board(**more: object) -> Table:
    """A paper's board with every kind of cell and every panel."""
    return replace(_board("paper", PROTOCOLS[0]), **more)  # type: ignore[arg-type]


def standing_board(protocol: str) -> Table:
    """One of the standing boards of one dataset and edition."""
    table = _board("standing", protocol)
    return replace(
        table,
        id=f"standing-summe-full-{protocol}",
        title=f"SumMe: {protocol}",
        label="",
        dataset="summe",
        edition="full",
        panels=Panels(),
        groups=tuple(
            replace(group, rows=tuple(row for row in group.rows if row.model in RAN))
            for group in table.groups
        ),
    )


def _board(kind: str, protocol: str) -> Table:
    found = columns(protocol)

    def row(i: int) -> Row:
        name, title, _, value = METHODS[i]
        return Row(
            title=title,
            model=name,
            reference=name in ("random", "human"),
            flags=("edition planted",) if name == "vasnet" else (),
            status="not run" if value is None else "",
            cells=tuple(_cell(i, column, kind, protocol) for column in found),
        )

    rows = [row(i) for i in range(len(METHODS))]
    return Table(
        id="golden-table-1",
        title="SumMe, rank correlation",
        caption="Rank correlation of predicted importance with human annotation.",
        kind="paper" if kind == "paper" else "standing",
        columns=found,
        groups=(
            RowGroup(title="Reference rows", rows=tuple(rows[:2])),
            RowGroup(title="Visual", rows=tuple(rows[2:6])),
            RowGroup(title="Visual and text", rows=tuple(rows[6:])),
        ),
        notes=("Mean of 3 runs.",),
        remarks=("A remark on the whole table.",),
        runs=tuple(
            RunLink(
                run=run_folder(name),
                folder=run_folder(name),
                command=f"vsumbench run --model {name} --dataset summe --seed 0",
                seed=0,
                digest=f"{i}" * 64,
            )
            for i, name in enumerate(RAN)
        ),
        source="A paper. Someone, 2025",
        url="https://example.org/paper",
        label="Table 1",
        panels=panels(),
    )


def write_runs(runs: Path) -> None:
    """The run folders behind these boards, with environment and scores by video."""
    for name, title, _, value in METHODS:
        if value is None:
            continue
        scores = [
            make_score(protocol, metric, value, folds=(value - 0.01, value + 0.01))
            for protocol in PROTOCOLS
            for metric in ("kendall", "spearman")
        ]
        record = make_record(name, "summe", scores, title=title, preset="paper", options={"lr": 0.001})
        files = {} if name == "human" else _files(scores)
        digests = {path: hashlib.sha256(text.encode()).hexdigest() for path, text in files.items()}
        folder = seal(runs, replace(record, files=digests), run_folder(name))
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")


def _files(scores: Sequence[Score]) -> dict[str, str]:
    """Path → content; a folder of which the record alone is left has none."""
    files = {"environment.json": json.dumps({"python": "3.11", "packages": {"numpy": "2"}})}
    for score in scores:
        assert score.value is not None
        lines = [
            f"split{i % 5},video_{i},{'' if i == 3 else round(score.value + 0.1 * math.sin(i), 6)}"
            for i in range(1, 26)
        ]
        files[f"scores/{score.protocol}/{score.metric}.csv"] = "\n".join(
            [f"fold,id,{score.metric}", *lines, ""]
        )
    return files
