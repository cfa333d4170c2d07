"""Files over HTTP on this machine, with every fault a download can meet, on request."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Fault = Callable[["Handler", bytes], None]


class FileServer(ThreadingHTTPServer):
    """Serves `files` (path → bytes). `faults`: path → answers to give first, one a request.

    Attributes:
        ranges, tags, lengths: whether ranges are honoured, `ETag` is sent, `Content-Length` is sent.
        requests: (path, value of the Range header or None) in the order they came.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.reset()

    def reset(self) -> None:
        """Forget files, faults and requests."""
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, list[Fault]] = {}
        self.requests: list[tuple[str, str | None]] = []
        self.headers: dict[str, dict[str, str]] = {}
        self.ranges = self.tags = self.lengths = True

    def url(self, path: str) -> str:
        """The address of a path."""
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is no news."""


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: FileServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        """Nothing on standard error."""

    def do_HEAD(self) -> None:
        """What a GET would say, without the file."""
        self.do_GET()

    def do_GET(self) -> None:
        """A fault if one waits, else the file, whole or in part."""
        path = self.path.partition("?")[0]
        self.server.requests.append((path, self.headers.get("Range")))
        body = self.server.files.get(path)
        waiting = self.server.faults.get(path)
        self.close_connection = True
        if waiting:
            waiting.pop(0)(self, body or b"")
        elif body is None:
            self.answer(404, b"no such file")
        else:
            self.send_file(body)

    def send_file(self, body: bytes, upto: int | None = None) -> None:
        """The file from where the request asks for it; cut off after `upto` bytes of it."""
        tag = f'"{hashlib.sha256(body).hexdigest()[:12]}"'
        asked, start = self.headers.get("Range"), 0
        fresh = self.headers.get("If-Range", tag) == tag
        if asked and self.server.ranges and fresh:
            start = int(asked.removeprefix("bytes=").partition("-")[0])
            if start >= len(body):
                return self.answer(416, b"", {"Content-Range": f"bytes */{len(body)}"})
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        if self.server.tags:
            self.send_header("ETag", tag)
        if self.server.lengths:
            self.send_header("Content-Length", str(len(body) - start))
        for name, value in self.server.headers.get(self.path, {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[start:upto])
        return None

    def answer(self, code: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        """A short answer with a status."""
        self.send_response(code)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def cut(after: int) -> Fault:
    """Close the connection after this many bytes of the file."""
    return lambda handler, body: handler.send_file(body, after)


def status(code: int, body: bytes = b"", **headers: str) -> Fault:
    """Answer with a status; underscores in names of headers stand for `-`."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler, _: handler.answer(code, body, sent)


def held(after: int, until: threading.Event) -> Fault:
    """Send this many bytes, then wait for the event before sending the rest."""

    def fault(handler: Handler, body: bytes) -> None:
        handler.send_file(body, after)
        handler.wfile.flush()
        until.wait(60)
        handler.wfile.write(body[after:])

    return fault


@contextmanager
def serving() -> Iterator[FileServer]:
    """A server for the time of a test."""
    server = FileServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
