"""What all pages of a site share: their templates, and the files in `assets/` that they load."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from vsumbench.pages.templates import environment as page_environment
from vsumbench.pages.vendored import libraries, vendored_bytes

from . import words

if TYPE_CHECKING:
    from jinja2 import Environment

ASSETS = "assets"
SCRIPTS = ("theme.js", "common.js", "board.js", "charts.js", "lists.js")
STYLE = "site.css"
LIBRARIES = ("datatables.net-3.1.5", "chart.js-4.6.1", "chartjs-chart-boxplot-4.4.5")
"""Folders of the bundled libraries that pages load; each goes out whole, its licence beside it."""
POLICY = (
    "default-src 'none'; script-src 'self' file:; style-src 'self' file:; img-src 'self' file: data:; "
    "base-uri 'none'; form-action 'none'"
)
"""Own files alone. `'self'` is the site a server gives the pages from; `file:` is for browsers that do not
count neighbouring files as the same place. Pages from a server cannot load `file:` at all."""


@cache
def environment() -> Environment:
    """The templates of boards, indexes and runs; compiled once."""
    made = page_environment("vsumbench.leaderboard")
    made.globals.update(words=words, policy=POLICY)
    return made


def assets() -> dict[str, bytes]:
    """Name below `assets/` → content: our style and scripts, and the bundled libraries, byte for byte."""
    ours = files(__package__).joinpath("templates")
    base = str(environment().globals["base_style"])
    found = {STYLE: (base + ours.joinpath("style.css").read_text(encoding="utf-8")).encode()}
    found |= {name: ours.joinpath(name).read_bytes() for name in SCRIPTS}
    for library in libraries():
        if library.folder in LIBRARIES:
            found |= {
                f"{library.folder}/{name}": vendored_bytes(library.folder, name) for name in library.files
            }
    return found
