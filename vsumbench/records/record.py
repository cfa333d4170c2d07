"""The sealed result of a run: small, versioned, self-describing. Its presence means the run is complete.

Everything that differs between two runs of the same work (clock times, measured cost, digests of files that
hold them) stands under `timing`; the rest of the record of a resumed run equals that of an uninterrupted one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from vsumbench.errors import RecordError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

SCHEMA = 1
RECORD_FILE = "record.json"
ABLATED_INPUTS = {"shuffle-pairs": "shuffled pairs", "permute-time": "permuted time"}
"""Ways to spoil a model's input (`--ablate-input`), and the words a table says them in."""
WARM_UP, TIMED = 10, 50
"""Videos that should be left out of a latency as warm-up, and be timed after it, where there are as many."""


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """Which method ran. `options` are the composed values.

    `reference_row` marks rows that saw annotations of the test videos, `baseline` floors that look at
    nothing; `set_by_hand` names options given by the user that differ from the variant's and preset's own;
    `ablated` is the way its input was spoilt, if it was; `weights` are digests of what the preset stands on,
    by id.
    """

    id: str
    title: str
    variant: str | None
    preset: str | None
    options: Mapping[str, Any]
    distribution: str
    version: str
    source_digest: str
    trainable: bool
    reference_row: bool
    baseline: bool = False
    set_by_hand: tuple[str, ...] = ()
    ablated: str = ""
    weights: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class DatasetFacts:
    """Which data it ran on.

    `features` are those the model was offered: name → the extractor that wrote it, where it is known.
    """

    id: str
    title: str
    edition: str
    edition_version: str
    fingerprint: str
    distribution: str
    version: str
    features: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SettingFacts:
    """Who trained and who was tested.

    Attributes:
        selected_by: what chose the checkpoint, `PROTOCOL/METRIC` or what the model says it used instead;
            empty where nothing did.
    """

    split_set: str
    split_digest: str
    selection: str
    folds: int
    selected_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How much of the official split was evaluated; `missing` are test ids whose data were not there.

    `missing_training` are ids that would have trained the model, or chosen its checkpoint.
    """

    evaluated: int
    official: int
    missing: tuple[str, ...] = ()
    missing_training: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """Evaluated share of the official split, 0 to 1."""
        return self.evaluated / self.official if self.official else 0.0


@dataclass(frozen=True, kw_only=True)
class Score:
    """One number and what it is. `value` is None where it is undefined, with the reason.

    Attributes:
        metric: metric id, with a bracketed aggregate where it is not the protocol's own (`f1[max]`).
        folds: the value of each fold, in order; None where undefined.
        items: videos that entered (summed over folds).
        undefined_prediction: values that counted as no skill because the prediction made them undefined.
        undefined_reference: values left out because the reference made them undefined.
        score_digest: identity of this number: prediction digest, protocol, metric, scorer source.
    """

    protocol: str
    protocol_version: str
    metric: str
    metric_version: str
    scale: str
    direction: str
    value: float | None
    reason: str = ""
    folds: tuple[float | None, ...] = ()
    items: int = 0
    undefined_prediction: int = 0
    undefined_reference: int = 0
    note: str = ""
    score_digest: str = ""


@dataclass(frozen=True, kw_only=True)
class Latency:
    """How long one video took, in seconds: reading it included, batched as the model batches.

    Attributes:
        median, p90, mean: over videos (and repetitions), after warm-up.
        token: a generated token, on average over all of them; None where no tokens were counted.
        token_median, token_p90: over videos, the time of each divided by its tokens.
        videos: how many values these are of; `warm_up` more were left out.
    """

    median: float
    p90: float
    mean: float
    token: float | None = None
    token_median: float | None = None
    token_p90: float | None = None
    videos: int = 0
    warm_up: int = 0


@dataclass(frozen=True, kw_only=True)
class Timing:
    """What differs between two runs of the same work.

    Attributes:
        fit_seconds: wall clock of training, summed over folds; None if nothing was trained.
        fit_device_seconds: the same times the processes that trained, each on a device of its own.
        fit_processes: how many processes trained; the most, where folds differ.
        fit_whole: every training was timed from beginning to end; False where one went on after an
            interruption, whose time before that is not in it; None in records that do not say.
        machine: what the times were taken on, in words.
        memory_mib, device_memory_mib: the most the (first) process held, resident and on its CUDA device.
        files: sha256 of the files of the run folder that hold times.
    """

    started: str = ""
    finished: str = ""
    fit_seconds: float | None = None
    fit_device_seconds: float | None = None
    fit_processes: int | None = None
    fit_whole: bool | None = None
    summarize_seconds: float | None = None
    latency: Latency | None = None
    machine: str = ""
    memory_mib: float | None = None
    device_memory_mib: float | None = None
    resumed: int = 0
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """The record of one run. `status` is `complete`, or `predicted` after `--predict-only`.

    `evidence` is the evidence level of its numbers: `planted`, `sample` (part of the real data) or `full`.
    `files` maps each file of the run folder, by relative path, to its sha256.
    """

    run: str
    status: Literal["complete", "predicted"]
    prediction_digest: str
    model: ModelFacts
    dataset: DatasetFacts
    setting: SettingFacts
    tasks: tuple[str, ...]
    seed: int
    repetitions: int
    device: str
    dtype: str
    coverage: Coverage
    evidence: Literal["planted", "sample", "full"]
    scores: tuple[Score, ...]
    versions: Mapping[str, str]
    command: str
    files: Mapping[str, str]
    timing: Timing = Timing()
    fit: tuple[Mapping[str, Any], ...] = ()
    schema: int = SCHEMA

    def to_json(self) -> str:
        """Canonical, readable JSON."""
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


@cache
def _adapter() -> TypeAdapter[RunRecord]:
    from pydantic import TypeAdapter

    return TypeAdapter(RunRecord)


def load_record(folder: Path) -> RunRecord:
    """Read the sealed record of a run folder.

    Raises:
        RecordError: no record (the run did not finish), or one that cannot be read or is of a newer schema.
    """
    from pydantic import ValidationError

    path = folder / RECORD_FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        what = "is not a sealed run: it has no record.json" if folder.is_dir() else "does not exist"
        raise RecordError(
            f"{folder} {what}.", "Finish it by repeating its `vsumbench run` command."
        ) from None
    except (OSError, ValueError) as error:
        raise RecordError(f"{path} cannot be read: {error}.", "Repeat the run to seal it again.") from None
    schema = content.get("schema") if isinstance(content, dict) else None
    if not isinstance(schema, int) or schema > SCHEMA:
        raise RecordError(
            f"{path} has record schema {schema!r}; this vsumbench reads up to {SCHEMA}.", "Upgrade vsumbench."
        )
    try:
        return _adapter().validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RecordError(
            f"{path}: {where}: {first['msg']}.", "The record was changed after it was sealed."
        ) from None
