"""From captions to one paragraph: without a language model, with one on this machine, and as a whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from llm_captions_support import CAPTIONS, KEY, VIDEO, Endpoint, asking, serving
from milora_support import TINY_ID, TOKENIZER, Bench, noise_video, samples
from transformers import LlamaConfig, LlamaForCausalLM
from vsumbench_milora.captioning.captions import Caption, first_sentence
from vsumbench_milora.llm_captions.extractive import ExtractiveWriter
from vsumbench_milora.llm_captions.local import LocalWriter
from vsumbench_milora.llm_captions.model import SETTINGS, LlmCaptions
from vsumbench_milora.llm_captions.options import LlmCaptionsOptions
from vsumbench_milora.llm_captions.prompt import estimated_tokens, messages

from vsumbench.data.checkpoints import find_checkpoint
from vsumbench.errors import (
    DataDamagedError,
    DataMissingError,
    MismatchError,
    RunFailedError,
    UnavailableError,
)

TINY = LlmCaptionsOptions(
    captioner="video-llama",
    captioner_weights=TINY_ID,
    caption_tokens=24,
    max_frames=4,
    backend="extractive",
    sentences=3,
)
TEMPLATE = (
    "{{ bos_token }}{% for one in messages %}{{ one.content }} {% endfor %}"
    "{% if add_generation_prompt %}summarize{% endif %}"
)


def told(*texts: str, frames: int = 1) -> list[Caption]:
    return [Caption(float(time), text, frames) for time, text in enumerate(texts)]


def model(folder: Path, options: LlmCaptionsOptions = TINY) -> tuple[LlmCaptions, Any]:
    context = Bench(folder).context(options=options)
    return LlmCaptions(options, context), context


# Without a language model.


def test_the_first_sentence_of_each_group_in_order_of_time() -> None:
    captions = told("A red ball rolls. It falls.", "A blue cube stands", "A red ball falls.")
    text = ExtractiveWriter(0.4, 8).write(VIDEO, captions).text
    assert text == "A red ball rolls. A blue cube stands."


def test_groups_of_most_frames_are_told_where_not_all_are() -> None:
    captions = [Caption(0.0, "one frame"), Caption(1.0, "seen often", 5), Caption(9.0, "at the end", 2)]
    assert ExtractiveWriter(0.9, 2).write(VIDEO, captions).text == "seen often. at the end."
    assert ExtractiveWriter(0.9, 1).write(VIDEO, captions).text == "seen often."


def test_a_sentence_is_told_once() -> None:
    captions = told("A ball rolls. Then red squares fall.", "A ball rolls. Two men walk in a park.")
    assert ExtractiveWriter(0.9, 8).write(VIDEO, captions).text == "A ball rolls."


def test_a_sentence_ends_where_it_ends() -> None:
    assert first_sentence("A ball. A cube.") == "A ball."
    assert first_sentence("It is 3.5 m wide! Indeed.") == "It is 3.5 m wide!"
    assert first_sentence(" a ball ") == "a ball."


# The prompt.


def test_the_prompt_asks_for_a_length_below_the_limit() -> None:
    said = messages("1", 12.0, CAPTIONS, 160)
    assert "at most 104 words" in said[1]["content"]
    letters = sum(len(one["content"]) for one in said)
    assert letters / 4 < estimated_tokens(said) < letters / 4 + 12


# A model on this machine.


def write_instruct(folder: Path, *, template: str = TEMPLATE, positions: int = 256) -> Path:
    """A language model with random weights and the words of planted captions: a fixture."""
    folder.mkdir(parents=True)
    config: Any = LlamaConfig(
        vocab_size=len(TOKENIZER),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=positions,
        bos_token_id=TOKENIZER.bos_token_id,
        eos_token_id=TOKENIZER.eos_token_id,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        network: Any = LlamaForCausalLM(config)
    network.save_pretrained(folder)
    TOKENIZER.save_pretrained(folder)
    settings = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    settings |= {"chat_template": template} if template else {}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder


def local(folder: Path, run: Path, **changes: Any) -> LocalWriter:
    checkpoint = find_checkpoint(str(folder))
    options = LlmCaptionsOptions(backend="local-transformers", **{"max_tokens": 12, **changes})
    return LocalWriter(options, checkpoint, checkpoint.sha256(), Bench(run).context())


def test_a_local_model_reads_its_chat_template_and_writes_greedily(tmp_path: Path) -> None:
    folder = write_instruct(tmp_path / "instruct")
    one = local(folder, tmp_path / "run")
    written = one.write(VIDEO, CAPTIONS)
    kind: Any = LlamaForCausalLM
    network = kind.from_pretrained(folder).eval()
    said = messages("1", VIDEO.duration, CAPTIONS, 12)
    prompt = f"<s>{said[0]['content']} {said[1]['content']} summarize"
    ids = TOKENIZER(prompt, add_special_tokens=False, return_tensors="pt").input_ids
    expected: list[int] = []
    for _ in range(12):
        with torch.no_grad():
            expected.append(
                int(network(torch.cat([ids, torch.tensor([expected]).long()], 1)).logits[0, -1].argmax())
            )
        if expected[-1] == TOKENIZER.eos_token_id:
            break
    assert written.text == " ".join(TOKENIZER.decode(expected, skip_special_tokens=True).split())
    assert (written.prompt_tokens, written.tokens) == (ids.shape[1], len(expected))
    assert one.write(VIDEO, CAPTIONS).text == written.text
    assert one.identity()["llm"] == "instruct"
    assert one.parameters() == {"llm": (sum(p.numel() for p in network.parameters()), 0)}


def test_a_model_that_was_not_taught_to_converse_is_refused(tmp_path: Path) -> None:
    folder = write_instruct(tmp_path / "plain", template="")
    with pytest.raises(DataDamagedError, match="no chat template"):
        local(folder, tmp_path / "run").write(VIDEO, CAPTIONS)


def test_a_model_without_a_system_turn_gets_all_in_the_turn_of_the_user(tmp_path: Path) -> None:
    refusing = "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    folder = write_instruct(tmp_path / "plain", template=refusing + TEMPLATE)
    usual = write_instruct(tmp_path / "usual")
    written = local(folder, tmp_path / "run").write(VIDEO, CAPTIONS)
    # To this template one turn and two are the same words.
    assert written.text == local(usual, tmp_path / "run").write(VIDEO, CAPTIONS).text
    mute = write_instruct(tmp_path / "mute", template="{{ raise_exception('never') }}")
    with pytest.raises(DataDamagedError, match="takes no user's turn: never"):
        local(mute, tmp_path / "run").write(VIDEO, CAPTIONS)


def test_captions_longer_than_the_model_reads_are_refused_and_not_cut(tmp_path: Path) -> None:
    folder = write_instruct(tmp_path / "short", positions=64)
    with pytest.raises(
        MismatchError, match=r"video 'v1' are \d+ tokens.*more than the 64 that 'short' reads"
    ):
        local(folder, tmp_path / "run").write(VIDEO, CAPTIONS)


def test_a_local_model_is_named_by_id_or_by_folder_with_its_digest(weights: Path, tmp_path: Path) -> None:
    folder = write_instruct(tmp_path / "instruct")
    given: dict[str, Any] = {
        "captioner": "video-llama",
        "captioner_weights": TINY_ID,
        "backend": "local-transformers",
    }
    with pytest.raises(UnavailableError, match=r"option llm: .*'llm-captions-instruct' is not here"):
        model(tmp_path / "run", LlmCaptionsOptions(**given, llm="llm-captions-instruct"))
    with pytest.raises(MismatchError, match="--set llm_sha256="):
        model(tmp_path / "run", LlmCaptionsOptions(**given, llm=str(folder)))
    digest = find_checkpoint(str(folder)).sha256()
    options = LlmCaptionsOptions(
        **given, llm=str(folder), llm_sha256=digest, max_tokens=6, max_frames=1, caption_tokens=4
    )
    made, context = model(tmp_path / "run", options)
    (summary,) = made.summarize([VIDEO], context)
    written, captioned = int(summary.arrays["completion_tokens"][0]), 4
    assert 1 <= written <= 6 and 1 <= (summary.cost.tokens or 0) - written <= captioned
    assert made.parameters()["llm"][0] > 0 and len(made.parameters()) > 4


# The whole.


def test_videos_are_told_apart_without_a_language_model(
    talking: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(talking))
    made, context = model(tmp_path)
    found = [*made.summarize([one.video for one in samples(4)], context)]
    assert [one.video_id for one in found] == ["v0", "v1", "v2", "v3"]
    assert len({one.text for one in found}) > 1
    assert all(one.cost.tokens and one.cost.seconds and not one.arrays for one in found)


def test_the_endpoint_is_told_what_the_frames_show(talking: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(talking))
    monkeypatch.setenv("VSUMBENCH_LLM_CACHE", str(tmp_path / "cache"))
    videos = [one.video for one in samples(2)]
    with serving() as endpoint:
        made, context = model(tmp_path / "run", asking(endpoint))
        found = [*made.summarize(videos, context)]
        said = [body["messages"][1]["content"] for body in endpoint.bodies]
    assert [one.text for one in found] == ["Paragraph 1.", "Paragraph 2."]
    assert said[0] != said[1] and all(text.count(" s: ") in (1, 2) for text in said)
    assert [one.arrays["prompt_tokens"].tolist() for one in found] == [[120], [120]]
    assert all(one.cost.tokens is not None and one.cost.tokens > 9 for one in found), "captions and text"


def test_nobody_is_asked_of_a_video_of_which_nothing_can_be_said(
    weights: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setenv("VSUMBENCH_LLM_CACHE", str(tmp_path / "cache"))
    with serving() as endpoint:
        made, context = model(tmp_path / "run", asking(endpoint))
        monkeypatch.setattr(type(made._captioner), "describe", lambda _, shown: [(" ", 1)] * len(shown))
        (summary,) = made.summarize([noise_video("v1")], context)
        assert summary.text == "" and endpoint.asked == 0


def test_a_dry_run_says_what_asking_would_take_and_asks_nothing(
    talking: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(talking))
    monkeypatch.setenv("VSUMBENCH_LLM_CACHE", str(tmp_path / "cache"))
    videos = [one.video for one in samples(3)]
    with serving() as endpoint:
        made, context = model(tmp_path / "run", asking(endpoint))
        next(iter(made.summarize(videos, context)))
        assert endpoint.asked == 1
        options = asking(endpoint, dry_run=True, max_requests=1)
        dry, context = model(tmp_path / "dry", options)
        with pytest.raises(RunFailedError) as caught:
            list(dry.summarize(videos, context))
        assert endpoint.asked == 1
    said = str(caught.value)
    assert "dry run, nothing was asked: 'stand-in' would get 2 requests, above max_requests=1, about" in said
    assert "at most 320 to write; 1 answers are here already." in said


def test_what_was_saved_is_loaded_by_the_same_and_by_nothing_else(weights: Path, tmp_path: Path) -> None:
    made, _ = model(tmp_path)
    saved = tmp_path / "saved"
    saved.mkdir()
    with pytest.raises(DataMissingError):
        made.load(saved)
    made.save(saved)
    made.load(saved)
    settings = json.loads((saved / SETTINGS).read_text(encoding="utf-8"))
    (saved / SETTINGS).write_text(json.dumps(settings | {"writer": "other"}), encoding="utf-8")
    with pytest.raises(MismatchError, match="was saved with"):
        made.load(saved)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"max_tokens": 0}, "max_tokens is 0"),
        ({"max_requests": 0}, "max_requests is 0"),
        ({"retries": -1}, "retries is -1"),
        ({"timeout": 0.0}, "timeout is 0.0"),
        ({"cluster_above": 1.5}, "cluster_above is 1.5"),
        ({"llm": " "}, "llm is empty"),
        ({"backend": "extractive", "dry_run": True}, "the backend extractive asks none"),
    ],
)
def test_senseless_options_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        LlmCaptionsOptions(**changes)


def test_an_address_on_this_machine_needs_no_encryption_for_a_key(
    weights: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setenv("VSUMBENCH_LLM_API_KEY", KEY)
    for url in ("http://localhost:1/v1", "http://[::1]:1/v1", "http://127.8.0.1:1/v1"):
        assert model(tmp_path, asking(Endpoint(url)))
