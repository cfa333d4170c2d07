"""The layer with a mixture of low-rank experts against the loop over experts, and against a plain LoRA.

    python benchmarks/milora.py [--device cuda] [--json] [--check] [--write PAGE]

One layer as in the image Q-Former: 1408 -> 768, 2 samples of 2,056 tokens, 4 experts of rank 16. Peers:
`loop`, written here, expert by expert with the gate on each; and peft's own LoRA of the same total rank,
64. Adapter path: the host's product is handed in, not computed. Memory: what autograd keeps for the
backward pass beside parameters and the input. Crossover: from how many tokens a sample the weights of each
sample, built and used, cost less than the two low-rank products; measured in inference against the formula
d_in d_out / (d_in + d_out).

All ways run in turn, after a warm-up; ratios are taken within each turn, and the median over turns is
printed. On the CPU: one thread and its processor time, which other processes disturb least. On a GPU: bf16
under autocast, and beside the ratios the share of the limit, which is the longer of two times: that of the
multiplications and additions at the rate of a large GEMM, and that of the bytes at the rate of a large
copy, both measured in the same run.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from page_tables import replace_table
from peft import LoraConfig, PeftModel
from torch import Tensor, nn
from torch.nn import functional
from vsumbench_milora.milora.adapters import register_mixture
from vsumbench_milora.milora.merging import crossover
from vsumbench_milora.milora.place import Place

BATCH, TOKENS, D_IN, D_OUT, EXPERTS, RANK = 2, 2_056, 1_408, 768, 4, 16
SCALING = 2.0
TURNS = 7
WANTED = {
    "adapter: loop / fused": (1.8, "at least"),
    "layer: loop / fused": (1.4, "at least"),
    "layer: fused / plain LoRA": (1.3, "at most"),
}


class Given(nn.Linear):
    """A host whose product is there already: what is left is the adapter's own time."""

    product: Tensor

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002
        return self.product


class Holder(nn.Module):
    """A network of one layer, for peft to wrap."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Any:
        return self.layer(x)


class Loop(nn.Module):
    """Expert by expert: K pairs of products, each scaled by its coefficient and added."""

    def __init__(self, host: nn.Linear) -> None:
        super().__init__()
        self.host = host
        self.a = nn.ParameterList(torch.randn(RANK, D_IN) / D_IN**0.5 for _ in range(EXPERTS))
        self.b = nn.ParameterList(torch.randn(D_OUT, RANK) / 50 for _ in range(EXPERTS))
        self.gate = nn.Linear(D_IN, EXPERTS)
        self.alpha = nn.Parameter(torch.ones(EXPERTS))

    def forward(self, x: Tensor) -> Tensor:
        c = self.gate(x.mean(dim=1)).softmax(dim=-1) * self.alpha
        y: Tensor = self.host(x)
        for k, (a, b) in enumerate(zip(self.a, self.b, strict=True)):
            expert = functional.linear(functional.linear(x, a), b)
            y = y + SCALING * c[:, k, None, None].to(expert.dtype) * expert
        return y


def fused(host: nn.Linear, merge: Any = "never") -> nn.Module:
    """The layer as the model has it."""
    place = Place((RANK,) * EXPERTS, scaling=SCALING, merge=merge)
    config = register_mixture(
        LoraConfig(r=place.declared_rank, lora_alpha=1, target_modules="layer"), {"layer": place}
    )
    return PeftModel(Holder(host), config)


def plain(host: nn.Linear) -> nn.Module:
    """peft's LoRA, as wide as all experts together."""
    rank = EXPERTS * RANK
    return PeftModel(Holder(host), LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="layer"))


WAYS: dict[str, Callable[[nn.Linear], nn.Module]] = {"loop": Loop, "fused": fused, "plain LoRA": plain}


@dataclass(frozen=True)
class Machine:
    """Where it runs, and how time is taken there."""

    device: str

    def precision(self) -> AbstractContextManager[Any]:
        return nullcontext() if self.device == "cpu" else torch.autocast(self.device, dtype=torch.bfloat16)

    def seconds(self, work: Callable[[], object]) -> float:
        if self.device == "cpu":
            begun = time.process_time()
            work()
            return time.process_time() - begun
        torch.cuda.synchronize()
        begun = time.perf_counter()
        work()
        torch.cuda.synchronize()
        return time.perf_counter() - begun


def in_turn(
    machine: Machine, ways: dict[str, Callable[[], object]], turns: int = TURNS
) -> dict[str, list[float]]:
    """Way → seconds of each turn, after one turn that does not count."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(turns + 1):
        names = list(ways)
        # Nobody is always the one after the slowest.
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            found = machine.seconds(ways[name])
            if turn:
                times[name].append(found)
    return times


def ratio(times: dict[str, list[float]], above: str, below: str) -> float:
    """Median over turns of the ratio within a turn."""
    return statistics.median(a / b for a, b in zip(times[above], times[below], strict=True))


def built(machine: Machine, *, host_given: bool) -> dict[str, nn.Module]:
    """Each way around a host of the same weights."""
    torch.manual_seed(0)
    weights = nn.Linear(D_IN, D_OUT).state_dict()
    made = {}
    for name, build in WAYS.items():
        host = (Given if host_given else nn.Linear)(D_IN, D_OUT)
        host.load_state_dict(weights)
        module = build(host.requires_grad_(False)).to(machine.device).train()
        # Experts at their start would multiply by zeros.
        for part, parameter in module.named_parameters():
            if "lora_B" in part:
                nn.init.normal_(parameter, std=0.02)
        made[name] = module
    return made


def passes(machine: Machine, *, host_given: bool, input_trained: bool) -> dict[str, Callable[[], object]]:
    """Forward and backward of each way."""
    modules = built(machine, host_given=host_given)
    x = torch.randn(BATCH, TOKENS, D_IN, device=machine.device)
    with machine.precision():
        upstream = torch.randn_like(modules["loop"](x)) if not host_given else None
    if upstream is None:
        upstream = torch.randn(BATCH, TOKENS, D_OUT, device=machine.device)
        if machine.device != "cpu":
            upstream = upstream.bfloat16()
        for module in modules.values():
            for part in module.modules():
                if isinstance(part, Given):
                    part.product = upstream.clone()

    def one(module: nn.Module) -> None:
        given = x.detach().requires_grad_(input_trained)
        with machine.precision():
            answer = module(given)
        answer.backward(upstream)
        module.zero_grad(set_to_none=True)

    return {name: (lambda module=module: one(module)) for name, module in modules.items()}


def kept_bytes(machine: Machine) -> dict[str, int]:
    """Way → bytes that autograd keeps of the adapter path beside parameters and input."""
    found = {}
    for name, module in built(machine, host_given=True).items():
        x = torch.randn(BATCH, TOKENS, D_IN, device=machine.device)
        product = torch.randn(BATCH, TOKENS, D_OUT, device=machine.device)
        for part in module.modules():
            if isinstance(part, Given):
                part.product = product
        known = {p.untyped_storage().data_ptr() for p in module.parameters()}
        known |= {x.untyped_storage().data_ptr(), product.untyped_storage().data_ptr()}
        kept: dict[int, int] = {}

        def pack(tensor: Tensor, known: set[int] = known, kept: dict[int, int] = kept) -> Tensor:
            storage = tensor.untyped_storage()
            # Copies of weights are small and the same for all; only what grows with the tokens counts.
            if storage.data_ptr() not in known and storage.nbytes() >= BATCH * TOKENS * 2:
                kept[storage.data_ptr()] = storage.nbytes()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor), machine.precision():
            answer = module(x)
        found[name] = sum(kept.values())
        del answer
    return found


def crossovers(machine: Machine) -> Iterator[dict[str, Any]]:
    """For two shapes, the ratio of low-rank products to merged weights at some numbers of tokens."""
    for d_in in (768, D_IN):
        torch.manual_seed(0)
        expected = crossover(D_OUT, d_in)
        ratios = {}
        modules = {}
        for merge in ("never", "always"):
            place = Place((RANK,) * EXPERTS, scaling=SCALING, merge=merge)
            config = register_mixture(
                LoraConfig(r=place.declared_rank, lora_alpha=1, target_modules="layer"), {"layer": place}
            )
            host = nn.Linear(d_in, D_OUT)
            modules[merge] = PeftModel(Holder(host), config).to(machine.device).eval()
        for share in (0.25, 0.5, 1.0, 2.0, 4.0):
            tokens = round(share * expected)
            x = torch.randn(BATCH, tokens, d_in, device=machine.device)

            def one(module: nn.Module, x: Tensor = x) -> None:
                with torch.no_grad(), machine.precision():
                    for _ in range(3):
                        module(x)

            ways = {name: (lambda module=module: one(module)) for name, module in modules.items()}
            ratios[tokens] = ratio(in_turn(machine, ways, 9), "never", "always")
        yield {"d_in": d_in, "formula": expected, "ratios": ratios, "measured": _crossing(ratios)}


def _crossing(ratios: dict[int, float]) -> float | None:
    """Tokens at which the ratio passes 1, on a line between its neighbours; None where it does not."""
    points = sorted(ratios.items())
    for (left, low), (right, high) in itertools.pairwise(points):
        if low < 1 <= high:
            return left + (1 - low) / (high - low) * (right - left)
    return None


def limits(machine: Machine) -> tuple[float, float]:
    """(multiplications and additions a second of a large GEMM, bytes a second of a large copy)."""
    side = 8_192
    a = torch.randn(side, side, device=machine.device, dtype=torch.bfloat16)
    out = torch.empty_like(a)
    gemm = min(machine.seconds(lambda: torch.mm(a, a, out=out)) for _ in range(10))
    large = torch.empty(1 << 30, dtype=torch.uint8, device=machine.device)
    target = torch.empty_like(large)
    copy = min(machine.seconds(lambda: target.copy_(large)) for _ in range(10))
    return 2 * side**3 / gemm, 2 * large.numel() / copy


def share_of_limit(machine: Machine, seconds: float) -> float:
    """Of the fused layer's forward and backward with a trained input."""
    rows, rank = BATCH * TOKENS, EXPERTS * RANK
    # Forward once; backward the input's gradient of all, and the gradients of A and B, but not that of W.
    work = 2 * rows * (2 * D_IN * D_OUT + 3 * rank * (D_IN + D_OUT))
    # Input and output and their gradients once each, in two bytes; the backward pass reads both again.
    moved = 2 * rows * (3 * D_IN + 3 * D_OUT)
    rate, bandwidth = limits(machine)
    return max(work / rate, moved / bandwidth) / seconds


def layer_report(machine: Machine) -> dict[str, Any]:
    """Everything but the training step."""
    report: dict[str, Any] = {"device": machine.device, "ratios": {}, "milliseconds": {}}
    for input_trained in (False, True):
        for what, host_given in (("adapter", True), ("layer", False)):
            times = in_turn(machine, passes(machine, host_given=host_given, input_trained=input_trained))
            label = "gradient for the input" if input_trained else "frozen input"
            report["milliseconds"][f"{what}, {label}"] = {
                name: 1e3 * statistics.median(found) for name, found in times.items()
            }
            for above, below in (("loop", "fused"), ("fused", "plain LoRA")):
                report["ratios"].setdefault(f"{what}: {above} / {below}", {})[label] = ratio(
                    times, above, below
                )
            if machine.device != "cpu" and input_trained and not host_given:
                report["share of limit"] = share_of_limit(machine, statistics.median(times["fused"]))
    kept = kept_bytes(machine)
    report["kept MiB"] = {name: size / 2**20 for name, size in kept.items()}
    report["memory: loop / fused"] = kept["loop"] / kept["fused"]
    report["crossover"] = list(crossovers(machine))
    return report


def verdicts(report: dict[str, Any]) -> dict[str, bool]:
    """Whether each wanted ratio holds, with and without a gradient for the input."""
    held = {}
    for name, (bound, kind) in WANTED.items():
        found = report["ratios"][name].values()
        held[name] = all(one >= bound if kind == "at least" else one <= bound for one in found)
    return held


def show(report: dict[str, Any]) -> None:
    """For people."""
    for what, times in report["milliseconds"].items():
        print(f"{what:36}", "  ".join(f"{name} {found:8.1f} ms" for name, found in times.items()))
    held = verdicts(report)
    for name, ratios in report["ratios"].items():
        line = f"{name:28}" + "  ".join(f"{label} {found:5.2f}" for label, found in ratios.items())
        if name in WANTED:
            bound, kind = WANTED[name]
            line += f"   wanted {kind} {bound}: {'holds' if held[name] else 'DOES NOT HOLD'}"
        print(line)
    kept = "  ".join(f"{name} {size:.1f} MiB" for name, size in report["kept MiB"].items())
    print(f"kept for the backward pass: {kept}; loop / fused {report['memory: loop / fused']:.1f}")
    for one in report["crossover"]:
        found = "none found" if one["measured"] is None else f"{one['measured']:.0f}"
        ratios = "  ".join(f"{tokens}: {value:.2f}" for tokens, value in one["ratios"].items())
        print(f"{one['d_in']} -> {D_OUT}: crossover {found}, by the formula {one['formula']:.0f}")
        print(f"    low-rank / merged by tokens a sample: {ratios}")
    if "share of limit" in report:
        print(f"share of the limit reached by the fused layer: {report['share of limit']:.2f}")


def table(report: dict[str, Any]) -> str:
    """The ratios as a Markdown table."""
    labels = [*next(iter(report["ratios"].values()))]
    lines = [f"| ratio | {' | '.join(labels)} | wanted |", "| --- |" + " ---: |" * len(labels) + " --- |"]
    for name, ratios in report["ratios"].items():
        bound, kind = WANTED.get(name, ("", ""))
        lines.append(f"| {name} | {' | '.join(f'{ratios[one]:.2f}' for one in labels)} | {kind} {bound} |")
    kept = report["memory: loop / fused"]
    where = [
        f"{one['d_in']} → {D_OUT} at {'no' if one['measured'] is None else round(one['measured'])} tokens "
        f"(formula: {one['formula']:.0f})"
        for one in report["crossover"]
    ]
    versions = f"Python {platform.python_version()}, torch {torch.__version__}, {platform.machine()}"
    facts = (
        f"What the loop keeps for the backward pass is {kept:.1f} times what the fused layer keeps.",
        f"In inference, weights merged for each sample are faster from: {'; '.join(where)}.",
        f"One thread, {versions}.",
    )
    return "\n".join([*lines, "", *facts])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true", help="exit with 1 where a wanted ratio does not hold")
    parser.add_argument("--write", type=Path, help="page whose table is replaced")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    if asked.device == "cuda" and not torch.cuda.is_available():
        print("there is no CUDA device here", file=sys.stderr)
        return 2
    report = layer_report(Machine(asked.device))
    if asked.json:
        print(json.dumps(report))
    else:
        show(report)
    if asked.write:
        replace_table(asked.write, table(report), "benchmarks/milora.py")
    return int(asked.check and not all(verdicts(report).values()))


if __name__ == "__main__":
    sys.exit(main())
