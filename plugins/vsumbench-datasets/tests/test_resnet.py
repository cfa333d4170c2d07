"""`resnet50`: the published size and names, a block by hand, and rows that are the pooled last stage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from extraction_helpers import all_rows, context, pictures, video
from safetensors.torch import save_file
from torch.nn.functional import batch_norm, conv2d
from vsumbench_datasets.extractors.resnet import Bottleneck, ResNet50, build

from vsumbench.errors import DataDamagedError


@pytest.fixture(scope="module")
def network() -> ResNet50:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return ResNet50().eval()


def test_it_has_the_published_number_of_parameters(network: ResNet50) -> None:
    assert sum(parameter.numel() for parameter in network.parameters()) == 25_557_032


def test_its_tensors_are_named_as_torchvision_names_them(network: ResNet50) -> None:
    norm = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    names = ["conv1.weight", *(f"bn1.{part}" for part in norm), "fc.weight", "fc.bias"]
    for layer, blocks in enumerate((3, 4, 6, 3), 1):
        for block in range(blocks):
            inside = f"layer{layer}.{block}"
            for number in (1, 2, 3):
                names += [f"{inside}.conv{number}.weight", *(f"{inside}.bn{number}.{part}" for part in norm)]
            if block == 0:
                names += [
                    f"{inside}.downsample.0.weight",
                    *(f"{inside}.downsample.1.{part}" for part in norm),
                ]
    assert sorted(network.state_dict()) == sorted(names) and len(names) == 320


@pytest.mark.parametrize(("into", "stride"), [(16, 1), (16, 2), (6, 1)])
def test_a_block_adds_what_came_in(into: int, stride: int) -> None:
    block = Bottleneck(into, 4, stride).eval()
    state, x = block.state_dict(), torch.randn(2, into, 8, 6)

    def unit(name: str, x: torch.Tensor, step: int = 1) -> torch.Tensor:
        number = name[-1]
        kernel, norm = (
            (f"conv{number}", f"bn{number}")
            if name.startswith("conv")
            else (f"{name[:-2]}.0", f"{name[:-2]}.1")
        )
        weight = state[f"{kernel}.weight"]
        x = conv2d(x, weight, stride=step, padding=weight.shape[-1] // 2)
        return batch_norm(
            x, *(state[f"{norm}.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
        )

    past = unit("downsample.x", x, stride) if "downsample.0.weight" in state else x
    inside = unit("conv3", unit("conv2", unit("conv1", x).relu(), stride).relu())
    with torch.no_grad():
        torch.testing.assert_close(block(x), (inside + past).relu())


def test_a_block_whose_last_norm_is_zero_passes_on_what_came_in() -> None:
    block = Bottleneck(16, 4, 1).eval()
    torch.nn.init.zeros_(block.bn3.weight)
    x = torch.randn(1, 16, 5, 5)
    with torch.no_grad():
        torch.testing.assert_close(block(x), x.relu())
    assert block.downsample is None


def test_rows_are_the_mean_over_space_of_the_last_stage_and_not_normalised(
    network: ResNet50, tmp_path: Path
) -> None:
    save_file(network.state_dict(), tmp_path / "resnet.safetensors")
    pixels = pictures(2, 256, 256)
    rows = all_rows(build(context(), str(tmp_path / "resnet.safetensors")), video(pixels))
    assert rows.shape == (2, 2048) and rows.dtype == np.float32
    seen: list[torch.Tensor] = []
    hook = network.layer4.register_forward_hook(lambda module, given, found: seen.append(found))
    middle = torch.from_numpy(np.stack(pixels)[:, 16:240, 16:240].copy()).permute(0, 3, 1, 2) / 255
    mean, deviation = (torch.tensor(v).view(3, 1, 1) for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    with torch.no_grad():
        assert network.logits((middle - mean) / deviation).shape == (2, 1000)
    hook.remove()
    assert seen[0].shape == (2, 2048, 7, 7)
    np.testing.assert_allclose(rows, seen[0].mean(dim=(2, 3)).numpy(), rtol=1e-4, atol=1e-4)


def test_the_weights_of_another_network_are_refused(network: ResNet50, tmp_path: Path) -> None:
    tensors = {name.replace("layer4", "layer5"): tensor for name, tensor in network.state_dict().items()}
    save_file(tensors, tmp_path / "other.safetensors")
    with pytest.raises(DataDamagedError, match=r"'layer4\.0\.conv1\.weight' is missing \(and "):
        build(context(), str(tmp_path / "other.safetensors"))
