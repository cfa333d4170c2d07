"""The template environment of pages: everything is escaped, a name that is not there is an error."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

_FOLDER = "templates"


def environment(package: str) -> Environment:
    """An environment over the `templates` folder of a package, then that of this room.

    The base style is the global `base_style`: with style sheets of a page's own, the one text not escaped.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    places = tuple(files(name).joinpath(_FOLDER) for name in (package, __package__))

    def read(name: str) -> str | None:
        for place in places:
            file = place.joinpath(name)
            if file.is_file():
                return file.read_text(encoding="utf-8")
        return None

    made = Environment(
        loader=FunctionLoader(read),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals["base_style"] = Markup(read("base.css") or "")
    return made
