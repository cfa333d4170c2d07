"""One HTTP request: what may be asked, and what each way of failing means.

Nothing but http and https is spoken, also after a redirect. No name or place is taken from what a server
says.
"""

from __future__ import annotations

import email.utils
import http.client
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from vsumbench.errors import DataMissingError

from .addresses import shown

SCHEMES = ("http", "https")
PASSING = (408, 425, 429, 500, 502, 503, 504)
"""Answers that may be another one in a while."""
BROKEN = (ConnectionError, TimeoutError, http.client.HTTPException, ssl.SSLError)
"""What reading raises when a connection breaks."""
BY_HAND = "Get it elsewhere and use `vsumbench data import`."


class PassingError(Exception):
    """A failure that may pass.

    Attributes:
        reason: words for the message.
        wait: seconds the server asked to wait, or None.
        unreached: nobody answered at all.
        stale: what was fetched before is no part of what is there now.
    """

    def __init__(
        self, reason: str, wait: float | None = None, *, unreached: bool = False, stale: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait
        self.unreached = unreached
        self.stale = stale


class _Redirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        check_scheme(newurl, f"{shown(req.full_url)} leads to")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def check_scheme(url: str, what: str) -> None:
    """Refuse an address that is not fetched over http or https.

    Raises:
        DataMissingError: it has another scheme, or no host.
    """
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise DataMissingError(f"{what} {shown(url)}, which is no http or https address.", BY_HAND)


@contextmanager
def opened(url: str, headers: Mapping[str, str], timeout: float) -> Iterator[http.client.HTTPResponse]:
    """Send a GET request; the answer's body is read by the caller.

    Raises:
        PassingError: it may work later.
        DataMissingError: it will not.
    """
    check_scheme(url, "cannot fetch")
    try:
        response = _opener().open(urllib.request.Request(url, headers=dict(headers)), timeout=timeout)
    except urllib.error.HTTPError as error:
        with error:
            raise _answered(url, error) from None
    except urllib.error.URLError as error:
        raise _unreached(url, error.reason) from None
    except (*BROKEN, OSError) as error:
        raise _unreached(url, error) from None
    with response:
        yield response


def _opener() -> urllib.request.OpenerDirector:
    """Proxies of the environment, http, https, redirects; no files, no ftp, no cookies, no passwords."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        _Redirects(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _answered(url: str, error: urllib.error.HTTPError) -> Exception:
    where = shown(url)
    if error.code in PASSING:
        return PassingError(f"{where} answers {error.code} {error.reason}", _retry_after(error.headers))
    if error.code == 416:
        return PassingError(f"{where} does not have the rest of what was fetched before", 0.0, stale=True)
    if 300 <= error.code < 400:
        return DataMissingError(f"{where} leads where it is not followed: no http or https address.", BY_HAND)
    if error.code in (404, 410):
        return DataMissingError(f"{where} is not there any more (HTTP {error.code}).", BY_HAND)
    if error.code in (401, 403, 407, 451):
        return DataMissingError(
            f"{where} may not be fetched without permission (HTTP {error.code}).",
            f"Open it in a browser and accept what it asks for. {BY_HAND}",
        )
    return DataMissingError(f"{where} answers {error.code} {error.reason}.", BY_HAND)


def _unreached(url: str, reason: object) -> Exception:
    host = urlsplit(url).hostname
    if isinstance(reason, ssl.SSLCertVerificationError):
        return DataMissingError(
            f"the certificate of {host} is not valid: {reason.verify_message}.",
            "Check the clock of this machine, and whether a proxy stands between.",
        )
    if isinstance(reason, ssl.SSLError):
        return DataMissingError(
            f"no secure connection to {host} ({reason.reason or reason}).",
            "Check whether a proxy stands between.",
        )
    if isinstance(reason, socket.gaierror):
        return PassingError(f"the host {host} is not found; this machine may be offline", unreached=True)
    if isinstance(reason, (TimeoutError, ConnectionResetError, http.client.HTTPException)):
        return PassingError(f"{host} does not answer ({str(reason) or type(reason).__name__})")
    words = getattr(reason, "strerror", None) or reason
    return PassingError(f"{host} cannot be reached ({words}); this machine may be offline", unreached=True)


def _retry_after(headers: Any) -> float | None:
    text = (headers.get("Retry-After") or "").strip()
    if text.isdigit():
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None
