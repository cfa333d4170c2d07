"""Development protocols for agreement numbers that no published protocol of ours states."""

from vsumbench.contracts import Needs, ProtocolSpec, Provides, Task

_CHAIN = "vsumbench.defaults.protocols:CHAIN"


def _spec(name: str, needs: Needs, metrics: tuple[str, ...], **parameters: str) -> ProtocolSpec:
    return ProtocolSpec(
        id=name,
        version="1",
        title=name,
        task=Task.V2V,
        yields=needs,
        metrics=metrics,
        implementation=_CHAIN,
        parameters={"grid": "frames"} | parameters,
        requires=Provides(**{parameters["reference"]: True}),
        predicts="annotator",
        also=("max",) if needs is Needs.SELECTION else (),
        chain=("one annotator against the others",),
    )


RANKS = ("kendall", "spearman")
IMPORTANCE_MEAN = _spec(
    "importance-mean", Needs.SCORES, RANKS, prediction="scores", reference="importance", users="mean"
)
SELECTION_MEAN = _spec(
    "selection-mean", Needs.SCORES, RANKS, prediction="keyshots", reference="user_summaries", users="mean"
)
SELECTION_PAIRS = _spec(
    "selection-pairs", Needs.SCORES, RANKS, prediction="keyshots", reference="user_summaries", users="each"
)
SELECTION_F1 = _spec(
    "selection-f1", Needs.SELECTION, ("f1",), prediction="keyshots", reference="user_summaries", users="each"
)
