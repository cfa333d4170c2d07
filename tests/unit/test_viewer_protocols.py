"""Which protocol a page shows the scores of, and whose chain selects."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from vsumbench.plugins import default_plugins
from vsumbench.testing.sealed import make_score
from vsumbench.viewer.chain import chosen_protocols

DEFAULTS = ("peruser-2fps", "keyshot-f1-avg", "keyshot-f1-max")


def run(*recorded: str) -> Any:
    scores = [make_score(protocol, "m", 0.5) for protocol in recorded]
    dataset = SimpleNamespace(default_protocols=DEFAULTS)
    return SimpleNamespace(old=SimpleNamespace(record=SimpleNamespace(scores=scores), dataset=dataset))


@pytest.mark.parametrize(
    ("recorded", "shown", "selecting"),
    [
        (("peruser-2fps",), "peruser-2fps", "keyshot-f1-avg"),
        (("peruser-2fps", "keyshot-f1-max"), "keyshot-f1-max", "keyshot-f1-max"),
        ((), "keyshot-f1-avg", "keyshot-f1-avg"),
    ],
)
def test_scores_that_are_there_are_shown_before_a_default_that_has_none(
    recorded: tuple[str, ...], shown: str, selecting: str
) -> None:
    first, second = chosen_protocols([run(*recorded)], default_plugins(), None)
    assert (first.id, second.id if second else None) == (shown, selecting)
