"""Which value of an option does best on validation: what the paper's grid search and cross-validation end in.

    vsumbench sweep plugins/vsumbench-milora/sweeps/rank-share.yaml --runs grid
    python -m vsumbench_milora.choosing grid rank_share

Only what training itself noted is read, the validation score of each epoch in `fit.json`; test scores are
never opened.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsumbench.contracts import Selection
from vsumbench.errors import DataDamagedError, MismatchError, VsumbenchError

FOLD = "cross_validation_fold"
"""The option that may differ beside the one to be chosen: its values are averaged over, as are seeds."""


@dataclass(frozen=True)
class Choice:
    """A value of the option and what it got.

    Attributes:
        value: of the option.
        scores: the best validation score of each of its runs, higher is better: ROUGE-L, or minus the loss a
            token.
    """

    value: Any
    scores: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Over its runs."""
        return statistics.fmean(self.scores)


def choices(folders: Iterable[Path], option: str) -> list[Choice]:
    """The values of an option from the best to the worst. Of equal ones the smaller comes first.

    Args:
        folders: sealed run folders of `milora`.
        option: that they differ in.

    Raises:
        MismatchError: no runs, runs without validation scores or with scores of test videos, runs that differ
            in something else, or values that were run unequally often, on other folds or with other seeds.
        DataDamagedError: a record that cannot be read.
    """
    scores: dict[str, list[float]] = {}
    values: dict[str, Any] = {}
    parts: dict[str, list[tuple[Any, ...]]] = {}
    setting: dict[str, Any] | None = None
    for folder in sorted(folders):
        own, given, seed = _setting(folder)
        if option not in given:
            raise MismatchError(f"{folder} has no option {option!r}.", "See `vsumbench info milora`.")
        value = given.pop(option)
        part = (given.pop(FOLD, None), seed)
        own |= {"options": given}
        if setting is not None and own != setting:
            changed = sorted(name for name in own if own[name] != setting[name])
            raise MismatchError(
                f"{folder} differs from the runs before it in {', '.join(changed)} beside {option}.",
                "Name a folder that holds the runs of one sweep.",
            )
        setting = own
        # A value may be a list, such as ranks, or nothing, such as no top_k.
        name = json.dumps(value)
        values[name] = value
        scores.setdefault(name, []).append(_best(folder))
        parts.setdefault(name, []).append(part)
    if not scores:
        raise MismatchError("there are no sealed runs there.", "Run the sweep first.")
    if len({len(found) for found in scores.values()}) > 1:
        counted = ", ".join(f"{values[name]!r}: {len(found)}" for name, found in scores.items())
        raise MismatchError(
            f"values of {option} were run unequally often ({counted}), so their means say little.",
            "Finish the sweep.",
        )
    if len({tuple(sorted(map(repr, own_parts))) for own_parts in parts.values()}) > 1:
        raise MismatchError(
            f"values of {option} were run on other folds or with other seeds, so their means say little.",
            "Run each value with the same.",
        )
    found = [Choice(values[name], tuple(own_scores)) for name, own_scores in scores.items()]
    return sorted(found, key=lambda choice: (-choice.mean, _order(choice.value)))


def _order(value: Any) -> tuple[Any, ...]:
    """Nothing before numbers before the rest, each by size."""
    if value is None:
        return (0,)
    return (1, value) if isinstance(value, int | float) else (2, str(value))


def _setting(folder: Path) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """What runs of one sweep have in common, and options and seed of this one, from `record.json`."""
    path = folder / "record.json"
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        model, data, setting = record["model"], record["dataset"], record["setting"]
        common = {
            "model": (model["id"], model["variant"]),
            "source": model["source_digest"],
            "data": (data["id"], data["edition"]),
            "selection": setting["selection"],
        }
        options, seed = dict(model["options"]), record["seed"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataDamagedError(f"{path} is no record of a run: {error}.", "Run it again.") from None
    if common["selection"] == Selection.BEST_TEST_EPOCH:
        raise MismatchError(
            f"{folder} chose its epoch on the test videos.", "Use --selection validation or inner-val."
        )
    return common, options, seed


def _best(folder: Path) -> float:
    """The best validation score of the epochs, the mean over folds."""
    found = []
    for path in sorted((folder / "folds").glob("*/fit.json")):
        report: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        own = [entry["score"] for entry in report["history"] if "score" in entry]
        if not own:
            raise MismatchError(
                f"{folder} was trained without validation.",
                f"Use --selection validation or inner-val, or option {FOLD}.",
            )
        found.append(max(own))
    if not found:
        raise MismatchError(f"{folder} has no report of a training.", "Name runs of a model that trains.")
    return statistics.fmean(found)


def main(words: list[str] | None = None) -> None:
    """Print the values, the best first."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", type=Path, help="folder of the run folders of one sweep")
    parser.add_argument("option", help="the option that was swept")
    asked = parser.parse_args(words)
    try:
        found = choices((path.parent for path in asked.runs.glob("*/record.json")), asked.option)
    except VsumbenchError as error:
        sys.exit(str(error))
    for number, choice in enumerate(found):
        spread = statistics.stdev(choice.scores) if len(choice.scores) > 1 else 0.0
        mark = "  best" if number == 0 else ""
        print(
            f"{asked.option}={choice.value}  {choice.mean:.4f}  "
            f"sd {spread:.4f} over {len(choice.scores)} runs{mark}"
        )


if __name__ == "__main__":
    main()
