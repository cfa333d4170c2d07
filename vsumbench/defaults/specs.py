"""Specs of the reference rows: floors, what people reach, and what a reader of the references reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vsumbench.contracts import Citation, ModelSpec, Task

_RETHINKING = Citation(
    title="Rethinking the Evaluation of Video Summaries", authors="Otani et al.", year=2019, venue="CVPR"
)


@dataclass(frozen=True)
class RandomOptions:
    """Options of `random`.

    Attributes:
        granularity: one score a sampled step, or one a native frame.
    """

    granularity: Literal["step", "frame"] = "step"


@dataclass(frozen=True)
class BudgetOptions:
    """Options of `uniform`.

    Attributes:
        share: share of the steps that are selected, in (0, 1].
    """

    share: float = 0.15


RANDOM = ModelSpec(
    id="random",
    title="Random",
    tasks=(Task.V2V, Task.V2T),
    implementation="vsumbench.defaults.reference_rows.random_row:RandomRow",
    options=RandomOptions,
    trainable=True,
    baseline=True,
    repetitions=100,
    citation=_RETHINKING,
    licence="Apache-2.0",
    note="Scores from U(0, 1), seeded by video; as text, a random training reference.",
)

UNIFORM = ModelSpec(
    id="uniform",
    title="Uniform",
    tasks=(Task.V2V,),
    implementation="vsumbench.defaults.reference_rows.uniform_row:UniformRow",
    options=BudgetOptions,
    baseline=True,
    licence="Apache-2.0",
    note="Steps at equal distances, 15 % of them.",
)

HUMAN = ModelSpec(
    id="human",
    title="Human",
    tasks=(Task.V2V, Task.V2T, Task.V2VT),
    implementation="vsumbench.defaults.reference_rows.human_row:HumanRow",
    uses_annotations=True,
    citation=_RETHINKING,
    licence="Apache-2.0",
    note="Each annotator in turn, against the others. A reference, not a bound: a model may agree better "
    "with the mean.",
)

ORACLE = ModelSpec(
    id="oracle",
    title="Oracle",
    tasks=(Task.V2V, Task.V2T, Task.V2VT),
    implementation="vsumbench.defaults.reference_rows.oracle_row:OracleRow",
    uses_annotations=True,
    licence="Apache-2.0",
    note="Reads the references: mean importance, first text, sentences linked to segments.",
)
