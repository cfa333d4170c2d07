"""`vsumbench explain`: what a number is, in words. Specs are imported, implementations are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from vsumbench.entrypoints import Kind, normalise
from vsumbench.errors import UsageError, close_matches

from ._names import explained_names
from ._options import json_option, print_json
from ._tables import folded, printable

if TYPE_CHECKING:
    from vsumbench.contracts import MetricSpec, ProtocolSpec
    from vsumbench.explanation import Explanation
    from vsumbench.plugins import Plugins

_KINDS = (Kind.PROTOCOL, Kind.METRIC)


@click.command("explain")
@click.argument("name", shell_complete=explained_names)
@click.option(
    "--kind", type=click.Choice([kind.value for kind in _KINDS]), help="Which kind, if a name has both."
)
@json_option
def command(name: str, kind: str | None, as_json: bool) -> None:
    """Explain NAME: a protocol, a metric, a bundle of metrics, or a cost that every run measures.

    The chain in words, what becomes of undefined values, its source, and who computes something else under
    this name. A long form names its dataset (tvsum/peruser-2fps); an argument stands in brackets.
    """
    from vsumbench.contracts.metric import BUNDLES
    from vsumbench.plugins import default_plugins

    plugins = default_plugins()
    names = BUNDLES.get(name, (name,)) if kind != Kind.PROTOCOL else (name,)
    found = [explanation_of(plugins, one, Kind(kind) if kind else None) for one in names]
    if as_json:
        facts = [asdict(one) | {"footnote": one.footnote()} for one in found]
        print_json({"kind": "bundle", "id": name, "metrics": facts} if name in BUNDLES else facts[0])
        return
    if name in BUNDLES:
        click.echo(f"bundle {name}: {', '.join(names)}")
    for number, one in enumerate(found):
        if number or name in BUNDLES:
            click.echo()
        for line in one.lines:
            click.echo(folded(printable(line)))


def explanation_of(plugins: Plugins, name: str, kind: Kind | None = None) -> Explanation:
    """What a name stands for, in words.

    Raises:
        UsageError: a protocol and a metric have this name, or neither has and another plugin has.
        UnknownNameError: nobody provides it.
        PluginError: whoever provides it is broken.
    """
    from vsumbench.arguments import AGGREGATES
    from vsumbench.explanation import explain
    from vsumbench.leaderboard.measurements import MEASUREMENTS

    if name in MEASUREMENTS and kind is not Kind.PROTOCOL:
        return explain(MEASUREMENTS[name])
    found, name = _resolve(plugins, name, kind)
    spec = plugins.protocol(name) if found is Kind.PROTOCOL else plugins.metric(name)
    how = next((how for how in AGGREGATES if name.endswith(f"[{how}]")), "")
    return explain(
        spec,
        used=used_by(plugins, spec),
        aliases=_other_names(plugins, found, name, spec),
        annotators=how if found is Kind.METRIC else "",
    )


def used_by(plugins: Plugins, spec: ProtocolSpec | MetricSpec) -> tuple[str, ...]:
    """Of a metric, the protocols it is reported under; of a protocol, the datasets whose default it is."""
    from vsumbench.contracts import MetricSpec

    def names(own: Sequence[str]) -> set[str]:
        return {name.partition("[")[0].rpartition("/")[2] for name in own}

    wanted = spec.id.partition("[")[0]
    users: Any
    if isinstance(spec, MetricSpec):
        users = ((user.id, user.metrics) for user in plugins.specs(Kind.PROTOCOL)[0])
    else:
        users = ((user.id, user.default_protocols) for user in plugins.specs(Kind.DATASET)[0])
    return tuple(user for user, own in users if wanted in names(own))


def _other_names(plugins: Plugins, kind: Kind, name: str, spec: Any) -> tuple[str, ...]:
    """What else a spec is called, whatever it was called here; its own aliases where it is not installed.

    With another argument than its own it is another metric, and none of its names means that one.
    """
    from vsumbench.plugins import DEVELOPMENT

    if "[" in spec.id and spec.argument != plugins.metric(name.partition("[")[0]).argument:
        return ()

    entry, own = plugins.origin(kind, name), normalise(spec.id.partition("[")[0])
    if entry.distribution == DEVELOPMENT:
        return tuple(spec.aliases)
    names = sorted((entry.name, *plugins.aliases(kind, entry)))
    return tuple(other for other in names if normalise(other) != own)


def _resolve(plugins: Plugins, name: str, asked: Kind | None) -> tuple[Kind, str]:
    """The kind a name is of, and the name without the dataset of a long form."""
    from vsumbench.contracts.metric import BUNDLES
    from vsumbench.importing import is_module_path, split_file

    if not plugins.kinds_of(name) and (split_file(name) or is_module_path(name)):
        if asked is None:
            raise UsageError(
                f"{name!r} does not say of which kind it is.", "Add `--kind protocol` or `--kind metric`."
            )
        return asked, name
    short = name.rpartition("/")[2]
    for candidate in dict.fromkeys((name, short)):
        kinds = [
            kind for kind in plugins.kinds_of(candidate) if kind in (_KINDS if asked is None else (asked,))
        ]
        if len(kinds) > 1:
            raise UsageError(
                f"{name!r} is a protocol and a metric.", "Add `--kind protocol` or `--kind metric`."
            )
        if kinds:
            return kinds[0], candidate
    others = plugins.kinds_of(name)
    if others and asked is None:
        raise UsageError(
            f"{name!r} is a {others[0]}; only protocols and metrics are explained.",
            f"See `vsumbench info {name}`.",
        )
    # Nobody has the name: asking for it raises the usual error.
    if asked is not Kind.PROTOCOL and close_matches(name, BUNDLES):
        return Kind.METRIC, name
    unknown = name if "[" in name else short
    return asked or _nearest(plugins, unknown), unknown


def _nearest(plugins: Plugins, name: str) -> Kind:
    """The kind with the name nearest to an unknown one, first-party names included; else protocols."""
    from vsumbench.first_party import first_party_names

    known = {n: kind for kind in reversed(_KINDS) for n in (*plugins.names(kind), *first_party_names(kind))}
    near = close_matches(name.partition("[")[0], known, limit=1)
    return known[near[0]] if near else Kind.PROTOCOL
