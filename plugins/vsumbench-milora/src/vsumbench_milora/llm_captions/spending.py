"""What was asked of an endpoint, one line a request, and the end of it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from vsumbench.errors import MismatchError


class Ledger:
    """Requests of a run, counted across interruptions. A request counts when it is sent, answered or not.

    Args:
        path: a file of JSON lines; made when there is something to write.
        most: requests of the whole run.
    """

    def __init__(self, path: Path, most: int) -> None:
        self._path, self._most = path, most
        try:
            lines = path.read_bytes().splitlines(keepends=True)
        except FileNotFoundError:
            lines = []
        # A torn last line counts too: that request was about to be sent.
        self.sent = sum(not line.startswith(b'{"answered"') for line in lines)
        self._torn = bool(lines) and not lines[-1].endswith(b"\n")

    def sends(self, video_id: str) -> None:
        """Note that a request is about to be sent.

        Raises:
            MismatchError: it would be one too many.
        """
        if self.sent >= self._most:
            raise MismatchError(
                f"this run has sent {self.sent} requests, as many as option max_requests allows; the next "
                f"one would be for video {video_id!r}.",
                f"Repeat the command with --set max_requests={2 * self._most}; with reuse=true, what "
                "was answered is not asked again, and --set dry_run=true says what is left.",
            )
        self._append({"sent": video_id})
        self.sent += 1

    def answered(self, video_id: str, prompt_tokens: int | None, tokens: int | None) -> None:
        """Note what an answer took, as the endpoint says."""
        self._append({"answered": video_id, "prompt_tokens": prompt_tokens, "tokens": tokens})

    def _append(self, line: dict[str, Any]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            file.write((b"\n" if self._torn else b"") + json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._torn = False
