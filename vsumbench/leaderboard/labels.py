"""What to write beside rows of one method so that a reader can tell them apart."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence

from vsumbench.records.record import RunRecord

_LONGEST = 40


def tell_apart(records: Sequence[RunRecord]) -> list[tuple[str, ...]]:
    """For each record, what sets it apart from others of its method, preset and input; often nothing.

    Options come first, then versions, then the state of code and data by the start of their digests.
    """
    groups: dict[tuple[str | None, ...], list[int]] = defaultdict(list)
    for i, record in enumerate(records):
        model = record.model
        groups[model.id, model.variant, model.preset, model.ablated].append(i)
    labels: list[tuple[str, ...]] = [()] * len(records)
    for members in groups.values():
        facts = [_facts(records[i]) for i in members]
        names = sorted({name for fact in facts for name in fact})
        differing = [name for name in names if len({fact.get(name, "") for fact in facts}) > 1]
        for i, fact in zip(members, facts, strict=True):
            labels[i] = tuple(fact[name] for name in differing if name in fact)
    return labels


def _facts(record: RunRecord) -> Mapping[str, str]:
    """Sort key → words. The number in front orders them."""
    model, data = record.model, record.dataset
    facts = {f"1 {name}": f"{name}={_short(value)}" for name, value in model.options.items()}
    facts["2 distribution"] = f"{model.distribution} {model.version}"
    facts["3 dtype"] = record.dtype
    facts["4 repetitions"] = f"{record.repetitions} repetitions"
    facts["5 coverage"] = f"{record.coverage.evaluated} of {record.coverage.official} videos"
    facts["6 edition"] = f"edition version {data.edition_version}"
    facts["7 data"] = f"data {data.fingerprint[:8]}"
    facts["8 split"] = f"split {record.setting.split_digest[:8]}"
    facts["9 code"] = f"code {model.source_digest[:8]}"
    return facts


def _short(value: object) -> str:
    text = (
        value
        if isinstance(value, str)
        else json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    )
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
