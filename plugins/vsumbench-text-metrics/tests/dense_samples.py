"""Annotations and summaries of dense captioning, from the layout of ActivityNet Captions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from vsumbench_text_metrics import coco

from vsumbench.contracts import Annotations, CorpusScore, Link, Summary, TextItem, TimedText, Video

Captions = Sequence[tuple[float, float, str]]


def video_named(name: str, seconds: float = 100.0) -> Video:
    steps = max(1, int(seconds))
    return Video(id=name, duration=seconds, fps=1.0, n_frames=steps, picks=np.arange(steps))


def annotations_of(name: str, *files: Captions) -> Annotations:
    captions = tuple(tuple(TimedText(start=a, end=b, text=text) for a, b, text in file) for file in files)
    return Annotations(video_id=name, captions=captions)


def summary_of(name: str, captions: Captions) -> Summary:
    """The sentences joined by a space, each linked to its segment; an empty one has no link."""
    text, links = "", []
    for number, (_, _, sentence) in enumerate(captions):
        text += " " if text else ""
        if sentence:
            links.append(Link(len(text), len(text) + len(sentence), number))
        text += sentence
    spans = np.array([caption[:2] for caption in captions], dtype=np.float64).reshape(-1, 2)
    return Summary(video_id=name, segments=spans, text=text, links=tuple(links))


def references_in(files: Sequence[Mapping[str, Any]], name: str) -> Annotations:
    """The captions of one video in files of ActivityNet Captions."""
    return annotations_of(name, *(_triples(file[name]) for file in files if name in file))


def predictions_in(results: Mapping[str, Any], name: str) -> Summary:
    """The captions predicted for one video in a file of results."""
    return summary_of(name, [(*found["timestamp"], found["sentence"]) for found in results[name]])


def _triples(entry: Mapping[str, Any]) -> Captions:
    return [(*span, text) for span, text in zip(entry["timestamps"], entry["sentences"], strict=True)]


def scored(
    metrics: Sequence[str], corpora: Sequence[Sequence[TextItem]]
) -> Sequence[Mapping[str, CorpusScore]]:
    """Each corpus alone, through one process of Java."""
    return coco.score.many(metrics, corpora)
