"""Which methods have a table of evidence, on which planted data, and where it lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vsumbench.contracts import ModelSpec
from vsumbench.entrypoints import Kind
from vsumbench.plugins import Plugins
from vsumbench.running.request import RunRequest

from .runs import Job

DOCS = Path(__file__).resolve().parents[2] / "docs" / "explanation"
PERMUTED = "permuted time"
FLOORS = ("random", "mean-position")


@dataclass(frozen=True)
class Bench:
    """Planted data and the score that is compared on them."""

    dataset: str
    protocol: str
    metric: str


@dataclass(frozen=True)
class Suite:
    """The methods of one distribution: every trainable model it declares that reads a video and scores it."""

    name: str
    distribution: str
    benches: tuple[Bench, ...]
    preset: str = "tiny"

    @property
    def figures(self) -> Path:
        """What was measured."""
        return DOCS / f"evidence-{self.name}.json"

    @property
    def page(self) -> Path:
        """The same as a page."""
        return DOCS / f"evidence-{self.name}.md"

    def methods(self, plugins: Plugins) -> dict[str, ModelSpec]:
        """The methods that are installed, by id, in alphabetical order."""
        of = [entry for entry in plugins.entries(Kind.MODEL) if entry.distribution == self.distribution]
        specs = {spec.id: spec for spec in (plugins.model(entry.name) for entry in of)}
        return {name: specs[name] for name in sorted(specs) if _learns_from_videos(specs[name])}

    def floors(self, bench: Bench) -> list[Job]:
        """Runs of what can be had without looking. Neither depends on a seed: random is drawn many times."""
        return [Job(name, self._request(name, bench, 0)) for name in FLOORS]

    def jobs(self, method: str, bench: Bench, seeds: int) -> list[Job]:
        """Runs of a method: as it is under each seed, then with the steps of each video permuted."""
        real = [Job(method, self._request(method, bench, seed, self.preset)) for seed in range(seeds)]
        return real + [
            Job(f"{method}, {PERMUTED}", self._request(method, bench, seed, self.preset, "permute-time"))
            for seed in range(seeds)
        ]

    def _request(
        self, model: str, bench: Bench, seed: int, preset: str = "auto", ablated: str = ""
    ) -> RunRequest:
        return RunRequest(
            model=model,
            dataset=bench.dataset,
            edition="planted",
            preset=preset,
            protocols=(bench.protocol,),
            metrics=(bench.metric,),
            seed=seed,
            device="cpu",
            ablate_input=ablated,
        )


def _learns_from_videos(spec: ModelSpec) -> bool:
    reads = any(inputs.features or inputs.frames or inputs.tokens for inputs in spec.inputs)
    return spec.trainable and reads and not spec.uses_annotations


SUITES = (
    Suite(
        "keyshots",
        "vsumbench-keyshots",
        (Bench("tvsum", "peruser-2fps", "kendall"), Bench("summe", "peruser-2fps", "kendall")),
    ),
)
"""A line more is a table more: `Suite("vtsum-blip", "vsumbench-vtsum-blip", (Bench("videoxum", …),))`."""
