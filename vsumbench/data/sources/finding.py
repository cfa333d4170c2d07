"""Which of many files are those that a dataset's spec lists: by where they lie, by name, by checksum."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from vsumbench.contracts.dataset import Source

from .addresses import is_pattern

Digests = Callable[[Sequence[str]], Mapping[str, str]]
"""Reads files and gives their sha256."""


@dataclass
class Findings:
    """Which file goes where.

    Attributes:
        taken: place in the dataset's folder → name of the file that goes there.
        of: place → the source it belongs to.
        missing: sources of which nothing was found.
        problems: what was found and is not taken, one line each.
    """

    taken: dict[str, str] = field(default_factory=dict)
    of: dict[str, Source] = field(default_factory=dict)
    missing: list[Source] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def find(
    sources: Iterable[Source], names: Iterable[str], root: str, digests: Digests, inside: bool = False
) -> Findings:
    """Match files with sources.

    A source is looked for where its path says, in whatever folders around it; then under its file name alone;
    then, where its checksum is known, among files of the same kind whatever they are called (a browser adds
    `(1)`). Of several candidates the one with the right checksum is taken; without a checksum, none.

    Args:
        names: relative names of the files there are.
        root: name of the folder they lie in, which may be the first part of a source's path.
        digests: reads files where a checksum must decide.
        inside: names are those within the publisher's archive (`Source.member`).
    """
    found = Findings()
    files = {name: _parts(f"{root}/{name}" if root else name) for name in names if not _hidden(name)}
    patterns = []
    for source in sources:
        wanted = (source.member or source.path) if inside else source.path
        if is_pattern(source.path):
            patterns.append((source, _parts(wanted)))
            continue
        name = _one(source, _candidates(files, _parts(wanted)), files, digests, found)
        if name is not None:
            found.taken[source.path], found.of[source.path] = name, source
    _find_patterns(patterns, files, found)
    return found


def _candidates(files: Mapping[str, tuple[str, ...]], wanted: tuple[str, ...]) -> list[str]:
    """Files whose last parts are those of a path, as many of them as any file has."""
    tails = {name: _tail(parts, wanted) for name, parts in files.items()}
    longest = max(tails.values(), default=0)
    return [name for name, tail in tails.items() if tail == longest > 0]


def _tail(parts: Sequence[str], wanted: Sequence[str]) -> int:
    """How many parts of a path agree with a path or pattern, counted from the file's name on."""
    count = 0
    for part, pattern in zip(reversed(parts), reversed(wanted), strict=False):
        if part != pattern and not fnmatchcase(part, pattern.replace("[", "[[]")):
            break
        count += 1
    return count


def _one(
    source: Source,
    candidates: list[str],
    files: Mapping[str, tuple[str, ...]],
    digests: Digests,
    found: Findings,
) -> str | None:
    if source.sha256 is not None:
        if (name := _with_digest(source.sha256, candidates, digests)) is not None:
            return name
        kind = _kind(source.path)
        others = [name for name in files if _kind(name) == kind and name not in candidates]
        if (name := _with_digest(source.sha256, others, digests)) is not None:
            return name
        if candidates:
            found.problems.append(
                f"{candidates[0]}: its sha256 is not that of {source.path} ({source.sha256}); not taken"
            )
    elif len(candidates) == 1 or (candidates and len(set(digests(candidates).values())) == 1):
        return candidates[0]
    elif candidates:
        found.problems.append(
            f"{source.path}: {len(candidates)} different files have its name "
            f"({', '.join(candidates[:3])}); name the folder that holds the right one"
        )
    found.missing.append(source)
    return None


def _with_digest(sha256: str, names: list[str], digests: Digests) -> str | None:
    known = digests(names) if names else {}
    return next((name for name in names if known[name] == sha256), None)


def _find_patterns(
    patterns: list[tuple[Source, tuple[str, ...]]],
    files: Mapping[str, tuple[str, ...]],
    found: Findings,
) -> None:
    used = set(found.taken.values())
    # Somebody who names the folder of features itself need not have kept the publisher's tree around it.
    tails = {
        name: {at: tail for at, (_, wanted) in enumerate(patterns) if (tail := _tail(parts, wanted))}
        for name, parts in files.items()
        if name not in used
    }
    whole = {at for mine in tails.values() for at, tail in mine.items() if tail == len(patterns[at][1])}
    places: dict[str, list[str]] = defaultdict(list)
    for name, mine in tails.items():
        possible = [
            at
            for at, tail in mine.items()
            if tail == max(mine.values()) and (at not in whole or tail == len(patterns[at][1]))
        ]
        if len(possible) > 1:
            where = ", ".join(patterns[at][0].path for at in possible)
            found.problems.append(f"{name} may belong to {where}; name a folder that tells which")
        elif possible:
            source, wanted = patterns[possible[0]]
            place = _place(source, wanted, files[name], mine[possible[0]])
            if is_pattern(place):
                found.problems.append(f"{name}: cannot tell to which folder of {source.path} it belongs")
            else:
                places[place].append(name)
                found.of[place] = source
    for place, several in places.items():
        if len(several) > 1:
            found.problems.append(f"{place}: {', '.join(several[:3])} would both lie there; neither is taken")
            found.of.pop(place)
        else:
            found.taken[place] = several[0]
    taken = {id(source) for source in found.of.values()}
    found.missing += [source for source, _ in patterns if id(source) not in taken]


def _place(source: Source, wanted: Sequence[str], parts: Sequence[str], tail: int) -> str:
    """Where a file of a pattern goes: what agrees is kept, what is around it comes from the pattern."""
    if "/".join(wanted) == source.path:
        return "/".join([*wanted[:-tail], *parts[-tail:]])
    return "/".join([*_parts(source.path)[:-1], parts[-1]])


def _parts(name: str) -> tuple[str, ...]:
    return tuple(unicodedata.normalize("NFC", name).split("/"))


def _kind(name: str) -> str:
    last = name.rpartition("/")[2]
    return last.rpartition(".")[2].lower() if "." in last else ""


def _hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))
