"""The commands shown in the documentation are run, and print what is shown.

In README.md, docs/how-to and docs/explanation, the blocks of a page are followed in order in one empty
folder:

- ```` ```console ````: each line after `$ ` is run by bash; the lines below it must occur in its output, in
  that order. `...` stands for anything within a line; alone on a line it is for the reader. Runs of white
  space count as one.
- `# exits with N` at the end of a command: it must. All others must succeed.
- ```` ```LANGUAGE file=NAME ````: written to that file.

Every other kind of block (`sh`, `text`) is only shown.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs" / "how-to").glob("*.md")),
    *sorted((ROOT / "docs" / "explanation").glob("*.md")),
]
_FENCE = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)


@dataclass
class Shown:
    """A command of a page with what must occur in its output."""

    command: str
    expected: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """What it must exit with."""
        said = re.search(r"# exits with (\d+)$", self.command)
        return int(said[1]) if said else 0


@dataclass
class Written:
    """A file that a page shows."""

    name: str
    text: str


def steps(page: str) -> Iterator[Shown | Written]:
    """What a page asks its reader to do, in order."""
    for language, rest, body in _FENCE.findall(page):
        named = re.search(r"\bfile=(\S+)", rest)
        if named:
            yield Written(named[1], body)
        elif language == "console":
            yield from _commands(body)


def _commands(block: str) -> list[Shown]:
    shown: list[Shown] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            shown.append(Shown(line.removeprefix("$ ").rstrip()))
        elif line.strip() not in ("", "..."):
            assert shown, f"output without a command: {line}"
            shown[-1].expected.append(line)
    return shown


def missing(expected: list[str], output: str) -> str | None:
    """The first expected line that does not follow the ones before it in the output."""
    lines = iter(" ".join(line.split()) for line in output.splitlines())
    for wanted in expected:
        pattern = ".*".join(re.escape(" ".join(part.split())) for part in wanted.split("..."))
        # White space beside `...` went with the splitting; `.*` allows it again.
        if not any(re.fullmatch(rf"\s*{pattern}\s*", line) for line in lines):
            return wanted
    return None


@pytest.fixture(scope="session")
def bare_machine(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a user who has just installed everything and has no data but planted ones."""
    home = tmp_path_factory.mktemp("home")
    kept = {name: text for name, text in os.environ.items() if "VSUMBENCH" not in name}
    return kept | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "VSUMBENCH_PLANTED": os.environ["VSUMBENCH_PLANTED"],
        "PYTHONDONTWRITEBYTECODE": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "NO_COLOR": "1",
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_commands_of_a_page_do_what_it_shows(
    page: Path, bare_machine: dict[str, str], tmp_path: Path
) -> None:
    before = ""
    for step in steps(page.read_text(encoding="utf-8")):
        if isinstance(step, Written):
            (tmp_path / step.name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / step.name).write_text(step.text, encoding="utf-8")
            continue
        if step.command.startswith("export "):
            before += f"{step.command}\n"
            continue
        done = subprocess.run(
            ["bash", "-c", before + step.command],
            cwd=tmp_path,
            env=bare_machine,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == step.exit_code, f"{step.command}\n{done.stdout}"
        absent = missing(step.expected, done.stdout)
        assert absent is None, f"{step.command}\nshould print {absent!r}, printed\n{done.stdout}"


def test_every_how_to_shows_something_that_is_run() -> None:
    for page in PAGES:
        if page.parent.name == "how-to":
            assert any(isinstance(step, Shown) for step in steps(page.read_text(encoding="utf-8"))), page.name


PAGE = """Text.

```yaml file=a/b.yaml
x: 1
```

```sh
rm -rf never-run
```

```console
$ first --option
out  1
...
more ... here
$ second   # exits with 20
```
"""


def test_the_steps_of_a_page_are_found_in_order() -> None:
    written, first, second = steps(PAGE)
    assert isinstance(written, Written) and (written.name, written.text) == ("a/b.yaml", "x: 1\n")
    assert isinstance(first, Shown) and isinstance(second, Shown)
    assert (first.command, first.expected, first.exit_code) == (
        "first --option",
        ["out  1", "more ... here"],
        0,
    )
    assert (second.expected, second.exit_code) == ([], 20)


def test_output_that_is_not_as_shown_is_noticed() -> None:
    output = "out 1\nbetween\nmore and more here\n"
    assert missing(["out   1", "more ... here"], output) is None
    assert missing(["more ... here", "out 1"], output) == "out 1"
    assert missing(["out"], output) == "out"
    assert missing(["mor. ... here"], output) == "mor. ... here"
