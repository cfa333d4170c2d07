"""Which epoch is kept under each selection rule."""

from __future__ import annotations

import json

import pytest

from vsumbench.contracts import Selection
from vsumbench.training.selection import CheckpointSelector

LOSSES = [3.0, 1.0, 2.0]
SCORES = [0.2, 0.1, 0.4]


@pytest.mark.parametrize(
    ("rule", "epoch"),
    [
        (Selection.LAST_EPOCH, 3),
        (Selection.TRAIN_LOSS, 2),
        (Selection.INNER_VAL, 3),
        (Selection.VALIDATION, 3),
        (Selection.BEST_TEST_EPOCH, 3),
    ],
)
def test_each_rule_keeps_its_epoch(rule: Selection, epoch: int) -> None:
    selector = CheckpointSelector(rule)
    for number, (loss, score) in enumerate(zip(LOSSES, SCORES, strict=True), 1):
        selector.keep(number, loss=loss, score=score)
    assert selector.epoch == epoch


def test_on_a_tie_the_earlier_epoch_stays() -> None:
    selector = CheckpointSelector(Selection.INNER_VAL)
    assert selector.keep(1, loss=0.0, score=0.5)
    assert not selector.keep(2, loss=0.0, score=0.5)
    assert selector.epoch == 1


def test_a_rule_that_looks_at_scores_refuses_to_do_without() -> None:
    with pytest.raises(ValueError, match="needs a validation score"):
        CheckpointSelector(Selection.INNER_VAL).keep(1, loss=0.0, score=None)


@pytest.mark.parametrize("epochs", [0, 2])
def test_its_state_survives_json(epochs: int) -> None:
    selector = CheckpointSelector(Selection.TRAIN_LOSS)
    for number in range(1, epochs + 1):
        selector.keep(number, loss=1.0 / number, score=None)
    assert CheckpointSelector.from_state(json.loads(json.dumps(selector.state()))) == selector
