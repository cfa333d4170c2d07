"""Write `docs/reference/` from the code, or check that it is up to date.

    python docs/generate.py            write
    python docs/generate.py --check    change nothing; exit with 1 where a page is not what would be written

Only distributions of this project are described, whatever else is installed, and all released ones must be.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from generator import api_pages, cli_page, environment_page, number_pages, schema_pages, spec_pages

REFERENCE = Path(__file__).parent / "reference"

PAGES: Mapping[str, Callable[[], str]] = {
    "cli.md": cli_page.page,
    "contracts.md": api_pages.contracts_page,
    "datasets.md": spec_pages.datasets_page,
    "environment-variables.md": environment_page.page,
    "exit-codes.md": api_pages.exit_codes_page,
    "hooks.md": api_pages.hooks_page,
    "metrics.md": number_pages.metrics_page,
    "models.md": spec_pages.models_page,
    "prediction.schema.json": schema_pages.predictions,
    "protocols.md": number_pages.protocols_page,
    "reference.schema.json": schema_pages.references,
}


def stale(folder: Path, pages: Mapping[str, str]) -> list[str]:
    """What is wrong with the written pages, one line each."""
    lines = []
    for name, text in pages.items():
        path = folder / name
        if not path.is_file():
            lines.append(f"{name} is missing")
        elif path.read_text(encoding="utf-8") != text:
            lines.append(f"{name} is out of date")
    there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    return lines + [f"{name} is not generated" for name in sorted(there - pages.keys())]


def main(arguments: list[str]) -> int:
    """Write or check; the exit status."""
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    pages = {name: make() for name, make in PAGES.items()}
    if arguments:
        wrong = stale(REFERENCE, pages)
        for line in wrong:
            print(f"docs/reference: {line}; run `python docs/generate.py`", file=sys.stderr)
        return 1 if wrong else 0
    REFERENCE.mkdir(exist_ok=True)
    for name, text in pages.items():
        (REFERENCE / name).write_text(text, encoding="utf-8")
    print(f"{len(pages)} pages in {REFERENCE}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
