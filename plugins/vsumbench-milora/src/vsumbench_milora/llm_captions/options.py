"""The options of `llm-captions`. Nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vsumbench_milora.captioning.options import CaptionOptions, require

from .addresses import check_base_url


@dataclass(frozen=True)
class LlmCaptionsOptions(CaptionOptions):
    """Options of `llm-captions`. All of them are inferred: the paper names a method and gives numbers.
    How frames are described is in `CaptionOptions`.

    Attributes:
        backend: what makes one text of the captions. `openai-compatible`: a server that speaks the chat
            completions API; choosing it, and giving its address, is what allows this model to use the
            network. `local-transformers`: an instruct model on this machine. `extractive`: no language
            model, the first sentence of each group of similar captions.
        llm: name of the model at the endpoint; or, for `local-transformers`, its weights as
            `captioner_weights` names them.
        llm_sha256: digest of the weights of `local-transformers`, as `captioner_sha256`.
        base_url: address of the endpoint, what stands before `/chat/completions`. There is no default, and no
            variable holds it: who answered is part of a run. A key is taken from VSUMBENCH_LLM_API_KEY and
            from nowhere else.
        prompt_version: wording of the prompt.
        max_tokens: most tokens of a summary. Temperature is 0.
        limit_field: how the endpoint calls `max_tokens`; newer models of OpenAI take
            `max_completion_tokens` alone.
        max_requests: most requests a run sends, repeated ones and those before an interruption included.
            Answers that are kept from earlier runs cost none.
        dry_run: caption all videos, ask nothing, and stop with what asking would take.
        reuse: take answers to the very same request from earlier runs.
        timeout: seconds an endpoint may take for one answer.
        retries: how often a request is repeated that failed in a way that may pass.
        longest_wait: most seconds between two tries; a server that asks for more ends the run.
        cluster_above: `extractive` groups captions whose words overlap with those of the group's first
            caption by at least this (Jaccard index).
        sentences: `extractive` writes at most so many sentences, those of the groups with most frames.
    """

    backend: Literal["openai-compatible", "local-transformers", "extractive"] = "openai-compatible"
    llm: str = "gpt-4"
    llm_sha256: str = ""
    base_url: str = ""
    prompt_version: Literal["1"] = "1"
    max_tokens: int = 160
    limit_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    max_requests: int = 5_000
    dry_run: bool = False
    reuse: bool = True
    timeout: float = 60.0
    retries: int = 5
    longest_wait: float = 120.0
    cluster_above: float = 0.4
    sentences: int = 8

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("max_tokens", "max_requests", "sentences"):
            require(getattr(self, name) >= 1, f"{name} is {getattr(self, name)}, expected 1 or more")
        require(self.retries >= 0, f"retries is {self.retries}, expected 0 or more")
        for name in ("timeout", "longest_wait"):
            require(getattr(self, name) > 0, f"{name} is {getattr(self, name)}, expected seconds above 0")
        require(
            0 <= self.cluster_above <= 1,
            f"cluster_above is {self.cluster_above}, expected a share in [0, 1]",
        )
        require(bool(self.llm.strip()) or self.backend == "extractive", "llm is empty, expected a model")
        require(
            not self.dry_run or self.backend == "openai-compatible",
            f"dry_run says what asking an endpoint would take; the backend {self.backend} asks none",
        )
        if self.base_url:
            check_base_url(self.base_url)
