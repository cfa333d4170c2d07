"""`vsumbench plugins`: which distributions provide what, which hooks listen, and why the rest is broken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ._options import json_option, print_json
from ._tables import print_table

if TYPE_CHECKING:
    from vsumbench.plugins import Plugins


@click.command("plugins")
@json_option
def command(as_json: bool) -> None:
    """Show installed plugins and what is broken, with the whole reason.

    $VSUMBENCH_PLUGINS, a comma-joined list of distributions, restricts loading to those and the core: the
    quickest way to find which plugin breaks something.
    """
    from vsumbench.plugins import default_plugins

    facts = survey(default_plugins())
    if as_json:
        print_json(facts)
    else:
        _show(facts)


def survey(plugins: Plugins) -> dict[str, Any]:
    """Distributions with their entries and hooks, what is left out, and every problem."""
    problems = plugins.problems()
    hooks = plugins.hooks().names()
    installed = plugins.installed
    distributions = [
        {
            "name": name,
            "version": version,
            "entries": [
                {"kind": e.kind.value, "name": e.name, "target": e.target}
                for e in installed.entries
                if e.distribution == name
            ],
            "hooks": [
                {"name": h.name, "target": h.target, "hooks": hooks.get(f"{name}:{h.name}", [])}
                for h in installed.hooks
                if h.distribution == name
            ],
        }
        for name, version in installed.distributions.items()
    ]
    return {
        "distributions": distributions,
        "left_out": list(installed.left_out),
        "problems": [
            {
                "kind": str(p.kind),
                "name": p.name,
                "distribution": p.distribution,
                "message": p.message,
                "detail": p.detail,
            }
            for p in problems
        ],
    }


def _show(facts: dict[str, Any]) -> None:
    rows = []
    for dist in facts["distributions"]:
        kinds: dict[str, list[str]] = {}
        for entry in dist["entries"]:
            kinds.setdefault(f"{entry['kind']}s", []).append(entry["name"])
        for hook in dist["hooks"]:
            kinds.setdefault("hooks", []).append(
                f"{hook['name']} ({', '.join(hook['hooks']) or 'not registered'})"
            )
        for i, (kind, names) in enumerate(kinds.items()):
            first = (dist["name"], dist["version"]) if i == 0 else ("", "")
            rows.append((*first, kind, ", ".join(names)))
    if rows:
        print_table(("distribution", "version", "provides", "names"), rows)
    else:
        click.echo("No plugins are installed, not even the core's own: install vsumbench with pip.")
    if facts["left_out"]:
        click.echo(f"\nLeft out by $VSUMBENCH_PLUGINS: {', '.join(facts['left_out'])}.")
    if not facts["problems"]:
        click.echo("\nNo problems.")
        return
    click.echo(f"\n{len(facts['problems'])} problem{'s' if len(facts['problems']) > 1 else ''}")
    for problem in facts["problems"]:
        click.echo(f"- {problem['message']}")
        for line in problem["detail"].rstrip().splitlines():
            click.echo(f"    {line}")
