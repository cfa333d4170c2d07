"""Score predictions made elsewhere: a neutral JSONL file against a dataset, or against references of one's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..contracts import (
    Annotations,
    Dataset,
    EditionStatus,
    Fold,
    ProtocolSpec,
    Summary,
    Video,
    check_summary,
)
from ..data.checks import check_change_points, check_picks
from ..data.editions import resolve_edition
from ..data.roots import resolve_data_root
from ..errors import (
    DataDamagedError,
    DuplicateIdError,
    MismatchError,
    MissingPredictionError,
    PredictionError,
    UnknownSettingError,
    UsageError,
    close_matches,
)
from ..plugins import Plugins
from ..records.predictions import Number, PredictionLine, Whole, numbered_json_lines, read_predictions
from ..records.record import Score
from .aggregate import summarise_scores
from .building import contained
from .evaluation import Evaluator
from .matching import Column, protocol_gaps
from .plan import chosen_split_set, official_videos
from .scoring_run import nothing_shown

ALL = "all"
"""The one fold of a file without folds."""
SCHEMA_ID = "vsumbench-reference-1"


class ReferenceLine(BaseModel):
    """One video's references. `text` or `texts` for text; the others for importance and selections."""

    model_config = ConfigDict(extra="forbid", title=SCHEMA_ID)
    id: str = Field(min_length=1, description="Video id.")
    text: str | None = Field(default=None, description="The reference text.")
    texts: list[str] = Field(default_factory=list, description="Several reference texts.")
    fps: Annotated[float, Field(gt=0, allow_inf_nan=False, strict=True)] = Field(
        default=1.0, description="Native frame rate."
    )
    n_frames: Whole | None = Field(default=None, ge=1, description="Native frames; by default from the rows.")
    picks: list[Whole] | None = Field(default=None, description="Sampled steps; every frame by default.")
    change_points: list[tuple[Whole, Whole]] | None = Field(
        default=None, description="Shots, both ends inclusive."
    )
    grid: Literal["frames", "picks"] = Field(default="frames", description="Time base of the rows.")
    importance: list[list[Number]] | None = Field(default=None, description="One row an annotator.")
    user_summaries: list[list[Literal[0, 1, False, True]]] | None = Field(
        default=None, description="One row of 0 and 1 an annotator."
    )

    def sample(self) -> tuple[Video, Annotations]:
        """The video these references belong to, as far as it is known, and its annotations."""
        lengths = {len(row) for row in self.importance or ()} | {
            len(row) for row in self.user_summaries or ()
        }
        if len(lengths) > 1:
            raise DataDamagedError(
                f"references of {self.id!r}: rows have different lengths: {sorted(lengths)}."
            )
        on_frames = max(lengths, default=1) if self.grid == "frames" else 1
        n_frames = self.n_frames or max(on_frames, (max(self.picks) + 1) if self.picks else 1)
        where = f"references of {self.id!r}"
        picks = np.arange(n_frames) if self.picks is None else np.asarray(self.picks, dtype=np.int64)
        check_picks(picks, n_frames, where)
        shots = None if self.change_points is None else np.asarray(self.change_points, dtype=np.int64)
        if shots is not None:
            check_change_points(shots, n_frames, where)
        video = Video(
            id=self.id,
            duration=n_frames / self.fps,
            fps=self.fps,
            n_frames=n_frames,
            picks=picks,
            change_points=shots,
        )
        annotations = Annotations(
            video_id=self.id,
            importance=None if self.importance is None else np.asarray(self.importance, dtype=np.float64),
            grid=self.grid,
            user_summaries=None
            if self.user_summaries is None
            else np.asarray(self.user_summaries, dtype=np.bool_),
            texts=tuple(self.texts) + ((self.text,) if self.text is not None else ()),
            captions=(),
        )
        return video, annotations


def reference_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of one line of a reference file; published in `docs/reference/reference.schema.json`."""
    schema = ReferenceLine.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["$id"] = SCHEMA_ID
    return schema


@dataclass
class ReferenceFile:
    """References of one's own, read as a dataset of one fold."""

    samples: Mapping[str, tuple[Video, Annotations]] = field(repr=False)

    def status(self) -> EditionStatus:
        """Every id is present."""
        return EditionStatus(present=self.video_ids())

    def fingerprint(self) -> str:
        """References given by hand have no published identity."""
        return ""

    def video_ids(self) -> tuple[str, ...]:
        """Ids in the order of the file."""
        return tuple(self.samples)

    def folds(self, split_set: str) -> tuple[Fold, ...]:
        """One fold: everything is tested."""
        return (Fold(ALL, (), self.video_ids()),)

    def video(self, video_id: str) -> Video:
        """The video as far as the references describe it."""
        return self.samples[video_id][0]

    def annotations(self, video_id: str) -> Annotations:
        """Its references."""
        return self.samples[video_id][1]


def read_references(path: Path) -> ReferenceFile:
    """Read a reference file.

    Raises:
        DataMissingError, DataDamagedError: no such file, or a line that is not JSON or not a reference.
        DuplicateIdError: two lines of one id.
    """
    samples: dict[str, tuple[Video, Annotations]] = {}
    for number, content in numbered_json_lines(path):
        try:
            line = ReferenceLine.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            near = (
                close_matches(key, ReferenceLine.model_fields) if first["type"] == "extra_forbidden" else []
            )
            hint = f"Did you mean {near[0]!r}?" if near else ""
            raise DataDamagedError(f"{path}, line {number}: {key}: {first['msg']}.", hint) from None
        if line.id in samples:
            raise DuplicateIdError(
                f"{path}, line {number}: id {line.id!r} stands twice.", "Use `texts` for several."
            )
        samples[line.id] = line.sample()
    if not samples:
        raise DataDamagedError(f"{path} holds no references.", 'Write one {"id": …, "text": …} a line.')
    return ReferenceFile(samples)


def read_external(path: Path) -> list[PredictionLine]:
    """Read a prediction file made elsewhere; each (fold, repetition, id, annotator) once.

    Raises:
        DuplicateIdError: two predictions of one video.
        PredictionError: a line that cannot be scored, or no line at all.
    """
    lines: list[PredictionLine] = []
    seen: set[tuple[str, int, str, int | None]] = set()
    for line in read_predictions(path):
        key = (line.fold, line.repetition, line.id, line.annotator)
        if key in seen:
            raise DuplicateIdError(
                f"{path}: id {line.id!r} stands twice.",
                "Keep one prediction a video, or number the repetitions.",
            )
        seen.add(key)
        lines.append(line)
    if not lines:
        raise PredictionError(f"{path} holds no predictions.", 'Write one {"id": …, "text": …} a line.')
    return lines


@dataclass(frozen=True)
class ExternalScores:
    """Scores of an external file, with how many of the references' videos it covers."""

    scores: tuple[Score, ...]
    evaluated: int
    official: int
    missing: tuple[str, ...]


def score_external(
    lines: Sequence[PredictionLine],
    dataset: Dataset,
    folds: Sequence[Fold],
    columns: Iterable[Column],
    plugins: Plugins,
    *,
    common: bool = False,
    official: int | None = None,
) -> ExternalScores:
    """Score predictions on the test videos of `folds`. With `common`, on those that have a prediction.

    `official` is how many videos the split tests where some of their data are missing.

    Raises:
        PredictionError: an id without references.
        MissingPredictionError: a test video without a prediction, unless `common`.
    """
    tested = {video for fold in folds for video in fold.test}
    given = {line.id for line in lines}
    if unknown := sorted(given - tested):
        near = close_matches(unknown[0], tested)
        raise PredictionError(
            f"{len(unknown)} predicted ids have no reference, the first is {unknown[0]!r}.",
            f"Did you mean {near[0]!r}?" if near else "Check that both files use the same ids.",
        )
    missing = sorted(tested - given)
    if missing and not common:
        raise MissingPredictionError(
            f"{len(missing)} of {len(tested)} test videos have no prediction, the first is {missing[0]!r}.",
            "Predict them, or score the common videos alone with --common (the coverage is printed).",
        )
    if common:
        folds = [Fold(f.name, f.train, tuple(v for v in f.test if v in given), f.validation) for f in folds]
        folds = [fold for fold in folds if fold.test]
    _check_folds(lines, folds)
    by_fold = {fold.name: _lines_of(lines, fold, len(folds)) for fold in folds}
    _check_complete(by_fold, folds, common)
    scores: list[Score] = []
    for column in columns:
        evaluator = Evaluator(dataset, column.protocol, column.metrics, plugins)
        with contained(f"scoring under protocol {column.protocol.id!r}", logged=False):
            rows = (
                _text_rows(evaluator, by_fold)
                if evaluator.is_text
                else _item_rows(evaluator, by_fold, dataset)
            )
        for metric in column.metrics:
            scores += summarise_scores(column.protocol, metric, [f.name for f in folds], rows[metric.id], "")
    return ExternalScores(tuple(scores), len(given), official or len(tested), tuple(missing))


def _check_folds(lines: Sequence[PredictionLine], folds: Sequence[Fold]) -> None:
    """Refuse a fold name nobody knows: its lines would go nowhere. With one fold, any name will do."""
    known = [fold.name for fold in folds]
    for name in dict.fromkeys(line.fold for line in lines if line.fold):
        if len(known) > 1 and name not in known:
            raise UnknownSettingError.about(
                "fold", name, known, where="vsumbench score --help", extra=f"Folds: {', '.join(known)}."
            )


def _check_complete(
    by_fold: Mapping[str, Sequence[PredictionLine]], folds: Sequence[Fold], common: bool
) -> None:
    """Refuse a fold, or a repetition of it, that lacks videos; with `common`, a ragged repetition."""
    for fold in folds:
        draws: dict[int, set[str]] = {} if common else {0: set()}
        for line in by_fold[fold.name]:
            draws.setdefault(line.repetition, set()).add(line.id)
        for repetition, given in draws.items():
            if missing := sorted(set(fold.test) - given):
                raise MissingPredictionError(
                    f"fold {fold.name!r}, repetition {repetition}: {len(missing)} of {len(fold.test)} videos "
                    f"have no prediction, the first is {missing[0]!r}.",
                    "Each repetition of a fold must have them all.",
                )


def _lines_of(lines: Sequence[PredictionLine], fold: Fold, folds: int) -> list[PredictionLine]:
    """A line without a fold belongs to every fold that tests its video; where folds are named, to its own."""
    tested = set(fold.test)
    return [
        line
        for line in lines
        if line.id in tested and (not line.fold or folds == 1 or line.fold == fold.name)
    ]


def _item_rows(
    evaluator: Evaluator, by_fold: Mapping[str, Sequence[PredictionLine]], dataset: Dataset
) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {metric.id: [] for metric in evaluator.metrics}
    for fold, lines in by_fold.items():
        for line in lines:
            summary = line.summary()
            check_summary(summary, dataset.video(line.id))
            if summary.importance is None and summary.segments is None:
                raise nothing_shown(line, evaluator.protocol)
            for name, score in evaluator.score_item(summary, evaluator.metrics).items():
                rows[name].append({"fold": fold, "id": line.id} | score.to_json())
    return rows


def _text_rows(
    evaluator: Evaluator, by_fold: Mapping[str, Sequence[PredictionLine]]
) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {metric.id: [] for metric in evaluator.metrics}
    for fold, lines in by_fold.items():
        corpora: dict[tuple[int, int | None], list[Summary]] = {}
        for line in lines:
            if line.text is None:
                raise PredictionError(
                    f"the prediction for {line.id!r} has no text, which protocol {evaluator.protocol.id!r} compares.",
                    'Write {"id": …, "text": …} a line.',
                )
            corpora.setdefault((line.repetition, line.annotator), []).append(line.summary())
        for summaries in corpora.values():
            result = evaluator.score_corpus(summaries, evaluator.metrics)
            for name in result.scores:
                rows[name].append({"fold": fold} | result.line(name))
    return rows


@dataclass(frozen=True)
class OpenedDataset:
    """The dataset a prediction file belongs to, its folds as far as they are there, and what must be said."""

    dataset: Dataset
    folds: tuple[Fold, ...]
    official: int
    notices: tuple[str, ...]


def open_dataset(
    plugins: Plugins,
    name: str,
    edition: str,
    split_set: str | None,
    data_root: Path | None,
    protocols: Sequence[ProtocolSpec],
) -> OpenedDataset:
    """Find and open the dataset a prediction file belongs to.

    Raises:
        UnknownNameError, DataMissingError: no such dataset, edition or split set, or no data.
        MismatchError: a protocol the edition cannot serve.
    """
    spec = plugins.dataset(name)
    resolved = resolve_edition(
        spec,
        resolve_data_root(data_root),
        edition,
        load=lambda dotted: plugins.load(dotted, what=f"dataset {spec.id!r}"),
    )
    there = frozenset(resolved.status.present)
    split = spec.split_set(chosen_split_set(spec, split_set))
    assert split is not None
    published = resolved.dataset.folds(split.id)
    folds = tuple(
        Fold(fold.name, (), tuple(video for video in fold.test if video in there)) for fold in published
    )
    provides = resolved.edition.provides
    if not protocols:
        raise UsageError(
            "--dataset needs --protocol.",
            f"Its defaults are {', '.join(spec.default_protocols)}; name one or more.",
        )
    for protocol in protocols:
        if protocol.datasets and spec.id not in protocol.datasets:
            raise MismatchError(
                f"protocol {protocol.id!r} is defined for {', '.join(protocol.datasets)}, not for {spec.id!r}.",
                f"See `vsumbench info {spec.id}` for its protocols.",
            )
        if gaps := protocol_gaps(protocol.requires, provides):
            raise MismatchError(
                f"protocol {protocol.id!r} needs {' and '.join(gaps)}, which edition {resolved.edition.id!r} of "
                f"{spec.id!r} does not have.",
                "See `vsumbench list protocols`.",
            )
    official = official_videos(split, resolved, published)
    return OpenedDataset(resolved.dataset, folds, official, resolved.notices)
