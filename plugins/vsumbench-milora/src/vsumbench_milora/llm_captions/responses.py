"""Answers that were paid for: each in a file of its own, found again by what was asked."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from vsumbench.data import sha256_json

CACHE_VARIABLE = "VSUMBENCH_LLM_CACHE"
SCHEMA = 1


def shared_folder() -> Path:
    """Where answers outlive a run: $VSUMBENCH_LLM_CACHE, else below the platform's cache folder."""
    named = os.environ.get(CACHE_VARIABLE, "").strip()
    if named:
        return Path(named).expanduser()
    return platformdirs.user_cache_path("vsumbench", appauthor=False) / "llm"


@dataclass(frozen=True)
class Responses:
    """Answers by request.

    A request is an endpoint and a body: model, messages, temperature, limit. What differs in any of them is
    another request. Only answers that could be used are kept, never a failure.

    Attributes:
        own: the folder of this run: all its answers are there, as they came.
        shared: answers of all runs, or None to use none of them.
    """

    own: Path
    shared: Path | None

    def find(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """What was kept for this request, or None. What an earlier run got is copied to this one."""
        found = _read(self.own / _name(request), request)
        if found is None and self.shared is not None:
            found = _read(self.shared / _name(request), request)
            if found is not None:
                _write(self.own / _name(request), request, found)
        return found

    def keep(self, request: dict[str, Any], answer: dict[str, Any]) -> None:
        """Keep an answer, in this run and for later ones.

        Raises:
            OSError: the run's folder cannot be written. The shared one is a convenience; that it cannot be
                written stops nothing.
        """
        _write(self.own / _name(request), request, answer)
        if self.shared is not None:
            try:
                _write(self.shared / _name(request), request, answer)
            except OSError:
                return


def _name(request: dict[str, Any]) -> str:
    return f"{sha256_json({'schema': SCHEMA, 'request': request})}.json"


def _read(path: Path, request: dict[str, Any]) -> dict[str, Any] | None:
    """A file that is not whole, or not of this request, counts as absent: it is asked again."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        same = content["schema"] == SCHEMA and content["request"] == request
        answer = content["answer"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return answer if same and isinstance(answer, dict) else None


def _write(path: Path, request: dict[str, Any], answer: dict[str, Any]) -> None:
    """Whole or not at all: written beside, flushed to disk, renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"schema": SCHEMA, "request": request, "answer": answer}
    beside = path.with_name(f".{path.stem[:16]}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with beside.open("w", encoding="utf-8") as file:
            json.dump(content, file, indent=1, sort_keys=True)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
