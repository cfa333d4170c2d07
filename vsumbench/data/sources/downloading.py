"""Fetch one address into a file: resumed where it stopped, tried again where that may help, then checked.

Nothing is placed here: what is returned was received whole and has the checksum it should have.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vsumbench import __version__
from vsumbench.errors import DataDamagedError, DataMissingError

from .addresses import shown
from .parts import Part, Version
from .placing import BLOCK, check_space, in_words, storage_errors, synced
from .requesting import BROKEN, BY_HAND, PassingError, opened

Told = Callable[[int, int], None]
"""Is told (bytes so far, bytes in all or 0 where the server does not say)."""

_PAGE = (b"<!doctype html", b"<html")
_POINTER = b"version https://git-lfs.github.com/spec/"


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long to go on trying: attempts that bring nothing new, seconds between them and for each."""

    attempts: int = 5
    first_wait: float = 1.0
    longest_wait: float = 120.0
    timeout: float = 30.0
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What the file must be; what is None is not known. `trusted` is a digest seen before, on `since`."""

    size: int | None = None
    md5: str | None = None
    sha256: str | None = None
    trusted: str | None = None
    since: str = ""


def download(
    url: str,
    part: Path,
    expected: Expected,
    patience: Patience | None = None,
    told: Told | None = None,
) -> str:
    """Fetch `url` into the file `part`; its sha256. What an earlier call left there is continued.

    A part that cannot be continued for certain is begun anew. A file that is not what was expected is
    removed.

    Raises:
        DataMissingError: it cannot be had: no such address, no network, a page instead of a file.
        DataDamagedError: another size or checksum than expected.
        StorageError, DiskFullError: the part cannot be written.
    """
    patience = patience or Patience()
    state = Part(part, url, Version(url=url))
    with storage_errors(part.parent):
        state.load()
        if not state.version.complete:
            _until_whole(state, expected, patience, told)
            synced(part)
            state.version.complete = True
            state.save()
    return _checked(state, expected)


def forget(part: Path) -> None:
    """Remove a part, its note included."""
    Part(part, "").clear()


def _until_whole(state: Part, expected: Expected, patience: Patience, told: Told | None) -> None:
    best, tries = state.length, 0
    while True:
        try:
            return _receive(state, expected, patience.timeout, told)
        except PassingError as trouble:
            if state.length >= best + BLOCK:
                best, tries = state.length, 0
            tries += 1
            wait = patience.first_wait * 2 ** (tries - 1) if trouble.wait is None else trouble.wait
            hopeless = trouble.unreached and not state.answered
            if tries >= patience.attempts or hopeless or wait > patience.longest_wait:
                raise _given_up(state, trouble, wait, patience) from None
        patience.sleep(wait)


def _given_up(state: Part, trouble: PassingError, wait: float, patience: Patience) -> DataMissingError:
    asked = f"; it asks to wait {wait:.0f} s" if trouble.wait and wait > patience.longest_wait else ""
    kept = f" {in_words(state.length)} are kept." if state.length and state.version.validator else ""
    return DataMissingError(
        f"{shown(state.url)} could not be fetched: {trouble.reason}{asked}.{kept}",
        f"Repeat the command later, which goes on where it stopped. {BY_HAND}",
    )


def _receive(state: Part, expected: Expected, timeout: float, told: Told | None) -> None:
    headers = {"User-Agent": f"vsumbench/{__version__}", "Accept-Encoding": "identity"}
    if state.length and state.version.validator:
        headers |= {"Range": f"bytes={state.length}-", "If-Range": state.version.validator}
    try:
        with opened(state.url, headers, timeout) as response:
            state.answered = True
            if response.status == 206 and not state.continued_by(response.headers):
                raise PassingError(
                    f"{shown(state.url)} continues another file than was begun", 0.0, stale=True
                )
            if response.status != 206:
                _check_answer(state.url, response.headers)
                state.begin(response.headers)
            _check_size(state, expected)
            _copy(state, response, told)
    except PassingError as trouble:
        if trouble.stale:
            state.clear()
        raise


def _copy(state: Part, response: Any, told: Told | None) -> None:
    total, length = state.version.total, state.length
    with state.path.open("ab") as stream:
        while True:
            try:
                block = response.read1(BLOCK)
            except (*BROKEN, OSError) as error:
                raise PassingError(f"the connection broke ({type(error).__name__})") from None
            if not block:
                break
            if length == 0:
                _check_beginning(state, block)
            stream.write(block)
            length += len(block)
            if told is not None:
                told(length, total or 0)
    if total is not None and length < total:
        raise PassingError(f"the connection ended after {in_words(length)} of {in_words(total)}")
    if total is not None and length > total:
        state.clear()
        raise PassingError(f"{in_words(length)} came where {in_words(total)} were announced")


def _check_answer(url: str, headers: Any) -> None:
    name = urlsplit(url).path.lower()
    if headers.get_content_type() == "text/html" and not name.endswith((".html", ".htm")):
        raise _page(url)
    coding = (headers.get("Content-Encoding") or "identity").lower()
    if coding != "identity" and not name.endswith(("gz", "bz2", "xz")):
        raise DataMissingError(f"{shown(url)} is sent as {coding}, though as it is was asked for.", BY_HAND)


def _check_beginning(state: Part, block: bytes) -> None:
    begin = block[:200].lstrip().lower()
    name = urlsplit(state.url).path.lower()
    if begin.startswith(_PAGE) and not name.endswith((".html", ".htm")):
        state.clear()
        raise _page(state.url)
    if begin.startswith(_POINTER):
        state.clear()
        raise DataMissingError(
            f"{shown(state.url)} gives a Git LFS pointer, not the file.",
            f"Clone the repository with Git LFS. {BY_HAND}",
        )


def _page(url: str) -> DataMissingError:
    return DataMissingError(
        f"{shown(url)} gives a web page, not a file: a sharing page, or a log-in of this network.",
        f"Open it in a browser. {BY_HAND}",
    )


def _check_size(state: Part, expected: Expected) -> None:
    total = state.version.total
    if expected.size is not None and total is not None and total != expected.size:
        state.clear()
        raise _differs(state.url, f"has {total} bytes, its publisher states {expected.size}")
    if total is not None:
        check_space(state.path.parent, total - state.length, shown(state.url))


def _checked(state: Part, expected: Expected) -> str:
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with state.path.open("rb") as stream:
        while block := stream.read(BLOCK):
            sha256.update(block)
            if expected.md5 is not None:
                md5.update(block)
    found, wrong = sha256.hexdigest(), ""
    if expected.size is not None and state.length != expected.size:
        wrong = f"has {state.length} bytes, its publisher states {expected.size}"
    elif expected.md5 is not None and md5.hexdigest() != expected.md5.lower():
        wrong = f"has MD5 {md5.hexdigest()}, its publisher states {expected.md5}"
    elif expected.sha256 is not None and found != expected.sha256:
        wrong = f"has sha256 {found}, expected {expected.sha256}"
    elif expected.trusted is not None and found != expected.trusted:
        wrong = f"has sha256 {found}; it was {expected.trusted} on {expected.since}"
    if wrong:
        state.clear()
        raise _differs(state.url, wrong, changed=expected.trusted is not None)
    return found


def _differs(url: str, what: str, changed: bool = False) -> DataDamagedError:
    again = "If its publisher changed it on purpose, repeat the command with --force." if changed else ""
    return DataDamagedError(
        f"{shown(url)} {what}; it was not kept.", again or "Try again; if it stays so, report it."
    )
