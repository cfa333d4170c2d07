"""Generated records that show every kind of cell: the material of the golden renderings. Values are made up.

`python tests/golden/sample_runs.py FOLDER` writes them,
`vsumbench leaderboard build --runs FOLDER` shows them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from vsumbench.records.record import RunRecord, Score
from vsumbench.testing.sealed import make_record, make_score, seal


def _rank_scores(protocol: str, tau: float, rho: float, **more: object) -> list[Score]:
    spread = (-0.031, 0.012, 0.024, -0.017, 0.012)
    return [
        make_score(protocol, metric, value, folds=[round(value + d, 4) for d in spread], **more)
        for metric, value in (("kendall", tau), ("spearman", rho))
    ]


def sample_records() -> Iterator[RunRecord]:
    """Records of every kind a board must tell apart."""
    human = {
        "trainable": False,
        "reference_row": True,
        "edition": "annotations",
        "selection": "none",
        "title": "Human",
    }
    yield make_record("human", "summe", _rank_scores("human-pairwise", 0.2051, 0.2126), **human)
    yield make_record(
        *("human", "tvsum", _rank_scores("human-pairwise", 0.1774, 0.2042)), **human, coverage=(50, 50)
    )
    floor = {"trainable": False, "baseline": True, "selection": "none", "title": "Random"}
    yield make_record("random", "summe", _rank_scores("peruser-full", 0.0003, -0.0002), **floor)
    yield make_record("random", "summe", _rank_scores("keyshot-meanuser", 0.0041, 0.0037), **floor, seed=1)
    # A method with presets, three seeds, within on one dataset and outside on the other.
    for seed, (tau, rho) in enumerate([(0.2455, 0.2737), (0.2461, 0.2742), (0.2466, 0.2744)]):
        yield make_record(
            *("csta", "summe", _rank_scores("keyshot-meanuser", tau, rho)),
            title="CSTA",
            preset="paper",
            seed=seed,
        )
    yield make_record(
        *("csta", "tvsum", _rank_scores("peruser-2fps", 0.1781, 0.2402, undefined_reference=3)),
        title="CSTA",
        preset="paper",
        coverage=(48, 50),
    )
    # Chosen on the test fold.
    yield make_record(
        *("csta", "summe", _rank_scores("keyshot-meanuser", 0.2633, 0.2911)),
        title="CSTA",
        preset="paper",
        selection="best-test-epoch",
    )
    yield make_record(
        *("llmvs", "summe", _rank_scores("keyshot-meanuser", 0.2527, 0.2822)),
        title="LLMVS",
        preset="paper",
        selection="best-test-epoch",
    )
    # Another protocol, or an unknown one.
    yield make_record("sspvs", "summe", _rank_scores("keyshot-meanuser", 0.1405, 0.1570), title="SSPVS")
    yield make_record(
        "vasnet", "tvsum", _rank_scores("peruser-2fps", 0.1602, 0.2094), title="VASNet", coverage=(50, 50)
    )
    yield make_record("pgl-sum", "summe", _rank_scores("peruser-2fps", 0.1001, 0.1201), title="PGL-SUM")
    # Undefined because the prediction is constant.
    why = "every score of video_3 is the same"
    yield make_record(
        *("dmasum", "summe"),
        [make_score("keyshot-meanuser", metric, None, reason=why) for metric in ("kendall", "spearman")],
        title="DMASum",
    )
    # Planted data and tiny presets.
    for name, model, preset, tau, rho in (
        ("Ours", "mllm-csta", "tiny", 0.412, 0.531),
        ("CSTA", "csta", "tiny", 0.377, 0.489),
        ("My model", "mymodel", None, 0.421, 0.547),
    ):
        variant = "importance-score" if model == "mllm-csta" else None
        more = {"undefined_prediction": 2} if model == "mymodel" else {}
        yield make_record(
            *(model, "summe", _rank_scores("keyshot-meanuser", tau, rho, **more)),
            title=name,
            variant=variant,
            preset=preset,
            edition="planted",
        )
    yield make_record(
        *("mymodel", "summe", _rank_scores("keyshot-meanuser", 0.2588, 0.2874)),
        title="My model",
        options={"lr": 0.001},
    )
    yield make_record(
        *("mymodel", "summe", _rank_scores("keyshot-meanuser", 0.2410, 0.2702)),
        title="My model",
        options={"lr": 0.01},
    )
    text = [
        make_score("paragraph", metric, value, scale="percent", items=4000)
        for metric, value in (("bleu4", 5.83), ("meteor", 12.21), ("rougeL-coco", 25.14), ("cider", 22.4))
    ]
    video = [
        make_score("videoxum-top15", "f1", 23.46, scale="percent", items=4000),
        make_score("videoxum-meanuser", "spearman", 0.2579, items=4000),
        make_score("videoxum-meanuser", "kendall", 0.1958, items=4000),
    ]
    yield make_record(
        *("vtsum-blip", "videoxum", [*text, *video]),
        title="VTSUM-BLIP",
        variant="tt-ca",
        preset="paper",
        split_set="official",
        selection="validation",
        coverage=(3874, 4000),
    )
    yield make_record(
        *("v2xum-llama", "videoxum", [make_score("videoxum-top15", "f1", 27.9, scale="percent", items=4000)]),
        title="V2Xum-LLaMA",
        variant="7b",
        preset="paper",
        split_set="official",
        selection="last-epoch",
        coverage=(4000, 4000),
    )


def write_sample(runs: Path) -> None:
    """Seal all of them under `runs`."""
    for number, record in enumerate(sample_records()):
        seal(runs, record, f"{number:02d}-{record.model.id}-{record.dataset.id}")


if __name__ == "__main__":
    write_sample(Path(sys.argv[1]))
