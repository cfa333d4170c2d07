"""Asking an endpoint, against a server on this machine: what it gets, and what failures become."""

from __future__ import annotations

import json
import pickle
import socket
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from llm_captions_support import (
    CAPTIONS,
    KEY,
    VIDEO,
    Endpoint,
    Pauses,
    asking,
    bench,
    completion,
    everything_in,
    failure,
    hang,
    serving,
)
from vsumbench_milora.llm_captions.endpoint import EndpointWriter
from vsumbench_milora.llm_captions.key import Key
from vsumbench_milora.llm_captions.options import LlmCaptionsOptions
from vsumbench_milora.llm_captions.prompt import SYSTEM

from vsumbench.errors import MismatchError, UnavailableError, UsageError, VsumbenchError


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A key, a cache of its own, and no address but the one a test gives."""
    monkeypatch.setenv("VSUMBENCH_LLM_API_KEY", KEY)
    monkeypatch.setenv("VSUMBENCH_LLM_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving() as server:
        yield server


def writer(endpoint: Endpoint, folder: Path, pauses: Pauses | None = None, **changes: Any) -> EndpointWriter:
    return EndpointWriter(asking(endpoint, **changes), bench(folder).context(), pauses or Pauses())


def error_of(writer: EndpointWriter) -> VsumbenchError:
    with pytest.raises(VsumbenchError) as caught:
        writer.write(VIDEO, CAPTIONS)
    assert KEY not in str(caught.value)
    return caught.value


def test_a_request_holds_the_captions_in_order_and_the_settings(endpoint: Endpoint, tmp_path: Path) -> None:
    written = writer(endpoint, tmp_path / "run").write(VIDEO, CAPTIONS)
    assert (written.text, written.prompt_tokens, written.tokens) == ("Paragraph 1.", 120, 9)
    (body,) = endpoint.bodies
    assert endpoint.paths == ["/v1/chat/completions"]
    assert endpoint.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert {name: body[name] for name in ("model", "temperature", "max_tokens")} == {
        "model": "stand-in",
        "temperature": 0,
        "max_tokens": 160,
    }
    system, user = body["messages"]
    assert system == {"role": "system", "content": SYSTEM["1"]}
    assert user["content"].startswith("The video lasts 12.0 seconds.")
    assert "0.0 s: a red ball rolls\n4.0 s: two blue squares stand still\n" in user["content"]


def test_without_a_key_none_is_sent(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VSUMBENCH_LLM_API_KEY")
    writer(endpoint, tmp_path / "run").write(VIDEO, CAPTIONS)
    assert "Authorization" not in endpoint.headers[0]


def test_the_address_may_be_given_whole(endpoint: Endpoint, tmp_path: Path) -> None:
    whole = f"{endpoint.url}/chat/completions"
    assert writer(endpoint, tmp_path / "run", base_url=whole).write(VIDEO, CAPTIONS).text == "Paragraph 1."


def test_without_an_address_nothing_is_asked(endpoint: Endpoint, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"needs the address.*no default"):
        writer(endpoint, tmp_path / "run", base_url="")
    assert endpoint.asked == 0


def test_a_rate_limit_is_waited_for_as_long_as_the_server_says(endpoint: Endpoint, tmp_path: Path) -> None:
    later = formatdate(time.time() + 90, usegmt=True)
    endpoint.replies[:] = [
        failure(429, Retry_After="7"),
        failure(429, Retry_After=later),
        failure(429),
        completion("At last."),
    ]
    pauses = Pauses()
    assert writer(endpoint, tmp_path / "run", pauses).write(VIDEO, CAPTIONS).text == "At last."
    named, dated, guessed = pauses.asked
    assert named == 7.0
    assert 80 < dated <= 90
    assert guessed == 4.0, "the third pause of those that double from one second"


def test_a_longer_wait_than_allowed_ends_the_run(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.replies[:] = [failure(429, Retry_After="3600")]
    pauses = Pauses()
    error = error_of(writer(endpoint, tmp_path / "run", pauses))
    assert isinstance(error, UnavailableError)
    assert "answers 429, and asks to wait 3600 s; option longest_wait is 120." in str(error)
    assert pauses.asked == [] and endpoint.asked == 1


@pytest.mark.parametrize("status", [500, 502, 503, 529])
def test_an_error_of_the_server_is_asked_again(endpoint: Endpoint, tmp_path: Path, status: int) -> None:
    endpoint.replies[:] = [failure(status), failure(status), completion("Fine.")]
    pauses = Pauses()
    assert writer(endpoint, tmp_path / "run", pauses).write(VIDEO, CAPTIONS).text == "Fine."
    assert pauses.asked == [1.0, 2.0]


def test_after_the_last_repetition_one_error_tells_how_often_and_why(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    endpoint.replies[:] = [failure(503)]
    error = error_of(writer(endpoint, tmp_path / "run", retries=2))
    assert isinstance(error, UnavailableError) and endpoint.asked == 3
    assert "no usable answer, asked 3 times: 127.0.0.1:" in str(error) and "answers 503." in str(error)


def test_a_server_that_does_not_answer_is_left_and_asked_again(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.replies[:] = [hang(1.5), completion("In time.")]
    assert writer(endpoint, tmp_path / "run", timeout=0.3).write(VIDEO, CAPTIONS).text == "In time."
    endpoint.replies[:] = [hang(1.5)]
    error = error_of(writer(endpoint, tmp_path / "other", timeout=0.2, retries=1, reuse=False))
    assert "did not answer in time" in str(error)


def test_nobody_at_the_address_is_one_clear_error(tmp_path: Path) -> None:
    with socket.socket() as held:  # Bound, and nobody listens: no other process can take this port.
        held.bind(("127.0.0.1", 0))
        nobody = Endpoint(f"http://127.0.0.1:{held.getsockname()[1]}/v1")
        error = error_of(writer(nobody, tmp_path / "run", retries=1))
    assert "asked twice" not in str(error) and "asked 2 times: nobody answers at 127.0.0.1:" in str(error)


MALFORMED = {
    "no JSON": ((200, {}, b"<html>busy</html>"), "something that is no JSON"),
    "cut off": ((200, {}, completion("x")[2][:40]), "something that is no JSON"),
    "a list": ((200, {}, b"[]"), "no message: a list"),
    "no choices": ((200, {}, b'{"id": 1, "choices": []}'), "no message: an object with choices, id"),
    "no text": (completion("x", choices=[{"message": {"content": None}}]), "a NoneType, expected a text"),
    "parts": (completion("x", choices=[{"message": {"content": [1]}}]), "a list, expected a text"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_answer_is_asked_for_again_and_then_one_error(
    endpoint: Endpoint, tmp_path: Path, name: str
) -> None:
    reply, words = MALFORMED[name]
    endpoint.replies[:] = [reply, completion("Well-formed.")]
    assert writer(endpoint, tmp_path / "run").write(VIDEO, CAPTIONS).text == "Well-formed."
    endpoint.replies[:] = [reply]
    error = error_of(writer(endpoint, tmp_path / "other", retries=1, reuse=False))
    assert "asked 2 times" in str(error) and words in str(error)
    kept = [*(tmp_path / "other").rglob("responses/*")]
    assert kept == [], "a failure is no answer"


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, UnavailableError, "does not accept the key in VSUMBENCH_LLM_API_KEY"),
        (403, UnavailableError, "does not accept the key"),
        (404, UnavailableError, r"answers 404 \(told: \[key\]\)"),
        (400, UsageError, r"refuses the request with 400 \(told: \[key\]\)"),
    ],
)
def test_a_refusal_is_not_repeated_and_never_tells_the_key(
    endpoint: Endpoint, tmp_path: Path, status: int, kind: type[VsumbenchError], words: str
) -> None:
    endpoint.replies[:] = [failure(status, f"told: {KEY}")]
    with pytest.raises(kind, match=words) as caught:
        writer(endpoint, tmp_path / "run").write(VIDEO, CAPTIONS)
    assert KEY not in str(caught.value) and endpoint.asked == 1


def test_a_redirect_is_not_followed(endpoint: Endpoint, tmp_path: Path) -> None:
    with serving() as elsewhere:
        endpoint.replies[:] = [failure(307, Location=f"{elsewhere.url}/chat/completions")]
        error = error_of(writer(endpoint, tmp_path / "run"))
        assert "answers 307" in str(error)
        assert elsewhere.asked == 0, "the key would have gone there"


def test_a_model_that_declines_has_answered_with_an_empty_text(endpoint: Endpoint, tmp_path: Path) -> None:
    declined = {"role": "assistant", "content": None, "refusal": "I cannot help with that."}
    endpoint.replies[:] = [completion("", choices=[{"message": declined, "finish_reason": "stop"}])]
    assert writer(endpoint, tmp_path / "run").write(VIDEO, CAPTIONS).text == ""
    cut = {"message": {"content": "half a"}, "finish_reason": "content_filter"}
    endpoint.replies[:] = [completion("", choices=[cut])]
    assert writer(endpoint, tmp_path / "other", reuse=False).write(VIDEO, CAPTIONS).text == ""


def test_a_limit_reached_before_the_first_word_is_told(endpoint: Endpoint, tmp_path: Path) -> None:
    thinking = {"message": {"content": ""}, "finish_reason": "length"}
    endpoint.replies[:] = [completion("", choices=[thinking])]
    error = error_of(writer(endpoint, tmp_path / "run"))
    assert isinstance(error, MismatchError) and "max_tokens before it wrote a word" in str(error)


def test_a_text_becomes_one_paragraph_in_nfc(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.replies[:] = [completion("\n A cafe\u0301.\n\nIt closes.\ud800 ")]
    assert writer(endpoint, tmp_path / "run").write(VIDEO, CAPTIONS).text == "A café. It closes.?"


def test_the_same_request_is_paid_for_once(endpoint: Endpoint, tmp_path: Path) -> None:
    run = tmp_path / "run"
    first = writer(endpoint, run).write(VIDEO, CAPTIONS)
    assert writer(endpoint, run).write(VIDEO, CAPTIONS) == first, "a resumed run, to the second it took"
    assert writer(endpoint, tmp_path / "later").write(VIDEO, CAPTIONS) == first, "another run"
    assert endpoint.asked == 1
    own = [*(tmp_path / "later").rglob("responses/*.json")]
    assert len(own) == 1, "a run holds all its answers"
    raw = json.loads(own[0].read_text(encoding="utf-8"))["answer"]["response"]
    assert raw["model"] == "stand-in-2024-01-01", "what really answered"


@pytest.mark.parametrize(
    "changes", [{"llm": "other"}, {"max_tokens": 80}, {"limit_field": "max_completion_tokens"}]
)
def test_another_setting_is_another_request(
    endpoint: Endpoint, tmp_path: Path, changes: dict[str, Any]
) -> None:
    writer(endpoint, tmp_path / "run").write(VIDEO, CAPTIONS)
    assert writer(endpoint, tmp_path / "run", **changes).write(VIDEO, CAPTIONS).text == "Paragraph 2."
    assert writer(endpoint, tmp_path / "run").write(VIDEO, CAPTIONS[:1]).text == "Paragraph 3."


def test_without_reuse_another_run_asks_anew_and_a_resumed_one_does_not(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    for _ in range(2):
        writer(endpoint, tmp_path / "run", reuse=False).write(VIDEO, CAPTIONS)
    writer(endpoint, tmp_path / "other", reuse=False).write(VIDEO, CAPTIONS)
    assert endpoint.asked == 2
    assert not (tmp_path / "cache").exists()


def test_an_answer_that_is_not_whole_is_asked_for_again(endpoint: Endpoint, tmp_path: Path) -> None:
    writer(endpoint, tmp_path / "run", reuse=False).write(VIDEO, CAPTIONS)
    (kept,) = (tmp_path / "run").rglob("responses/*.json")
    kept.write_bytes(kept.read_bytes()[:-20])
    assert writer(endpoint, tmp_path / "run", reuse=False).write(VIDEO, CAPTIONS).text == "Paragraph 2."


def test_no_more_requests_are_sent_than_allowed_over_all_resumptions(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    endpoint.replies[:] = [failure(500), completion("One."), completion("Two.")]
    first = writer(endpoint, tmp_path / "run", max_requests=2)
    assert first.write(VIDEO, CAPTIONS).text == "One."
    for again in (first, writer(endpoint, tmp_path / "run", max_requests=2)):
        assert again.write(VIDEO, CAPTIONS).text == "One.", "what is kept costs nothing"
        with pytest.raises(MismatchError, match=r"has sent 2 requests.*max_requests=4") as caught:
            again.write(VIDEO, CAPTIONS[:1])
        assert "video 'v1'" in str(caught.value)
    assert endpoint.asked == 2
    assert writer(endpoint, tmp_path / "run", max_requests=3).write(VIDEO, CAPTIONS[:1]).text == "Two."
    lines = next((tmp_path / "run").rglob("requests.jsonl")).read_text(encoding="utf-8").splitlines()
    assert [next(iter(json.loads(line))) for line in lines] == [
        "sent",
        "sent",
        "answered",
        "sent",
        "answered",
    ]


def test_a_key_is_in_no_file_and_in_nothing_that_is_shown(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VSUMBENCH_LLM_API_KEY", f"  {KEY}\n")
    endpoint.replies[:] = [completion(f"It says {KEY}.", **{f"note-{KEY}": [{"echo": f"Bearer {KEY}"}]})]
    one = writer(endpoint, tmp_path / "run")
    assert one.write(VIDEO, CAPTIONS).text == "It says [key]."
    assert endpoint.headers[0]["Authorization"] == f"Bearer {KEY}"
    written = everything_in(tmp_path)
    assert b"chatcmpl-1" in written, "the answer is there"
    assert KEY.encode() not in written
    assert KEY not in repr(one.__dict__) and KEY not in str(one.identity())
    with pytest.raises(TypeError):
        pickle.dumps(Key(KEY))


@pytest.mark.parametrize("text", ["two words", "line\nbreak", "ü-key", "notakey"])
def test_a_key_that_cannot_be_one_is_refused_without_being_shown(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("VSUMBENCH_LLM_API_KEY", text)
    with pytest.raises(UsageError) as caught:
        writer(endpoint, tmp_path / "run")
    assert text not in str(caught.value) and "VSUMBENCH_LLM_API_KEY" in str(caught.value)


def test_a_key_does_not_leave_this_machine_unencrypted(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="unencrypted"):
        writer(endpoint, tmp_path / "run", base_url="http://llm.example:8000/v1")
    monkeypatch.delenv("VSUMBENCH_LLM_API_KEY")
    writer(endpoint, tmp_path / "run", base_url="http://llm.example:8000/v1")


@pytest.mark.parametrize(
    "url",
    [
        f"https://user:{KEY}@llm.example/v1",
        f"https://llm.example/v1?key={KEY}",
        f"https://llm.example/v1#{KEY}",
        f"ftp://{KEY}/v1",
        f"{KEY}",
        f"https://llm.example/{KEY} x",
    ],
)
def test_an_address_that_could_hold_a_secret_is_refused_without_being_shown(
    url: str,
) -> None:
    with pytest.raises(ValueError, match="base_url") as caught:
        LlmCaptionsOptions(base_url=url)
    assert KEY not in str(caught.value)
