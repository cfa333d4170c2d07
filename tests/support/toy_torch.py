"""A small model trained by the training engine: scores and a text from the toy features, in torch.

A development plugin, given as `./toy_torch.py:SPEC`. `TOY_TORCH_FAILS` makes the process of that rank fail
when it starts to train.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsumbench.contracts import (
    Context,
    FeatureSpec,
    FitReport,
    Inputs,
    ModelSpec,
    Sample,
    Summary,
    Task,
    Video,
)

if TYPE_CHECKING:
    import torch

    from vsumbench.training.loop import Loss


@dataclass(frozen=True)
class ToyTorchOptions:
    """A recipe's numbers."""

    epochs: int = 2
    batch_size: int = 3
    accumulation: int = 1
    learning_rate: float = 0.05
    dropout: float = 0.0


SPEC = ModelSpec(
    id="toy-torch",
    title="Toy net in torch",
    tasks=(Task.V2V,),
    implementation="toy_torch:ToyTorch",
    inputs=(Inputs(features=(FeatureSpec(name="toy-8", shape=(8,)),)),),
    options=ToyTorchOptions,
    trainable=True,
)


class ToyTorch:
    """One hidden layer over the features of each step."""

    def __init__(self, options: ToyTorchOptions, context: Context) -> None:
        import torch
        from torch import nn

        self.options = options
        self.net = nn.Sequential(
            nn.Linear(8, 6), nn.Tanh(), nn.Dropout(options.dropout), nn.Linear(6, 1), nn.Flatten(0)
        )
        generator = torch.Generator().manual_seed(context.seeds.child("init").integer())
        with torch.no_grad():
            for parameter in self.net.parameters():
                parameter.copy_(0.3 * torch.randn(parameter.shape, generator=generator))
        self.net.eval()

    def fit(self, train: Sequence[Sample], validation: Sequence[Sample], context: Context) -> FitReport:
        """Squared errors, in the mean over steps of all videos."""
        import torch

        from vsumbench.training.loop import train as run_training
        from vsumbench.training.recipe import Recipe

        if os.environ.get("TOY_TORCH_FAILS") == os.environ.get("RANK", "0"):
            raise ValueError("a toy broke")
        recipe = Recipe(
            epochs=self.options.epochs,
            batch_size=self.options.batch_size,
            accumulation=self.options.accumulation,
        )
        held = [sample.video for sample in validation]
        score = context.validate
        return run_training(
            self.net,
            torch.optim.Adam(self.net.parameters(), lr=self.options.learning_rate),
            train,
            _squared,
            recipe,
            context,
            validate=None if score is None else lambda: score([*self.summarize(held, context)]),
        )

    def summarize(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
        """One score a step."""
        import torch

        for video in videos:
            with torch.no_grad():
                scores = self.net(_inputs(video).to(context.device)).cpu().numpy().astype("float64")
            yield Summary(video_id=video.id, importance=scores)

    def save(self, folder: Path) -> None:
        """As safetensors."""
        from safetensors.torch import save_file

        save_file(self.net.state_dict(), folder / "net.safetensors")

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        from safetensors.torch import load_file

        self.net.load_state_dict(load_file(folder / "net.safetensors"))


def _squared(net: Any, samples: Sequence[Sample]) -> Loss:
    import torch

    from vsumbench.training.loop import Loss

    device = next(net.parameters()).device
    error = net(torch.cat([_inputs(sample.video) for sample in samples]).to(device)) - torch.cat(
        [_target(sample) for sample in samples]
    ).to(device)
    return Loss((error**2).sum(), len(error))


def _inputs(video: Video) -> torch.Tensor:
    import torch

    features = torch.from_numpy(video.features["toy-8"].read().astype("float32"))
    return (features - features.mean(dim=0)) / features.std(dim=0).clamp_min(1e-6)


def _target(sample: Sample) -> torch.Tensor:
    import torch

    importance = sample.annotations.importance
    assert importance is not None
    return torch.from_numpy(importance.mean(axis=0)[sample.video.picks] - 3.0).float()
