"""A stand-in for an endpoint on this machine, and contexts that talk to it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from milora_support import TINY_ID, Bench, noise_video
from vsumbench_milora.captioning.captions import Caption
from vsumbench_milora.llm_captions.options import LlmCaptionsOptions

KEY = "sk-stand-in-0123456789abcdef"
"""Nobody's key; tests look for it where no key may be."""

Reply = tuple[int, dict[str, str], bytes]
"""Status, headers and body."""


def completion(text: str, **changes: Any) -> Reply:
    """A well-formed answer."""
    content: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "stand-in-2024-01-01",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 120, "completion_tokens": 9, "total_tokens": 129},
    }
    return 200, {"Content-Type": "application/json"}, json.dumps(content | changes).encode()


def failure(status: int, message: str = "no", **headers: str) -> Reply:
    """An error as endpoints tell one. `Retry_After` stands for `Retry-After`."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, told, json.dumps({"error": {"message": message, "type": "stand_in"}}).encode()


def hang(seconds: float) -> Callable[[dict[str, Any]], Reply]:
    """No answer for so long."""

    def reply(body: dict[str, Any]) -> Reply:
        time.sleep(seconds)
        return completion("too late")

    return reply


@dataclass
class Endpoint:
    """What the server got, and what it answers: each of `replies` in turn, then the last one for ever."""

    url: str
    replies: list[Reply | Callable[[dict[str, Any]], Reply]] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    @property
    def asked(self) -> int:
        """Requests so far."""
        return len(self.bodies)


@contextmanager
def serving(*replies: Reply | Callable[[dict[str, Any]], Reply]) -> Iterator[Endpoint]:
    """A server on the loopback interface; it answers with the number of each request where none is given."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            endpoint.bodies.append(body)
            endpoint.headers.append(dict(self.headers))
            endpoint.paths.append(self.path)
            number = len(endpoint.bodies)
            chosen = (
                endpoint.replies[min(number, len(endpoint.replies)) - 1]
                if endpoint.replies
                else completion(f"Paragraph {number}.")
            )
            status, headers, content = chosen(body) if callable(chosen) else chosen
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except ConnectionError:
                return  # The client did not wait.

        def log_message(self, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    endpoint = Endpoint(f"http://127.0.0.1:{server.server_address[1]}/v1", list(replies))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def asking(endpoint: Endpoint, **changes: Any) -> LlmCaptionsOptions:
    """Options of a model that asks this endpoint, with the tiny backbone as its captioner."""
    given: dict[str, Any] = {
        "captioner": "video-llama",
        "captioner_weights": TINY_ID,
        "caption_tokens": 16,
        "max_frames": 2,
        "backend": "openai-compatible",
        "llm": "stand-in",
        "base_url": endpoint.url,
        "timeout": 5.0,
    }
    return LlmCaptionsOptions(**given | changes)


def bench(folder: Path) -> Bench:
    """Contexts below a folder."""
    return Bench(folder)


@dataclass
class Pauses:
    """Sleeps for no time, and notes for how long it was asked to."""

    asked: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)


VIDEO = noise_video("v1")
CAPTIONS = (Caption(0.0, "a red ball rolls"), Caption(4.0, "two blue squares stand still"))


def everything_in(*folders: Path) -> bytes:
    """All bytes of all files below, names included."""
    parts: list[bytes] = []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            parts.append(str(path).encode())
            if path.is_file():
                parts.append(path.read_bytes())
    return b"\n".join(parts)


def texts_of(summaries: Sequence[Any]) -> list[str]:
    """The texts, in order."""
    return [summary.text for summary in summaries]
