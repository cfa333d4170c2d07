"""What a user asks for, before anything is looked up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """One run as asked. None and `auto` leave a choice to the harness, which says what it chose.

    Attributes:
        model: `name`, `name@variant`, `module:SPEC` or `./file.py:SPEC`.
        dataset: a dataset name, or likewise a spec to load.
        edition: `auto`, or an edition id.
        preset: `auto`, or a preset id.
        split_set, selection: the setting; None for the dataset's defaults.
        select_by: metric that the checkpoint is chosen by, under selection rules that look at samples; empty
            for that of the model.
        protocols: protocol names; empty for the dataset's defaults that model and edition can serve.
        metrics: metric names; empty for each protocol's own.
        options_file: YAML mapping of options.
        overrides: `key=value` options.
        seed: root seed.
        repetitions: how often the summaries are drawn; None for the model's default.
        device: `auto`, `cpu`, `cuda`, `cuda:1`, …
        dtype: `float32`, `bfloat16` or `float64`.
        data_root: None for the environment's or the platform's.
        runs: folder of run folders.
        predict_only: stop after predictions.
        features: extractors whose features the model is given, `name` or `name[argument]`.
        ablate_input: empty, or how the model's input is spoilt (`shuffle-pairs`, `permute-time`).
    """

    model: str
    dataset: str
    edition: str = "auto"
    preset: str = "auto"
    split_set: str | None = None
    selection: str | None = None
    select_by: str = ""
    protocols: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    options_file: Path | None = None
    overrides: tuple[str, ...] = ()
    seed: int = 0
    repetitions: int | None = None
    device: str = "auto"
    dtype: str = "float32"
    data_root: Path | None = None
    runs: Path = Path("runs")
    predict_only: bool = False
    ablate_input: str = ""
    features: tuple[str, ...] = ()
