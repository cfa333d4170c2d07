"""Specs of the reference rows: floors, what people reach, and what a reader of the references reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vsumbench.contracts import Citation, ModelSpec, Task, Variant

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


@dataclass(frozen=True)
class ConstantOptions:
    """Options of `constant-caption`.

    Attributes:
        measure: by which the text is best as an answer to all training videos: `cider` (CIDEr-D) or `rougeL`
            (F of longest common subsequences, beta 1.2).
    """

    measure: Literal["cider", "rougeL"] = "cider"


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

CONSTANT_CAPTION = ModelSpec(
    id="constant-caption",
    title="Constant caption",
    tasks=(Task.V2T,),
    implementation="vsumbench.defaults.reference_rows.constant_row:ConstantRow",
    options=ConstantOptions,
    variants=(
        Variant(id="cider", title="Best constant by CIDEr-D"),
        Variant(id="rougeL", options={"measure": "rougeL"}, title="Best constant by ROUGE-L"),
    ),
    source=("vsumbench.scoring",),
    trainable=True,
    baseline=True,
    licence="Apache-2.0",
    note="Every video gets the training text that is best as one answer to all training videos. Of more than "
    "2 000 texts, the 2 000 nearest to their centroid are tried, each against at most 8 000.",
)

MEAN_POSITION = ModelSpec(
    id="mean-position",
    title="Mean position",
    tasks=(Task.V2V,),
    implementation="vsumbench.defaults.reference_rows.mean_position_row:MeanPositionRow",
    trainable=True,
    baseline=True,
    licence="Apache-2.0",
    note="Mean importance of the training videos at each of 100 relative positions.",
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
