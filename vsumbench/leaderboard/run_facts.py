"""What differs between runs, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vsumbench.records.record import ABLATED_INPUTS, RunRecord

from . import words


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something that is not the same in all runs, and what it is in each; empty where a run has none."""

    name: str
    values: tuple[str, ...]


def differing(records: Sequence[RunRecord]) -> tuple[Fact, ...]:
    """What differs, in this order: model, options, how it was trained and tested, code and data."""
    facts = [_facts(record) for record in records]
    names = dict.fromkeys(name for fact in facts for name in fact)
    every = (Fact(name=name, values=tuple(fact.get(name, "") for fact in facts)) for name in names)
    return tuple(fact for fact in every if len(set(fact.values)) > 1)


def _facts(record: RunRecord) -> Mapping[str, str]:
    model, data, setting = record.model, record.dataset, record.setting
    facts = {"model": words.method_name(model.id, model.variant), "preset": model.preset or "none"}
    facts |= {f"option {option}": words.option_text(value) for option, value in sorted(model.options.items())}
    return {
        **facts,
        "input": ABLATED_INPUTS.get(model.ablated, model.ablated) or "as it is",
        "seed": str(record.seed),
        "repetitions": str(record.repetitions),
        "selection": setting.selection if model.trainable else "nothing trained",
        "selected by": setting.selected_by,
        "evaluated": f"{record.coverage.evaluated} of {record.coverage.official} videos",
        "device": record.device,
        "dtype": record.dtype,
        "version": f"{model.distribution} {model.version}",
        "code": model.source_digest[:12],
        "data": data.fingerprint[:12],
    }
