"""Describing what is installed imports nothing heavy: seen in `sys.modules` of a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from vsumbench.cli import VERBS

HEAVY = (
    "torch",
    "transformers",
    "peft",
    "accelerate",
    "pandas",
    "scipy",
    "nltk",
    "sacrebleu",
    "matplotlib",
    "h5py",
)
NUMERIC = ("numpy",)
FOR_TERMINALS = ("rich",)
PROBE = """
import json, sys
{statement}
print("\\n" + json.dumps(sorted(sys.modules)))
"""


def imported_by(statement: str) -> set[str]:
    """Top-level packages in `sys.modules` after a statement in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(statement=statement)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


def command(*arguments: str) -> str:
    """A statement that runs the command line and goes on."""
    return f"from vsumbench.cli import main\ntry: main({list(arguments)!r})\nexcept SystemExit: pass\n"


def test_the_probe_sees_what_is_imported() -> None:
    assert "numpy" in imported_by("import numpy")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("list",),
        ("list", "--json"),
        ("list", "models"),
        ("info", "random"),
        ("info", "nosuchname"),
        ("explain", "tvsum/peruser-2fps"),
        ("explain", "coco-caption/ptb", "--json"),
        ("explain", "latency-ms"),
        ("explain", "nosuchname"),
        ("plugins", "--json"),
        ("completion", "bash"),
    ],
)
def test_a_descriptive_verb_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    found = imported_by(command(*arguments))
    assert "vsumbench" in found and "click" in found
    assert found.isdisjoint((*HEAVY, *NUMERIC, *FOR_TERMINALS))


@pytest.mark.parametrize("verb", list(VERBS))
def test_the_help_of_every_verb_imports_nothing_heavy(verb: str) -> None:
    statement = f"from vsumbench.cli import main\ntry: main([{verb!r}, '--help'])\n"
    found = imported_by(statement + "except SystemExit as end: assert end.code == 0, end.code\n")
    assert found.isdisjoint(HEAVY)


def test_help_reads_neither_contracts_nor_metadata() -> None:
    statement = (
        command("--help") + "assert 'importlib.metadata' not in sys.modules and 'pluggy' not in sys.modules\n"
    )
    statement += "assert 'vsumbench.contracts' not in sys.modules"
    imported_by(statement)


@pytest.mark.parametrize(
    "module",
    [
        "vsumbench",
        "vsumbench.contracts",
        "vsumbench.plugins",
        "vsumbench.cli",
        "vsumbench.errors",
        "vsumbench.explanation",
    ],
)
def test_a_light_module_imports_only_the_standard_library_and_click(module: str) -> None:
    found = imported_by(f"import {module}")
    assert found.isdisjoint((*HEAVY, *NUMERIC, *FOR_TERMINALS, "pydantic", "yaml", "jinja2", "pluggy"))
