"""Whole commands with `llm-captions`: interrupted and resumed, and searched for a key."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from llm_captions_support import KEY, Endpoint, Reply, completion, everything_in, failure, serving
from runs_support import FOLD, LASTING, Machine, asked, contents, facts, lines, texts

from vsumbench.errors import RunFailedError, UnavailableError


@dataclass(frozen=True)
class Asking(Machine):
    """A machine with a key in its environment, and a cache of its own."""

    cache: Path = Path()

    def variables(self, **more: str) -> dict[str, str]:
        own = {"VSUMBENCH_LLM_API_KEY": KEY, "VSUMBENCH_LLM_CACHE": str(self.cache)}
        return super().variables(**own, **more)


@pytest.fixture
def asking(machine: Machine, tmp_path: Path) -> Asking:
    return Asking(machine.weights, machine.home, machine.at, tmp_path / "cache")


def echo(body: dict[str, Any]) -> Reply:
    """An answer that depends on what was asked alone: the first caption."""
    user = body["messages"][1]["content"]
    return completion(f"It shows {user.splitlines()[2].partition(' s: ')[2]}")


def words(runs: Path, endpoint: Endpoint, *more: str) -> tuple[str, ...]:
    given = {
        "backend": "openai-compatible",
        "base_url": endpoint.url,
        "llm": "stand-in",
        "max_frames": 2,
        "caption_tokens": 16,
        "retries": 0,
    }
    learn = [word for name, value in given.items() for word in ("--set", f"{name}={value}")]
    return asked(runs, "--preset", "tiny", *more, model="llm-captions", learn=learn)


def test_a_run_without_a_language_model_is_sealed(machine: Machine, tmp_path: Path) -> None:
    few = ("--set", "max_frames=2", "--set", "caption_tokens=16")
    done = machine.call(*asked(tmp_path, model="llm-captions", learn=few))
    folder = Path(done.result["folder"])
    assert done.result["state"] == "sealed" and folder.name.startswith("llm-captions-")
    assert len(texts(folder)) == 4 and all(texts(folder).values())
    assert all(line["tokens"] > 0 for line in lines(folder / "costs.jsonl"))


def test_what_an_endpoint_answered_before_a_failure_is_not_paid_for_again(
    asking: Asking, tmp_path: Path
) -> None:
    with serving() as endpoint:
        endpoint.replies[:] = [echo, echo, failure(503, "busy"), echo]
        broken = asking.call(*words(tmp_path / "runs", endpoint, "--set", "reuse=false"))
        assert broken.code == UnavailableError.exit_code, broken.err
        assert "no usable answer, asked once: 127.0.0.1:" in broken.err and endpoint.asked == 3
        done = asking.call(*words(tmp_path / "runs", endpoint, "--set", "reuse=false"))
        assert done.result["state"] == "sealed" and endpoint.asked == 5
        folder = Path(done.result["folder"])
        assert asking.call(*words(tmp_path / "runs", endpoint, "--set", "reuse=false")).result["state"] == (
            "already sealed"
        )
        assert endpoint.asked == 5
    found = lines(folder / "predictions.jsonl")
    assert len(found) == 4 and all(line["text"].startswith("It shows ") for line in found)
    assert all(line["tokens"] > 9 for line in lines(folder / "costs.jsonl"))
    sent = lines(folder / FOLD / "checkpoints" / "llm" / "requests.jsonl")
    assert sum("sent" in line for line in sent) == 5
    assert len([*(folder / FOLD / "checkpoints" / "llm" / "responses").iterdir()]) == 4


def test_the_key_is_in_no_file_of_a_run_and_in_nothing_it_says(asking: Asking, tmp_path: Path) -> None:
    def telling(body: dict[str, Any]) -> Reply:
        return completion(f"The key is {KEY}.", note=f"Bearer {KEY}")

    with serving() as endpoint:
        endpoint.replies[:] = [telling, failure(400, f"bad key {KEY}")]
        broken = asking.call("--debug", *words(tmp_path / "runs", endpoint))
        assert broken.code != 0 and endpoint.asked == 2
        endpoint.replies[:] = [telling]
        done = asking.call(*words(tmp_path / "runs", endpoint))
        assert done.result["state"] == "sealed"
        assert all(header["Authorization"] == f"Bearer {KEY}" for header in endpoint.headers)
    folder = Path(done.result["folder"])
    assert set(texts(folder).values()) == {"The key is [key]."}
    everything = everything_in(tmp_path)
    assert b"stand-in" in everything and KEY.encode() not in everything
    assert KEY not in broken.out + broken.err + done.out + done.err


def test_a_dry_run_ends_with_one_line_and_nothing_is_asked(asking: Asking, tmp_path: Path) -> None:
    with serving() as endpoint:
        ended = asking.call(*words(tmp_path / "runs", endpoint, "--set", "dry_run=true"))
        assert ended.code == RunFailedError.exit_code and endpoint.asked == 0
    (said,) = ended.err.splitlines()
    assert "dry run, nothing was asked: 'stand-in' would get 4 requests, about " in said


@pytest.mark.slow
def test_killed_while_it_waits_for_an_answer_a_run_goes_on_without_paying_twice(
    asking: Asking, tmp_path: Path
) -> None:
    def killing(pid: Callable[[], int]) -> Callable[[dict[str, Any]], Reply]:
        def reply(body: dict[str, Any]) -> Reply:
            os.kill(pid(), signal.SIGKILL)
            return echo(body)

        return reply

    def worker() -> int:
        """The process that asks: the one that holds the lock of the only run folder."""
        (events,) = (tmp_path / "killed").glob("*/events.jsonl")
        return int(lines(events)[0]["process"])

    no_cache = ("--set", "reuse=false")
    with serving() as endpoint:
        endpoint.replies[:] = [echo, echo, killing(worker), echo]
        killed = asking.start(*words(tmp_path / "killed", endpoint, *no_cache))
        assert killed.code == -signal.SIGKILL and endpoint.asked == 3
        (folder,) = (tmp_path / "killed").iterdir()
        assert not (folder / "record.json").exists()
        done = asking.call(*words(tmp_path / "killed", endpoint, *no_cache))
        assert done.result["state"] == "sealed" and endpoint.asked == 5, (
            "two are left, and the one that was cut"
        )
        endpoint.replies[:] = [echo]
        whole = asking.call(*words(tmp_path / "whole", endpoint, *no_cache))
        assert endpoint.asked == 9
    uninterrupted = Path(whole.result["folder"])
    assert uninterrupted.name == folder.name
    assert contents(folder, *LASTING) == contents(uninterrupted, *LASTING)
    assert facts(folder) == facts(uninterrupted)
