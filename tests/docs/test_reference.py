"""The reference pages are what the code says, and lack nothing of it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from vsumbench import contracts, hookspecs
from vsumbench.cli import VERBS, group
from vsumbench.entrypoints import Kind
from vsumbench.errors import all_errors
from vsumbench.first_party import FIRST_PARTY
from vsumbench.plugins import default_plugins

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
GENERATE = ROOT / "docs" / "generate.py"
CODE = ("vsumbench", "plugins", "leaderboards", "benchmarks", "tests", ".ci", "Makefile")
VARIABLE = re.compile(r"\b_?VSUMBENCH_[A-Z][A-Z_]*\b")


def read(name: str) -> str:
    """A reference page."""
    return (REFERENCE / name).read_text(encoding="utf-8")


def section(page: str, heading: str) -> str:
    """A page's text from a heading to the next one of any level."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", page, flags=re.MULTILINE | re.DOTALL)
    assert found, f"no section {heading!r}"
    return found[1]


def generate(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the generator."""
    return subprocess.run(
        [sys.executable, str(GENERATE), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_pages_are_up_to_date() -> None:
    done = generate("--check")
    assert done.returncode == 0, done.stderr


def test_a_page_that_was_edited_or_added_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(GENERATE.parent))
    import generate as module

    (tmp_path / "a.md").write_text("as it should be", encoding="utf-8")
    (tmp_path / "b.md").write_text("edited", encoding="utf-8")
    (tmp_path / "d.md").write_text("", encoding="utf-8")
    pages = {"a.md": "as it should be", "b.md": "from the code", "c.md": ""}
    assert module.stale(tmp_path, pages) == [
        "b.md is out of date",
        "c.md is missing",
        "d.md is not generated",
    ]


def test_an_unknown_argument_of_the_generator_writes_nothing() -> None:
    assert generate("--chekc").returncode == 2


def commands(parent: click.Group, context: click.Context) -> Iterator[tuple[click.Context, click.Command]]:
    """Every verb and subverb with its context."""
    for name in [*VERBS] if parent is group else parent.list_commands(context):
        command = parent.get_command(context, name)
        assert command is not None
        own = click.Context(command, info_name=name, parent=context)
        yield own, command
        if isinstance(command, click.Group):
            yield from commands(command, own)


def test_every_verb_and_every_option_is_documented() -> None:
    page = read("cli.md")
    found = list(commands(group, click.Context(group, info_name="vsumbench")))
    assert set(VERBS) <= {context.command_path.split()[1] for context, _ in found}
    for context, command in found:
        path = context.command_path
        text = section(page, path)
        assert f"\n{' '.join([path, *command.collect_usage_pieces(context)])}\n" in text
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                for name in (*parameter.opts, *parameter.secondary_opts):
                    assert re.search(rf"`{re.escape(name)}(?=[ `])", text), f"{path}: {name}"


def test_every_hook_is_documented_with_its_arguments() -> None:
    page = read("hooks.md")
    hooks = {name: value for name, value in vars(hookspecs).items() if hasattr(value, "vsumbench_spec")}
    assert len(hooks) >= 7
    for name, hook in hooks.items():
        text = section(page, name)
        for argument in hook.__code__.co_varnames[: hook.__code__.co_argcount]:
            assert f"- `{argument}`: " in text, f"{name}: {argument}"


def test_every_exit_code_is_documented_once() -> None:
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \| (.+) \|$", read("exit-codes.md"), flags=re.MULTILINE)
    assert [(int(code), name) for code, name, _ in rows] == [
        (cls.exit_code, cls.__name__) for cls in all_errors()
    ]
    assert len({code for code, _, _ in rows}) == len(rows)


def test_every_public_name_of_the_contracts_is_documented() -> None:
    page = read("contracts.md")
    for name in contracts.__all__:
        assert section(page, name).strip(), name


@pytest.mark.parametrize("kind", [Kind.MODEL, Kind.DATASET, Kind.METRIC, Kind.PROTOCOL])
def test_every_installed_spec_of_ours_is_documented_with_its_aliases(kind: Kind) -> None:
    page, plugins = read(f"{kind.plural}.md"), default_plugins()
    specs = [(spec, entry) for spec, entry in plugins.owned_specs(kind) if entry.distribution in FIRST_PARTY]
    assert specs
    for spec, entry in specs:
        text = section(page, spec.id)
        for alias in plugins.aliases(kind, entry):
            assert f"`{alias}`" in text, f"{spec.id}: {alias}"


def sources() -> Iterator[Path]:
    """Every file of ours that could read an environment variable."""
    for name in CODE:
        place = ROOT / name
        candidates = [place] if place.is_file() else sorted(place.rglob("*"))
        for path in candidates:
            if path.is_file() and (path.suffix in (".py", ".sh", ".toml", ".tmpl") or path.suffix == ""):
                yield path


def test_every_environment_variable_in_the_code_is_documented_and_no_other() -> None:
    here = Path(__file__)
    found = {
        name
        for path in sources()
        if path != here
        for name in VARIABLE.findall(path.read_text(encoding="utf-8", errors="ignore"))
    }
    documented = re.findall(r"^\| `(\w+)` \|", read("environment-variables.md"), flags=re.MULTILINE)
    assert "VSUMBENCH_DATA" in found
    assert sorted(documented) == sorted(found)
