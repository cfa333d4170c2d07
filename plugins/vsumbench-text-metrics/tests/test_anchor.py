"""The agreement of two people on 4,000 real videos, to the printed digits (protocols.md section h)."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from vsumbench_text_metrics import coco, nist, rouge, sacre
from vsumbench_text_metrics.protocols import PARAGRAPH_JOINED

from vsumbench.contracts import Annotations, CorpusScore, Summary, TextItem, TimedText, Video

HUMAN = {
    "bleu4": 5.30,
    "meteor": 14.69,
    "rougeL-coco": 25.84,
    "cider": 25.54,
    "rouge1": 37.02,
    "rouge2": 11.07,
    "rougeL": 27.16,
    "sacrebleu": 5.87,
    "nist": 2.34,
}

FOLDER = (
    Path(os.environ.get("VSUMBENCH_SHARED", Path(__file__).resolve().parents[3].parent / "shared"))
    / "data"
    / "activitynet_captions"
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not (FOLDER / "val_1.json").is_file(), reason="no captions below VSUMBENCH_SHARED"),
    pytest.mark.skipif(shutil.which("java") is None, reason="no java on PATH"),
]


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def human() -> Mapping[str, CorpusScore]:
    import numpy as np

    said, reference = read("val_1.json"), read("val_2.json")
    items = []
    for name in sorted(set(said) & set(reference))[:4000]:
        length = float(reference[name]["duration"])
        video = Video(id=name, duration=length, fps=1.0, n_frames=int(length), picks=np.arange(int(length)))
        captions = tuple(
            TimedText(start=start, end=end, text=text)
            for (start, end), text in zip(
                reference[name]["timestamps"], reference[name]["sentences"], strict=True
            )
        )
        annotations = Annotations(video_id=name, captions=(captions,))
        references = PARAGRAPH_JOINED.references(video, annotations, {})
        assert isinstance(references, tuple)
        text = " ".join(sentence.strip() for sentence in said[name]["sentences"])
        items.append(
            TextItem(name, PARAGRAPH_JOINED.prediction(Summary(video_id=name, text=text), {}), references)
        )
    assert len(items) == 4000
    return {
        **coco.score(coco.METRICS, items),
        **rouge.score(rouge.METRICS, items),
        **sacre.score(["sacrebleu"], items),
        **nist.score(["nist"], items),
    }


@pytest.mark.parametrize("metric", HUMAN)
def test_human_agreement_is_the_measured_one(metric: str, human: Mapping[str, CorpusScore]) -> None:
    value = human[metric].value
    assert isinstance(value, float)
    assert f"{value:.2f}" == f"{HUMAN[metric]:.2f}"


def test_the_mean_of_per_item_meteor_is_another_number(human: Mapping[str, CorpusScore]) -> None:
    values = [value for value in human["meteor"].items if isinstance(value, float)]
    assert f"{sum(values) / len(values):.2f}" == "15.59"
