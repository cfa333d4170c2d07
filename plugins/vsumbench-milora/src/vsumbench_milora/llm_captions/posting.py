"""One HTTP request to an endpoint, and what each way of failing means.

The standard library's client: no redirect is followed, for the key would follow it; no cookie is kept; a
proxy of the environment is used, except for this very machine.
"""

from __future__ import annotations

import email.utils
import http.client
import json
import socket
import ssl
import time
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from vsumbench.errors import UnavailableError, UsageError, VsumbenchError

from .addresses import is_loopback
from .key import KEY_VARIABLE, Key

PASSING = (408, 409, 425, 429)
"""Answers that may be another one in a while, beside those of 500 and above."""
LARGEST = 8 << 20
"""Bytes of an answer; a summary takes a few thousand."""
SHOWN = 200
"""Letters of what a server says that are shown."""


class PassingError(Exception):
    """A failure that may pass.

    Attributes:
        reason: words for the message.
        wait: seconds the server asked to wait, or None.
    """

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.wait = reason, wait


def post(url: str, body: dict[str, Any], key: Key | None, timeout: float) -> Any:
    """What the server answers, as JSON, without the key.

    Args:
        url: an address that was checked.
        body: sent as JSON.
        key: or None.
        timeout: seconds for all of it.

    Raises:
        PassingError: it may work later.
        UsageError: the server refuses what was asked.
        UnavailableError: it refuses whoever asks, or cannot be reached in a way that passes.
    """
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    request = urllib.request.Request(
        url, json.dumps(body).encode(), headers | (key.headers() if key else {}), method="POST"
    )
    deadline = time.monotonic() + timeout
    try:
        with _opener(url).open(request, timeout=timeout) as response:
            raw = _read(response, deadline)
    except urllib.error.HTTPError as error:
        with error:
            raise _refused(url, error, key, deadline) from None
    except urllib.error.URLError as error:
        raise _unreached(url, error.reason) from None
    except (ConnectionError, TimeoutError, http.client.HTTPException, OSError) as error:
        raise _unreached(url, error) from None
    try:
        content = json.loads(raw)
    except ValueError:
        raise PassingError(f"{_host(url)} answers something that is no JSON") from None
    return key.hide(content) if key else content


def _read(response: Any, deadline: float) -> bytes:
    """The body, in parts: a server that sends a byte now and then does not hold a run for ever."""
    parts: list[bytes] = []
    size = 0
    while part := response.read1(1 << 16):
        size += len(part)
        parts.append(part)
        if size > LARGEST:
            raise http.client.HTTPException(f"an answer of more than {LARGEST >> 20} MiB")
        if time.monotonic() > deadline:
            raise TimeoutError("timed out")
    return b"".join(parts)


def _opener(url: str) -> urllib.request.OpenerDirector:
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler({} if is_loopback(url) else None),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _refused(url: str, error: urllib.error.HTTPError, key: Key | None, deadline: float) -> Exception:
    host, code = _host(url), error.code
    if code in PASSING or code >= 500:
        return PassingError(f"{host} answers {code}", retry_after(error.headers.get("Retry-After")))
    if code in (401, 403, 407):
        # What it says beside is not shown: servers repeat parts of a key.
        held = "the key in" if key else "no key; there is none in"
        return UnavailableError(
            f"{host} answers {code}: it does not accept {held} {KEY_VARIABLE}.",
            "Set that variable to a key of this endpoint.",
        )
    said = _said(error, key, deadline)
    if code in (404, 405) or 300 <= code < 400:
        return UnavailableError(
            f"{host} answers {code}{said}.",
            "Check the address (what stands before `/chat/completions`, often ending in `/v1`) and the name "
            "of the model (option llm).",
        )
    return UsageError(
        f"{host} refuses the request with {code}{said}.",
        "Where it names a setting: options llm, max_tokens and limit_field are sent.",
    )


def _said(error: urllib.error.HTTPError, key: Key | None, deadline: float) -> str:
    """The server's own words, in short, without the key."""
    try:
        raw = _read(error, deadline).decode("utf-8", errors="replace")
        content = json.loads(raw)
        told = content["error"]["message"]
    except (ValueError, TypeError, KeyError, OSError, http.client.HTTPException):
        return ""
    words = " ".join(str(key.hide(str(told)) if key else told).split())
    return f" ({words[:SHOWN]})" if words else ""


def _unreached(url: str, reason: object) -> Exception:
    host = _host(url)
    if isinstance(reason, ssl.SSLCertVerificationError):
        return UnavailableError(
            f"the certificate of {host} is not valid: {reason.verify_message}.",
            "Check the clock of this machine, and whether a proxy stands between.",
        )
    if isinstance(reason, TimeoutError):
        return PassingError(f"{host} did not answer in time")
    if isinstance(reason, socket.gaierror):
        return PassingError(f"the host {host} is not found; this machine may be offline")
    if isinstance(reason, ConnectionRefusedError):
        return PassingError(f"nobody answers at {host}")
    words = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return PassingError(f"the connection to {host} broke ({words})")


def retry_after(text: str | None) -> float | None:
    """Seconds to wait, from a header `Retry-After` in seconds or as a date; None where it says neither."""
    told = (text or "").strip()
    try:
        seconds = float(told)
    except ValueError:
        pass
    else:
        return max(0.0, seconds) if seconds < float("inf") else None
    try:
        return max(0.0, email.utils.parsedate_to_datetime(told).timestamp() - time.time())
    except (ValueError, TypeError):
        return None


def _host(url: str) -> str:
    parts = urlsplit(url)
    return parts.hostname or "" if parts.port is None else f"{parts.hostname}:{parts.port}"


def gave_up(tries: int, reason: str) -> VsumbenchError:
    """The error after the last try."""
    times = "once" if tries == 1 else f"{tries} times"
    return UnavailableError(
        f"the language model gave no usable answer, asked {times}: {reason}.",
        "What was answered is kept; repeat the command to go on. Options retries, timeout and longest_wait "
        "say how patient it is.",
    )
