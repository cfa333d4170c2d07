"""Addresses of endpoints: what is accepted. The standard library alone, for options are light."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def check_base_url(url: str) -> None:
    """Refuse an address that could hold a secret, or that is none.

    Raises:
        ValueError: with words that do not repeat the address: it may hold what must not be shown.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("base_url is no address") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("base_url is no http or https address with a host")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(
            "base_url holds a user name, a query or a fragment, which would be written down; a key belongs "
            "into the environment variable VSUMBENCH_LLM_API_KEY"
        )
    if any(not 32 < ord(letter) < 127 for letter in url):
        raise ValueError("base_url holds a blank, or a character that no address has")


def is_loopback(url: str) -> bool:
    """Whether an address that passed `check_base_url` is this very machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_plain(url: str) -> bool:
    """Whether what is sent there can be read on the way."""
    return urlsplit(url).scheme == "http" and not is_loopback(url)
