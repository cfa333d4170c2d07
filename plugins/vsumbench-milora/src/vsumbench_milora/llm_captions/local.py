"""An instruct model on this machine, through transformers."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import torch
from jinja2 import TemplateError
from transformers import AutoConfig, AutoModelForCausalLM

from vsumbench.contracts import Context, Video
from vsumbench.data.checkpoints import Checkpoint
from vsumbench.data.pretrained import damaged_checkpoint, load_pretrained
from vsumbench.errors import MismatchError
from vsumbench.training.precision import autocast, kept_in
from vsumbench_milora.captioning.captions import Caption

from .options import LlmCaptionsOptions
from .prompt import Messages, messages
from .writing import Written, one_paragraph


class LocalWriter:
    """Any causal language model with a chat template. Greedy; weights are read when the first video comes.

    Args:
        options: of the model.
        checkpoint: the language model with its tokenizer.
        digest: of its weights.
        context: device and dtype.
    """

    def __init__(
        self, options: LlmCaptionsOptions, checkpoint: Checkpoint, digest: str, context: Context
    ) -> None:
        self._options, self._checkpoint, self._digest = options, checkpoint, digest
        self._device, self._dtype = context.device, context.dtype

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        model, tokenizer = load_pretrained(AutoModelForCausalLM, self._checkpoint, accept=self._accept)
        if not tokenizer.chat_template:
            raise damaged_checkpoint(
                self._checkpoint,
                "has no chat template: it is no instruct model, or its tokenizer is not whole",
            )
        return model.to(self._device, kept_in(self._dtype)).requires_grad_(False).eval(), tokenizer

    def _accept(self, config: Any) -> None:
        if config.is_encoder_decoder:
            raise damaged_checkpoint(
                self._checkpoint, f"holds a {config.model_type} model, which is not causal"
            )

    @torch.no_grad()
    def write(self, video: Video, captions: Sequence[Caption]) -> Written:
        """The paragraph.

        Raises:
            DataDamagedError: the weights cannot be read, or are of no instruct model.
            MismatchError: the prompt is longer than the model reads.
        """
        begun = time.perf_counter()
        options = self._options
        model, tokenizer = self._loaded
        said = messages(options.prompt_version, video.duration, captions, options.max_tokens)
        ids = self._asked(tokenizer, said).to(self._device)
        room = getattr(model.config, "max_position_embeddings", None)
        if room is not None and ids.shape[1] + options.max_tokens > room:
            raise MismatchError(
                f"the captions of video {video.id!r} are {ids.shape[1]} tokens; with the "
                f"{options.max_tokens} of a summary they are more than the {room} that "
                f"{self._checkpoint.title!r} reads.",
                "Describe fewer frames (option max_frames), or use a model that reads more.",
            )
        with autocast(self._device, self._dtype):
            written = model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                do_sample=False,
                num_beams=1,
                temperature=None,
                top_p=None,
                top_k=None,
                max_new_tokens=options.max_tokens,
                pad_token_id=tokenizer.eos_token_id
                if tokenizer.pad_token_id is None
                else tokenizer.pad_token_id,
            )[0, ids.shape[1] :]
        text = tokenizer.decode(written, skip_special_tokens=True)
        return Written(one_paragraph(text), ids.shape[1], len(written), time.perf_counter() - begun)

    def _asked(self, tokenizer: Any, said: Messages) -> torch.Tensor:
        """(1, L) ids of the conversation.

        Some models have no system turn, and their template says so with an error; there the first message
        stands in front of the second one, as their makers advise.
        """
        given: dict[str, Any] = {"add_generation_prompt": True, "return_tensors": "pt", "return_dict": True}
        whole = "\n\n".join(one["content"] for one in said)
        try:
            return torch.as_tensor(tokenizer.apply_chat_template(said, **given)["input_ids"])
        except TemplateError:
            said = [{"role": "user", "content": whole}]
        try:
            return torch.as_tensor(tokenizer.apply_chat_template(said, **given)["input_ids"])
        except TemplateError as error:
            raise damaged_checkpoint(
                self._checkpoint, f"has a chat template that takes no user's turn: {error}"
            ) from None

    def identity(self) -> dict[str, str]:
        """Name and digest of the weights."""
        return {
            "writer": "local-transformers",
            "llm": self._checkpoint.title,
            "llm_digest": self._digest,
        }

    def parameters(self) -> Mapping[str, tuple[int, int]]:
        """As large as its configuration says; nothing is trained."""
        config: Any = AutoConfig.from_pretrained(str(self._checkpoint.folder), local_files_only=True)
        kind: Any = AutoModelForCausalLM
        with torch.device("meta"):
            model = kind.from_config(config)
        return {"llm": (sum(parameter.numel() for parameter in model.parameters()), 0)}
