"""CPU seconds of the verbs that only describe, with 60 plugin distributions installed.

    python benchmarks/startup.py [--plugins 60] [--repeat 15] [--out startup.json]

Generates the distributions (metadata folder, spec module, implementation module that must never be imported)
in a temporary folder that is put on the path of each measured process. A figure is the median over `--repeat`
of user + system time of one process, measured by the parent after warm-up: files and bytecode are cached.
`python -c pass` and the import of the two libraries the command line is made of stand beside it: they are the
floor on this machine. Exits 1 if a verb needs more than `--limit` CPU seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from vsumbench.testing.distributions import model_module, write_distribution

MUST_NOT_RUN = "raise SystemExit('a descriptive verb imported an implementation')\n"
VERBS = {
    "--help": ("--help",),
    "list": ("list",),
    "info random": ("info", "random"),
    "info milroa (unknown)": ("info", "milroa"),
}


def install(folder: Path, count: int) -> None:
    """Write `count` distributions, each with a model under two names; every fifth also has a hook plugin."""
    for number in range(count):
        name = f"bench-plugin-{number:02d}"
        module = f"bench_plugin_{number:02d}"
        points = {
            "vsumbench.models": {
                f"bench-{number:02d}": f"{module}.specs:SPEC",
                f"b{number:02d}": f"{module}.specs:SPEC",
            }
        }
        if number % 5 == 0:
            points["vsumbench.hooks"] = {"observer": f"{module}.hooks"}
        modules = {
            f"{module}.specs": model_module(f"bench-{number:02d}"),
            f"{module}.model": MUST_NOT_RUN,
            f"{module}.hooks": MUST_NOT_RUN,
        }
        write_distribution(folder, name, entry_points=points, modules=modules)


def cpu_seconds(command: Sequence[str], environment: dict[str, str], expected: int) -> float:
    """User + system time of one run of a command and of its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != expected:
        raise SystemExit(f"{' '.join(command)} exited {done.returncode}, expected {expected}: {done.stderr}")
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def measure(
    commands: dict[str, tuple[list[str], int]], environment: dict[str, str], repeat: int
) -> dict[str, list[float]]:
    """CPU seconds of each command, taken in turn so that a slow minute of the machine meets them all."""
    for command, expected in commands.values():
        for _ in range(2):
            cpu_seconds(command, environment, expected)
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(repeat):
        for name, (command, expected) in commands.items():
            times[name].append(cpu_seconds(command, environment, expected))
    return times


def main() -> None:
    """Measure, print a table, and write JSON if asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--plugins", type=int, default=60)
    parser.add_argument("--repeat", type=int, default=15)
    parser.add_argument("--limit", type=float, default=0.25, help="CPU seconds a verb may take")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()

    python = sys.executable
    commands: dict[str, tuple[list[str], int]] = {
        "python -c pass": ([python, "-c", "pass"], 0),
        "python -c 'import click, pluggy'": ([python, "-c", "import click, pluggy"], 0),
    }
    for name, verb in VERBS.items():
        commands[f"vsumbench {name}"] = ([python, "-m", "vsumbench", *verb], 10 if "unknown" in name else 0)
    with tempfile.TemporaryDirectory(prefix="vsumbench-startup-") as folder:
        install(Path(folder), arguments.plugins)
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("VSUMBENCH_", "_VSUMBENCH_"))}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (folder, environment.get("PYTHONPATH"))))
        listed = subprocess.run(
            [python, "-m", "vsumbench", "list", "models", "--json"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        seen = sum(row["distribution"].startswith("bench-plugin-") for row in json.loads(listed.stdout))
        if seen != arguments.plugins:
            raise SystemExit(f"only {seen} of {arguments.plugins} generated plugins are listed")
        times = measure(commands, environment, arguments.repeat)

    rows = {
        name: {"median": statistics.median(values), "min": min(values), "max": max(values)}
        for name, values in times.items()
    }
    width, limit = max(map(len, rows)), arguments.limit
    print(f"{'command'.ljust(width)}  median     min     max   (CPU s, {seen} plugin distributions)")
    for name, row in rows.items():
        print(f"{name.ljust(width)}  {row['median']:6.3f}  {row['min']:6.3f}  {row['max']:6.3f}")
    over = [name for name, row in rows.items() if name.startswith("vsumbench") and row["median"] > limit]
    print(f"over {limit} CPU s: {', '.join(over) if over else 'none'}")
    if arguments.out is not None:
        facts = {
            "unit": "CPU seconds (user + system)",
            "python": platform.python_version(),
            "machine": platform.machine(),
            "plugins": arguments.plugins,
            "repeat": arguments.repeat,
            "limit": arguments.limit,
            "commands": rows,
        }
        arguments.out.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    sys.exit(1 if over else 0)


if __name__ == "__main__":
    main()
