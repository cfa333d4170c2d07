"""What `spotlight` is. Listing models imports this module, so it imports nothing heavy."""

from dataclasses import dataclass

from vsumbench.contracts import FeatureSpec, Inputs, ModelSpec, Task, Variant


@dataclass(frozen=True)
class Options:
    """Options of `spotlight`.

    Attributes:
        window: steps on each side that count as surroundings, from 1.
        ridge: how strongly weights are drawn to 0, above 0.
        contrast: look at the difference from the surroundings, not only at the step itself.
    """

    window: int = 8
    ridge: float = 1.0
    contrast: bool = True


SPEC = ModelSpec(
    id="spotlight",
    title="Spotlight",
    tasks=(Task.V2V,),
    inputs=(Inputs(features=(FeatureSpec(name="toy-8", shape=(8,)),)),),
    options=Options,
    variants=(
        Variant(id="contrast", title="with surroundings"),
        Variant(id="plain", options={"contrast": False}, title="without surroundings"),
    ),
    trainable=True,
    implementation="vsumbench_spotlight.model:Spotlight",
    licence="Apache-2.0",
    note="Ridge regression of the mean importance on a step's features and their contrast.",
)
