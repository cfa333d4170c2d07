"""A small model that really trains: linear regression by gradient steps on the toy features, in numpy.

A development plugin, given as `./toy_trainable.py:SPEC`. It checkpoints every step and goes on from there,
so a kill at any instant ends with the weights of an uninterrupted training. `TOY_MISCHIEF` makes it misbehave
without a change of its digest: `raise:3` (on the third video of a fold), and likewise `nan`, `short`, `skip`,
`twice`, `stranger`, `silent`, `list`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsumbench.contracts import (
    Context,
    FeatureSpec,
    FitReport,
    Inputs,
    ModelSpec,
    Sample,
    Summary,
    Task,
    Video,
)
from vsumbench.training.selection import CheckpointSelector, write_json_checkpoint

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEATURE = FeatureSpec(name="toy-8", shape=(8,))


@dataclass(frozen=True)
class ToyOptions:
    """Epochs over the training videos, and the size of a gradient step."""

    epochs: int = 3
    learning_rate: float = 0.05


SPEC = ModelSpec(
    id="toy-trainable",
    title="Toy linear regression",
    tasks=(Task.V2V, Task.V2T),
    implementation="toy_trainable:ToyTrainable",
    inputs=(Inputs(features=(FEATURE,)),),
    options=ToyOptions,
    trainable=True,
)


class ToyTrainable:
    """Scores = features @ weights + bias; the text is that of the first training video."""

    def __init__(self, options: ToyOptions, context: Context) -> None:
        self.options = options
        self.weights = [0.0] * 9
        self.text = ""

    def fit(self, train: Sequence[Sample], validation: Sequence[Sample], context: Context) -> FitReport:
        """One gradient step a video, in an order seeded by the epoch; a checkpoint after each step."""
        import numpy as np

        path = context.folders.checkpoints / "step.json"
        state = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
        if state is None:
            state = {
                "step": 0,
                "loss": 0.0,
                "weights": (0.01 * context.seeds.child("init").generator().standard_normal(9)).tolist(),
                "selected": None,
                "history": [],
                "selector": CheckpointSelector(context.selection).state(),
            }
        inputs = [_inputs(sample.video) for sample in train]
        targets = [_target(sample) for sample in train]
        held = [sample.video for sample in validation]
        total = self.options.epochs * len(inputs)
        for step in range(state["step"], total):
            epoch, position = divmod(step, len(inputs))
            order = context.seeds.child("epoch", epoch).generator().permutation(len(inputs))
            x, y = inputs[order[position]], targets[order[position]]
            weights = np.asarray(state["weights"])
            error = x @ weights - y
            state["loss"] += float((error**2).mean())
            state["weights"] = (weights - self.options.learning_rate * (x.T @ error) / len(y)).tolist()
            state["step"] = step + 1
            if position == len(inputs) - 1:
                self._end_epoch(state, epoch + 1, len(inputs), held, context)
            write_json_checkpoint(path, state)
            context.progress.advance("train", step + 1, total, loss=state["loss"])
        self.weights = state["selected"]
        self.text = train[0].annotations.texts[0]
        selector = CheckpointSelector.from_state(state["selector"])
        return FitReport(
            epochs=self.options.epochs,
            selected_epoch=selector.epoch,
            history=tuple(state["history"]),
            facts={"parameters": 9.0},
        )

    def _end_epoch(
        self, state: dict[str, Any], epoch: int, steps: int, held: Sequence[Video], context: Context
    ) -> None:
        loss = state["loss"] / steps
        score = None
        if context.validate is not None:
            score = context.validate([_scored(video, state["weights"], "") for video in held])
        selector = CheckpointSelector.from_state(state["selector"])
        if selector.keep(epoch, loss=loss, score=score):
            state["selected"] = state["weights"]
        state["selector"] = selector.state()
        state["history"].append({"loss": loss} | ({} if score is None else {"score": score}))
        state["loss"] = 0.0

    def summarize(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
        """One summary a video, or the mischief asked for."""
        what, _, number = os.environ.get("TOY_MISCHIEF", "").partition(":")
        for position, video in enumerate(videos, 1):
            context.progress.advance("look", position, len(videos))
            summary = _scored(video, self.weights, self.text)
            if what and position == int(number):
                yield from _mischief(what, summary)
            else:
                yield summary

    def save(self, folder: Path) -> None:
        """Weights and text as JSON."""
        content = {"weights": self.weights, "text": self.text}
        (folder / "weights.json").write_text(json.dumps(content), encoding="utf-8")

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        content = json.loads((folder / "weights.json").read_text(encoding="utf-8"))
        self.weights, self.text = content["weights"], content["text"]


def _inputs(video: Video) -> NDArray[np.float64]:
    import numpy as np

    features = video.features["toy-8"].read().astype(np.float64)
    spread = features.std(axis=0)
    scaled = (features - features.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return np.column_stack([scaled, np.ones(len(scaled))])


def _target(sample: Sample) -> NDArray[np.float64]:
    importance = sample.annotations.importance
    assert importance is not None
    target: NDArray[np.float64] = importance.mean(axis=0)[sample.video.picks] - 3.0
    return target


def _scored(video: Video, weights: Sequence[float], text: str) -> Summary:
    import numpy as np

    return Summary(video_id=video.id, importance=_inputs(video) @ np.asarray(weights), text=text or None)


def _mischief(what: str, summary: Summary) -> Iterator[Summary]:
    from dataclasses import replace

    scores = summary.importance
    assert scores is not None
    if what == "raise":
        raise ValueError("the third video is too much")
    if what == "nan":
        scores[1] = float("nan")
        yield summary
    elif what == "short":
        yield replace(summary, importance=scores[:-1])
    elif what == "twice":
        yield summary
        yield summary
    elif what == "stranger":
        yield replace(summary, video_id="nobody")
    elif what == "silent":
        yield replace(summary, importance=None)
    elif what == "list":
        yield replace(summary, importance=scores.tolist())
    else:
        assert what == "skip", what
