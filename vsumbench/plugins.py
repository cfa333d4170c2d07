"""The plugin host: names from metadata, specs loaded one by one, one clear line for everything broken.

    plugins = default_plugins()
    spec = plugins.model("csta")                       # a ModelSpec, or one error saying what to do
    model = plugins.builder(spec)(options, context)

A name may also be `distribution:name` (one of two owners), `package.module:SPEC` or `./file.py:SPEC` (a spec
that is not installed, while it is being written). A broken plugin, or a name with two owners, concerns only
those who use it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from . import errors
from .arguments import with_argument
from .entrypoints import (
    CORE,
    HOOK_GROUP,
    RESTRICT,
    Entry,
    Installed,
    Kind,
    normalise,
    normalise_distribution,
    scan,
)
from .errors import CollisionError, MismatchError, PluginError, VsumbenchError
from .importing import (
    import_attribute,
    is_module_path,
    load_implementation,
    one_line,
    split_file,
    traceback_of,
)
from .spec_checks import check_spec

if TYPE_CHECKING:
    from .contracts import (
        Context,
        DatasetSpec,
        EncoderSpec,
        Extra,
        ExtractorSpec,
        LeaderboardSpec,
        MetricSpec,
        ModelSpec,
        ProtocolSpec,
    )
    from .hooks import Hooks

__all__ = ["CORE", "HOOK_GROUP", "Entry", "Kind", "Plugins", "Problem", "default_plugins", "normalise"]

DEVELOPMENT = "development"
"""The distribution of a spec given by path."""

_UNKNOWN: dict[Kind, type[errors.UnknownNameError]] = {
    Kind.MODEL: errors.UnknownModelError,
    Kind.DATASET: errors.UnknownDatasetError,
    Kind.METRIC: errors.UnknownMetricError,
    Kind.PROTOCOL: errors.UnknownProtocolError,
}


@dataclass(frozen=True)
class Problem:
    """Something installed that cannot be used, in one line.

    `kind` is a `Kind`, `hook`, `metadata` or `restriction`; `detail` is the traceback, where one was raised.
    """

    kind: str
    name: str
    distribution: str
    message: str
    detail: str = ""

    def __str__(self) -> str:
        return self.message


class Plugins:
    """What is installed. The first question reads metadata; a spec is imported when it is asked for.

    Args:
        installed: what the metadata say; read from `sys.path` when not given.
    """

    def __init__(self, installed: Installed | None = None) -> None:
        self._given = installed
        self._loaded: dict[tuple[Kind, str], Any] = {}
        self._hooks: Hooks | None = None
        self._hook_problems: list[Problem] = []

    # Names ------------------------------------------------------------------------------------------------

    @cached_property
    def installed(self) -> Installed:
        """The metadata, read once."""
        return scan() if self._given is None else self._given

    @cached_property
    def _index(self) -> dict[Kind, dict[str, tuple[Entry, ...]]]:
        """Kind → normalised name → the entries that declare it; more than one is a collision."""
        index: dict[Kind, dict[str, list[Entry]]] = {kind: defaultdict(list) for kind in Kind}
        for entry in self.installed.entries:
            owners = index[entry.kind][normalise(entry.name)]
            # `a_b` beside `a-b` with one target is the same name written twice, not two owners.
            if not any(o.target == entry.target and o.distribution == entry.distribution for o in owners):
                owners.append(entry)
        return {
            kind: {name: tuple(owners) for name, owners in names.items()} for kind, names in index.items()
        }

    def entries(self, kind: Kind) -> tuple[Entry, ...]:
        """Every declared name of a kind, aliases included, from metadata alone."""
        return tuple(entry for entry in self.installed.entries if entry.kind is kind)

    def names(self, kind: Kind) -> tuple[str, ...]:
        """The names that can be used as they are; those with two owners appear as `distribution:name`."""
        owned = self._index[kind].values()
        return tuple(e.name if len(owners) == 1 else e.qualified for owners in owned for e in owners)

    def kinds_of(self, name: str) -> tuple[Kind, ...]:
        """The kinds in which a name, alias or qualified name is declared, from metadata alone."""
        return tuple(kind for kind in Kind if self._owners(kind, name))

    def nearest_kind(self, name: str) -> Kind:
        """The kind with the name nearest to an unknown one, first-party names included; else models."""
        from .first_party import first_party_names

        known = {n: kind for kind in reversed(Kind) for n in (*self.names(kind), *first_party_names(kind))}
        near = errors.close_matches(name.partition("[")[0], known, limit=1)
        return known[near[0]] if near else Kind.MODEL

    def _owners(self, kind: Kind, name: str) -> tuple[Entry, ...]:
        """The entries a name stands for: itself, with its `[argument]` taken off, or qualified."""
        index = self._index[kind]
        owner, colon, rest = name.partition(":")
        for candidate in (normalise(name), normalise(name.partition("[")[0])):
            if candidate in index:
                return index[candidate]
        if colon:
            of = normalise_distribution(owner)
            return tuple(e for e in self._owners(kind, rest) if normalise_distribution(e.distribution) == of)
        return ()

    def origin(self, kind: Kind, name: str) -> Entry:
        """The entry a name stands for.

        For a spec given by path the entry's distribution is `development`.

        Raises:
            UnknownNameError: (of the kind) nobody declares it.
            CollisionError: two distributions declare it.
        """
        owners = self._owners(kind, name)
        if len(owners) == 1:
            return owners[0]
        if owners:
            who = _and(f"{e.distribution} {e.version} ({e.target})" for e in owners)
            raise CollisionError(f"{kind} {name!r} is provided by {who}.", _choose(owners))
        if not self._names_distribution(name) and (split_file(name) or is_module_path(name)):
            return Entry(kind, name, name, DEVELOPMENT, "0")
        raise self._unknown(kind, name)

    def _names_distribution(self, name: str) -> bool:
        """Whether `owner:name` begins with a distribution, of ours or installed, and not with a module."""
        from .first_party import FIRST_PARTY

        owner, colon, _ = name.partition(":")
        known = {normalise_distribution(dist) for dist in (*self.installed.distributions, *FIRST_PARTY)}
        return bool(colon) and normalise_distribution(owner) in known

    def _unknown(self, kind: Kind, name: str) -> errors.UnknownNameError:
        from .contracts.metric import BUNDLES
        from .first_party import first_party_names, hint

        installed = {normalise_distribution(dist): v for dist, v in self.installed.distributions.items()}
        ours = {normalise(n): (n, dist) for n, dist in first_party_names(kind).items()}
        wanted = normalise(name.partition("[")[0])
        owner, _, rest = name.partition(":")
        qualified = self._names_distribution(name)
        if qualified:
            wanted = normalise(rest.partition("[")[0])
        if wanted in ours and (not qualified or normalise_distribution(owner) == ours[wanted][1]):
            return _UNKNOWN.get(kind, errors.UnknownNameError)(
                f"{kind} {name!r} is not installed.",
                f"{hint(ours[wanted][1], installed)} See `vsumbench list {kind.plural}`.",
            )
        known = [*self.names(kind), *(n for n, _ in ours.values())]
        if kind is Kind.METRIC:
            known += BUNDLES
        near = errors.close_matches(name, known, limit=1)
        others = [other for other in self.kinds_of(name) if other is not kind]
        extra = ""
        if qualified:
            extra = f"{owner} provides no {kind} of this name."
        elif others:
            extra = f"There is a {_and(others)} of this name."
        elif near and normalise(near[0]) in ours and not self._owners(kind, near[0]):
            extra = hint(ours[normalise(near[0])][1], installed).replace("It is", f"{near[0]!r} is", 1)
        if self.installed.left_out:
            extra = f"{extra} ${RESTRICT} leaves out {_and(self.installed.left_out)}.".strip()
        return _UNKNOWN.get(kind, errors.UnknownNameError).about(
            kind, name, dict.fromkeys(known), where=f"vsumbench list {kind.plural}", extra=extra
        )

    # Specs ------------------------------------------------------------------------------------------------

    def spec(self, kind: Kind, name: str) -> Any:
        """The spec a name stands for. A bracketed argument is not part of the spec: the caller reads it.

        Raises:
            UnknownNameError, CollisionError: as `origin`.
            PluginError: the plugin fails to import, or what it declares is no valid spec of this kind.
        """
        entry = self.origin(kind, name)
        return self._load_spec(entry, development=entry.distribution == DEVELOPMENT)

    def model(self, name: str) -> ModelSpec:
        """The model of this name, or of `name[other]`: the model with another one in its brackets.

        Raises:
            UnknownModelError: nobody provides one of them, or the model takes none.
            MismatchError: the other one does not do the task.
        """
        spec: ModelSpec = self.spec(Kind.MODEL, name)
        if spec.wraps or normalise(spec.id) != normalise(name):
            spec = with_argument(spec, name, Kind.MODEL)
        if spec.wraps is None:
            return spec
        wrapped = self.wrapped(spec)
        if spec.wraps not in wrapped.tasks:
            raise MismatchError(
                f"model {name!r} takes {spec.takes}; {wrapped.id!r} is for "
                f"{', '.join(task.value for task in wrapped.tasks)}.",
                "See `vsumbench list models`.",
            )
        # One name for one pair, however the inner one was written: rows of a board and digests have it.
        outer, _, _ = spec.id.partition("[")
        named = replace(
            spec, id=f"{outer}[{wrapped.id}]", argument=self._installed_name(spec.argument, wrapped)
        )
        return named.around(wrapped)

    def wrapped(self, model: ModelSpec) -> ModelSpec:
        """What stands in the brackets of a model that wraps another one, as its default variant.

        Raises:
            UnknownModelError, CollisionError, PluginError: it cannot be had.
        """
        whole = self.model(model.argument)
        return whole.as_variant(whole.default_variant)

    def _installed_name(self, given: str, spec: ModelSpec) -> str:
        """The spec's own id where that finds the same plugin; else the name as it was given."""
        try:
            same = self.origin(Kind.MODEL, spec.id) == self.origin(Kind.MODEL, given)
        except VsumbenchError:
            return given
        return spec.id if same else given

    def dataset(self, name: str) -> DatasetSpec:
        """The dataset of this name."""
        spec: DatasetSpec = self.spec(Kind.DATASET, name)
        return spec

    def metric(self, name: str) -> MetricSpec:
        """The metric of this name, or of `name[argument]`.

        Raises:
            UnknownMetricError: nobody provides it, or it takes no such argument.
        """
        spec: MetricSpec = self.spec(Kind.METRIC, name)
        return with_argument(spec, name, Kind.METRIC)

    def protocol(self, name: str) -> ProtocolSpec:
        """The protocol of this name."""
        spec: ProtocolSpec = self.spec(Kind.PROTOCOL, name)
        return spec

    def encoder(self, name: str) -> EncoderSpec:
        """The encoder of this name, or of `name[argument]`."""
        spec: EncoderSpec = self.spec(Kind.ENCODER, name)
        return with_argument(spec, name, Kind.ENCODER)

    def extractor(self, name: str) -> ExtractorSpec:
        """The extractor of this name, or of `name[argument]`."""
        spec: ExtractorSpec = self.spec(Kind.EXTRACTOR, name)
        return with_argument(spec, name, Kind.EXTRACTOR)

    def leaderboard(self, name: str) -> LeaderboardSpec:
        """The leaderboard of this name."""
        spec: LeaderboardSpec = self.spec(Kind.LEADERBOARD, name)
        return spec

    def specs(self, kind: Kind) -> tuple[list[Any], list[Problem]]:
        """Every usable spec of a kind, each once whatever its aliases, and what is wrong with the rest."""
        return [spec for spec, _ in self.owned_specs(kind)], self._problems(kind)

    def owned_specs(self, kind: Kind) -> list[tuple[Any, Entry]]:
        """As `specs`, each with the entry that declares it under its own id."""
        found: dict[tuple[str, str], tuple[Any, Entry]] = {}
        for owners in self._index[kind].values():
            for entry in owners:
                try:
                    spec = self._load_spec(entry)
                except PluginError:
                    continue  # `_problems` loads it again, from the cache, for its message.
                key = (entry.distribution, entry.target)
                if key not in found or normalise(entry.name) == normalise(spec.id):
                    found[key] = (spec, entry)
        return sorted(found.values(), key=lambda pair: (normalise(pair[0].id), pair[1].distribution))

    def aliases(self, kind: Kind, entry: Entry) -> tuple[str, ...]:
        """Other names of the spec behind `entry`: entry points of its distribution with its target."""
        same = (
            e for e in self.entries(kind) if (e.distribution, e.target) == (entry.distribution, entry.target)
        )
        return tuple(e.name for e in same if normalise(e.name) != normalise(entry.name))

    def _load_spec(self, entry: Entry, *, development: bool = False) -> Any:
        """The checked spec of an entry. Failures are remembered too: a broken module is imported once."""
        key = (entry.kind, entry.qualified)
        if key not in self._loaded:
            try:
                self._loaded[key] = self._import_spec(entry, development)
            except VsumbenchError as error:
                self._loaded[key] = error
        found = self._loaded[key]
        if isinstance(found, VsumbenchError):
            raise found
        return found

    def _import_spec(self, entry: Entry, development: bool) -> Any:
        source = f"{entry.distribution} {entry.version}"
        what = f"{entry.kind} {entry.name!r}" + ("" if development else f" of {source}")
        spec = import_attribute(entry.target, what=what, default="SPEC")
        aliases = None if development else self.aliases(entry.kind, entry)
        check_spec(spec, entry, what=what, aliases=aliases)
        return spec

    # Implementations --------------------------------------------------------------------------------------

    def load(self, dotted: str, *, what: str, extras: tuple[Extra, ...] = ()) -> Any:
        """Import an implementation `module:attribute`.

        Args:
            dotted: as the spec names it.
            what: who needs it, for messages: `model 'csta'`.
            extras: packages of the spec that must be there; looked for before anything is imported.

        Raises:
            UnavailableError: an extra, or a package of `vsumbench[train]`, is missing; the hint installs it.
            PluginError: the import fails, or there is no such attribute.
        """
        return load_implementation(dotted, what=what, extras=extras)

    def builder(self, model: ModelSpec) -> Callable[[Any, Context], Any]:
        """What builds this model from options and context.

        Raises:
            UnavailableError, PluginError: as `load`.
        """
        build = self.load(model.implementation, what=f"model {model.id!r}", extras=model.extras)
        if not model.argument:
            return build  # type: ignore[no-any-return]
        return lambda options, context: build(options, context, model.argument)

    # Hooks ------------------------------------------------------------------------------------------------

    def hooks(self) -> Hooks:
        """The hook plugins, registered one by one. A broken one is a problem and not there."""
        if self._hooks is None:
            from .hooks import Hooks

            self._hooks = Hooks()
            for entry in self.installed.hooks:
                what = f"hook plugin {entry.name!r} of {entry.distribution} {entry.version}"
                try:
                    plugin = import_attribute(entry.target, what=what)
                    reason = self._hooks.register(plugin, f"{entry.distribution}:{entry.name}")
                    line, detail = (f"{what}: {reason}." if reason else ""), ""
                except PluginError as error:
                    line, detail = one_line(error), traceback_of(error)
                if line:
                    self._hook_problems.append(Problem("hook", entry.name, entry.distribution, line, detail))
        return self._hooks

    # Diagnostics ------------------------------------------------------------------------------------------

    def collisions(self, kind: Kind) -> tuple[tuple[Entry, ...], ...]:
        """Names of a kind with more than one owner."""
        return tuple(owners for owners in self._index[kind].values() if len(owners) > 1)

    def _problems(self, kind: Kind) -> list[Problem]:
        problems: dict[str, Problem] = {}
        for owners in self._index[kind].values():
            for entry in owners:
                try:
                    self._load_spec(entry)
                except PluginError as error:
                    # A spec with three names that fails is one problem.
                    key = f"{entry.distribution} {entry.target}"
                    problem = Problem(
                        kind, entry.name, entry.distribution, one_line(error), traceback_of(error)
                    )
                    problems.setdefault(key, problem)
        for owners in self.collisions(kind):
            who = _and(dict.fromkeys(e.distribution for e in owners))
            line = f"{kind} {owners[0].name!r} is provided by {who}. {_choose(owners)}"
            problems[f"collision {owners[0].name}"] = Problem(kind, owners[0].name, who, line)
        return list(problems.values())

    def problems(self) -> list[Problem]:
        """Everything that is broken, hooks included. Imports every spec and every hook plugin."""
        found = [problem for kind in Kind for problem in self._problems(kind)]
        self.hooks()
        absent = [
            Problem("restriction", name, name, f"${RESTRICT} names {name!r}, which is not installed.")
            for name in self.installed.absent
        ]
        return [*found, *self._hook_problems, *self.damaged(), *absent]

    def damaged(self) -> list[Problem]:
        """Distributions whose metadata cannot be read."""
        return [
            Problem("metadata", name, name, f"the entry points of {name} cannot be read: {reason}.")
            for name, reason in self.installed.damaged.items()
        ]


def _choose(owners: tuple[Entry, ...]) -> str:
    forms = dict.fromkeys(e.qualified for e in owners)
    if len(forms) == 1 or len({normalise(form) for form in forms}) == 1:
        return f"{owners[0].distribution} declares it twice; one of the two entry points must go."
    return f"Say {' or '.join(f'`{form}`' for form in forms)}."


def _and(parts: Any) -> str:
    *first, last = (str(part) for part in parts)
    return f"{', '.join(first)} and {last}" if first else last


@cache
def default_plugins() -> Plugins:
    """The plugins of this environment, shared by everything in the process."""
    return Plugins()
