"""How a source file is had: over plain HTTP, out of an archive, from the Hugging Face hub, or by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlsplit, urlunsplit

from vsumbench.contracts.dataset import Source

from .archive_streams import archive_suffix, is_packed

How = Literal["file", "archive", "hub", "manual"]

HUB = re.compile(r"https://huggingface\.co/(datasets/)?([\w.-]+/[\w.-]+)/?")
_REPOSITORY = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+) \(([^()]+)\)")
_REPOSITORY_FILE = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+)/(?:blob|raw)/([^/]+)/(.+)")
_SHARING = ("drive.google.com", "docs.google.com", "1drv.ms", "onedrive.live.com", "mega.nz", "pan.baidu.com")
"""Hosts whose addresses lead to a page with a button on it."""
WILDCARDS = ("*", "?")


@dataclass(frozen=True)
class Way:
    """How one source is had.

    Attributes:
        how: `file`: the address gives the file. `archive`: it gives an archive that holds it. `hub`: a
            repository of the Hugging Face hub. `manual`: a page for a person.
        address: the URL.
        member: name, or pattern, of the file in the archive or repository.
    """

    how: How
    address: str
    member: str


def way_of(source: Source) -> Way:
    """How a source is had, from what its spec says; nothing is looked up."""
    member = source.member or source.path
    by_hand = Way("manual", source.origin, member)
    if source.manual:
        return by_hand
    if source.url:
        return _over_http(source, source.url) or by_hand
    if HUB.fullmatch(source.origin):
        return Way("hub", source.origin, member)
    if found := _REPOSITORY.fullmatch(source.origin):
        inside = found[2].strip()
        if inside.endswith("/"):
            inside += member.rpartition("/")[2]
        return _over_http(source, _raw(found[1], "HEAD", inside)) or by_hand
    if found := _REPOSITORY_FILE.fullmatch(source.origin):
        return _over_http(source, _raw(found[1], found[2], found[3])) or by_hand
    if is_page(source.origin):
        return by_hand
    return _over_http(source, source.origin) or by_hand


def is_page(origin: str) -> bool:
    """Whether an origin is text, or the address of a page or a sharing service, rather than of a file."""
    parts = urlsplit(origin)
    if parts.scheme not in ("http", "https") or any(sign in origin for sign in " ()"):
        return True
    host = (parts.hostname or "").removeprefix("www.")
    if host in _SHARING:
        return True
    if host == "dropbox.com":
        return "dl=1" not in parts.query.split("&")
    if host == "box.com" or host.endswith(".box.com"):
        return not parts.path.startswith("/shared/static/")
    return False


def is_pattern(path: str) -> bool:
    """Whether a source's path stands for several files."""
    return any(sign in path for sign in WILDCARDS)


def shown(url: str) -> str:
    """An address for messages: without the name, password and query that may hold a secret."""
    parts = urlsplit(url)
    if not parts.scheme:
        return url
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _over_http(source: Source, url: str) -> Way | None:
    """Plain HTTP where the address ends in the file's own kind or in an archive; else None."""
    url = quote(url, safe=":/?#[]@!$&'()*+,;=%~")
    name = urlsplit(url).path.rpartition("/")[2].lower()
    wanted = (source.member or source.path).rpartition("/")[2].lower()
    suffix = archive_suffix(name)
    if suffix and not wanted.endswith(suffix):
        return Way("archive", url, source.member or source.path)
    if is_pattern(source.path) or (is_packed(name) and not is_packed(wanted)):
        return None
    if source.url or ("." in wanted and name.endswith("." + wanted.rpartition(".")[2])):
        return Way("file", url, source.member or source.path)
    return None


def _raw(repository: str, reference: str, inside: str) -> str:
    return f"https://raw.githubusercontent.com/{repository}/{reference}/{inside}"
