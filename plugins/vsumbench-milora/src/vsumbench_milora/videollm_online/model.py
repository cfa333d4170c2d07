"""VideoLLM-online as a model of the harness."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import LlamaForCausalLM, SiglipVisionModel

from vsumbench.contracts import Context, Cost, FitReport, Sample, Summary, Video
from vsumbench.contracts.context import Progress
from vsumbench.training import loop
from vsumbench.training.precision import autocast, kept_in

from .adapters import empty_model, parameter_counts
from .answers import streamed_summary
from .conversations import asked_turns, examples_of
from .generation import Thread, answer
from .learning import ConversationLoss, optimizer_of, recipe_of
from .live.network import CONNECTOR, Live
from .live.seeing import Eyes, Seen, Sight
from .live.template import ASSISTANT, Layout, opening
from .live.wording import Wording
from .options import OnlineOptions
from .parts import (
    bare_model,
    first_model,
    identity,
    language_config,
    load_language,
    load_vision,
    vision_config,
)
from .room import cut_answers, require_room, room_of
from .storing import check_settings, load_adapter, save_adapter
from .streaming import Streamer


@dataclass(frozen=True)
class _Built:
    """Everything that was loaded."""

    model: PeftModel
    wording: Wording
    eyes: Eyes

    @property
    def positions(self) -> int:
        """Of the language model."""
        language: Any = self.model.get_base_model()
        count: int = language.config.max_position_embeddings
        return count


class VideoLlmOnline:
    """A frozen frame encoder and language model; connector and low-rank updates are trained."""

    def __init__(self, options: OnlineOptions, context: Context) -> None:
        self._options = options
        self._device, self._dtype, self._seeds = context.device, context.dtype, context.seeds
        self._built: _Built | None = None

    def fit(self, train: Sequence[Sample], validation: Sequence[Sample], context: Context) -> FitReport:
        """Train adapter and connector (`OnlineOptions.target`); with `tuning=none`, nothing.

        The report's facts say how many videos are learned as streams and how many answers were cut to
        `max_new_tokens`.

        Raises:
            OptionValueError: `max_frames` frames do not fit into the positions of the language model.
            MismatchError: a video has no text, or what is taught of it does not fit.
        """
        options = self._options
        built = self._built = self._new()
        if options.tuning == "none":
            return FitReport(facts=self._facts())
        if options.gradient_checkpointing:
            checkpoint_activations(built.model)
        examples, held = examples_of(train, options), examples_of(validation, options)
        cut = cut_answers(examples, options, built.positions, built.wording)
        cut_answers(held, options, built.positions, built.wording)
        sight = self._sight(built, options.cache_mib)
        loss = ConversationLoss(sight, built.wording, options)
        validate = context.validate

        def score() -> float:
            assert validate is not None
            if options.monitor == "val_loss":
                return -loss.mean(built.model, held, context.dtype)
            videos = [example.video for example in held]
            return validate([*self._write(videos, sight, context.progress, "validate")])

        report = loop.train(
            built.model,
            optimizer_of(built.model, options),
            examples,
            loss,
            recipe_of(options),
            context,
            validate=score if validate is not None else None,
        )
        built.model.to(self._device)
        streams = sum(bool(example.captions) for example in examples) if options.target == "stream" else 0
        learned = {"stream_videos": streams, "cut_answers": cut}
        return replace(
            report,
            facts={**report.facts, **self._facts(), **learned},
            selected_by="validation loss" if options.monitor == "val_loss" else "",
        )

    def summarize(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
        """Summaries in order: one answer after all frames, or answers while they come in."""
        yield from self._write(videos, self._sight(self._ready(), 0), context.progress, "write")

    def save(self, folder: Path) -> None:
        """A folder of peft with adapter and connector, and `online_config.json`."""
        save_adapter(self._ready().model, self._options, identity(self._options), folder)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote.

        Raises:
            DataDamagedError: a file is missing or unreadable, or has other tensors than this model.
            MismatchError: it stands on other weights, or is of another structure than the options say.
        """
        check_settings(folder, self._options, identity(self._options))
        language, wording = self._language()
        model = bare_model(language, self._options, self._seeds)
        load_adapter(model, folder, self._options)
        self._built = self._placed(model, wording)

    def parameters(self) -> Mapping[str, tuple[int, int]]:
        """Part → (total, trainable). Frame encoder and language model are frozen."""
        vision, language = vision_config(self._options), language_config(self._options)
        with torch.device("meta"):
            encoder = SiglipVisionModel(vision)
        counts = parameter_counts(empty_model(vision, language, self._options))
        live = (CONNECTOR, "LoRA") if self._options.tuning == "lora" else ()
        frozen = {"frame encoder": sum(p.numel() for p in encoder.parameters())}
        return {part: (count, count if part in live else 0) for part, count in (frozen | counts).items()}

    def _new(self) -> _Built:
        language, wording = self._language()
        for option in ("system", "prompt", "stream_prompt"):
            wording.require_known(option, getattr(self._options, option))
        model = first_model(language, self._options, self._seeds.child("online"))
        return self._placed(model, wording)

    def _language(self) -> tuple[LlamaForCausalLM, Wording]:
        """The language model and its tokenizer, once it is known that what the options ask for fits."""
        language, wording = load_language(self._options)
        require_room(self._options, language.config.max_position_embeddings, wording)
        return language, wording

    def _placed(self, model: PeftModel, wording: Wording) -> _Built:
        """On the device. Only float64 changes what weights are held in."""
        eyes = Eyes(load_vision(self._options), self._options.grid)
        if kept_in(self._dtype) == torch.float64:
            model, eyes = model.double(), eyes.double()
        return _Built(model.eval().to(self._device), wording, eyes.eval().to(self._device))

    def _ready(self) -> _Built:
        if self._built is None:
            self._built = self._new()
        return self._built

    def _sight(self, built: _Built, budget_mib: int) -> Sight:
        return Sight(built.eyes, self._options.max_frames, self._dtype, budget_mib)

    def _write(
        self, videos: Sequence[Video], sight: Sight, progress: Progress, stage: str
    ) -> Iterator[Summary]:
        """One video at a time: they differ in length, and a stream has no batch."""
        for number, video in enumerate(videos, 1):
            begun = time.perf_counter()
            seen = sight(video)
            with torch.no_grad(), autocast(self._device, self._dtype):
                summary = self._summary(video, seen)
            seconds = time.perf_counter() - begun
            progress.advance(stage, number, len(videos))
            yield replace(summary, cost=replace(summary.cost, seconds=seconds))

    def _summary(self, video: Video, seen: Seen) -> Summary:
        built, options = self._ready(), self._options
        live, layout = Live(built.model, built.wording.placeholder), Layout.of(options.grid)
        room = room_of(options, built.positions)
        if options.mode == "stream":
            streamer = Streamer(
                live,
                layout,
                built.wording,
                options.system,
                options.stream_prompt,
                options.stream_threshold,
                options.max_new_tokens,
                room=room,
            )
            streamed = streamer.run(seen.tokens, video.id)
            return streamed_summary(video, seen, streamed, built.wording, options.stream_score)
        turns = asked_turns(len(seen.steps), options)
        ids = torch.tensor(opening(turns, options.system, layout, built.wording, ASSISTANT))
        thread = Thread(live, room=room, about=video.id)
        logits = thread.read(live.embed(ids[None].to(live.device), seen.tokens.to(live.device))[0])
        said = answer(thread, logits, limit=options.max_new_tokens, end=built.wording.end)
        return Summary(video_id=video.id, text=built.wording.decode(said), cost=Cost(tokens=len(said)))

    def _facts(self) -> dict[str, float]:
        """Parameters for the trainable share; the frame encoder, whose outputs are kept, apart."""
        counts = self.parameters()
        return {
            "trainable_parameters": sum(live for _, live in counts.values()),
            "total_parameters": sum(total for total, _ in counts.values()),
            "tower_parameters": counts["frame encoder"][0],
        }


def checkpoint_activations(model: PeftModel) -> None:
    """Compute activations of the language model's layers again in the backward pass."""
    language: Any = model.get_base_model()
    language.gradient_checkpointing_enable({"use_reentrant": False})
