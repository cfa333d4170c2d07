"""`googlenet-pool5`: the published size and names, blocks against a computation by hand, weights by path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from extraction_helpers import all_rows, context, pictures, video
from safetensors.torch import save_file
from torch import Tensor
from torch.nn.functional import batch_norm, conv2d, max_pool2d
from vsumbench_datasets.extractors.googlenet import GoogLeNet, Inception, build

from vsumbench.errors import DataDamagedError, UnavailableError


def seeded(network: torch.nn.Module) -> Any:
    """The network in evaluation, its batch normalisations no longer those of a new one."""
    draw = torch.Generator().manual_seed(1)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            for tensor, low, high in (
                (module.weight, 0.8, 1.2),
                (module.bias, -0.1, 0.1),
                (module.running_mean, -0.1, 0.1),
                (module.running_var, 0.5, 1.5),
            ):
                assert tensor is not None
                torch.nn.init.uniform_(tensor, low, high, generator=draw)
    return network.eval()


@pytest.fixture(scope="module")
def network() -> GoogLeNet:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made: GoogLeNet = seeded(GoogLeNet())
    return made


@pytest.fixture(scope="module")
def weights(network: GoogLeNet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "googlenet.safetensors"
    save_file(network.state_dict(), path)
    return path


def test_it_has_the_published_number_of_parameters_with_its_classifier_and_without_auxiliary_ones() -> None:
    assert sum(parameter.numel() for parameter in GoogLeNet().parameters()) == 6_624_904


def test_its_tensors_are_named_as_torchvision_names_them() -> None:
    stages = ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")
    branches = ("branch1", "branch2.0", "branch2.1", "branch3.0", "branch3.1", "branch4.1")
    units = ["conv1", "conv2", "conv3", *(f"inception{s}.{b}" for s in stages for b in branches)]
    tensors = (
        "conv.weight",
        "bn.weight",
        "bn.bias",
        "bn.running_mean",
        "bn.running_var",
        "bn.num_batches_tracked",
    )
    names = [f"{unit}.{tensor}" for unit in units for tensor in tensors] + ["fc.weight", "fc.bias"]
    assert sorted(GoogLeNet().state_dict()) == sorted(names) and len(names) == 344


def by_hand(state: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    """Convolution, batch normalisation and ReLU of one unit."""
    kernel = state[f"{name}.conv.weight"]
    x = conv2d(x, kernel, padding=kernel.shape[-1] // 2)
    mean, variance = state[f"{name}.bn.running_mean"], state[f"{name}.bn.running_var"]
    x = batch_norm(x, mean, variance, state[f"{name}.bn.weight"], state[f"{name}.bn.bias"], eps=1e-3)
    return x.clamp(min=0)


def test_a_block_is_its_four_branches_joined() -> None:
    block = seeded(Inception(12, 4, 3, 6, 2, 5, 7))
    state, x = block.state_dict(), torch.randn(2, 12, 9, 7)
    branches = [
        by_hand(state, "branch1", x),
        by_hand(state, "branch2.1", by_hand(state, "branch2.0", x)),
        by_hand(state, "branch3.1", by_hand(state, "branch3.0", x)),
        by_hand(state, "branch4.1", max_pool2d(x, 3, stride=1, padding=1)),
    ]
    with torch.no_grad():
        found = block(x)
    assert found.shape == (2, 4 + 6 + 5 + 7, 9, 7)
    torch.testing.assert_close(found, torch.cat(branches, dim=1))


def test_the_stages_have_the_sizes_of_the_papers_table(network: GoogLeNet) -> None:
    seen: dict[str, tuple[int, ...]] = {}
    names = (
        "conv1",
        "conv3",
        "inception3a",
        "inception3b",
        "inception4a",
        "inception4e",
        "inception5a",
        "inception5b",
    )
    hooks = [
        getattr(network, name).register_forward_hook(
            lambda module, given, found, name=name: seen.update({name: tuple(found.shape[1:])})
        )
        for name in names
    ]
    with torch.no_grad():
        assert network.logits(torch.zeros(1, 3, 224, 224)).shape == (1, 1000)
    for hook in hooks:
        hook.remove()
    assert seen == {
        "conv1": (64, 112, 112),
        "conv3": (192, 56, 56),
        "inception3a": (256, 28, 28),
        "inception3b": (480, 28, 28),
        "inception4a": (512, 14, 14),
        "inception4e": (832, 14, 14),
        "inception5a": (832, 7, 7),
        "inception5b": (1024, 7, 7),
    }


def test_a_row_is_the_mean_of_the_last_block_divided_by_its_length(network: GoogLeNet, weights: Path) -> None:
    pixels = pictures(1, 256, 256)
    rows = all_rows(build(context(), str(weights)), video(pixels))
    assert rows.shape == (1, 1024) and rows.dtype == np.float32
    # 256 x 256 is not resized: the middle 224, in units of ImageNet's deviations.
    middle = torch.from_numpy(pixels[0][16:240, 16:240].copy()).permute(2, 0, 1)[None] / 255
    mean, deviation = (torch.tensor(v).view(3, 1, 1) for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    seen: list[Tensor] = []
    hook = network.inception5b.register_forward_hook(lambda module, given, found: seen.append(found))
    with torch.no_grad():
        network((middle - mean) / deviation)
    hook.remove()
    pooled = seen[0].mean(dim=(2, 3))[0].numpy()
    np.testing.assert_allclose(rows[0], pooled / (np.linalg.norm(pooled) + 1e-10), atol=1e-5)
    assert rows.min() >= 0 and abs(np.linalg.norm(rows[0]) - 1) < 1e-5


def test_the_auxiliary_classifiers_of_a_published_file_are_left_out(
    network: GoogLeNet, weights: Path, tmp_path: Path
) -> None:
    more = network.state_dict() | {"aux1.fc1.weight": torch.zeros(3, 3), "aux2.conv.bn.bias": torch.zeros(3)}
    save_file(more, tmp_path / "published.safetensors")
    of = video(pictures(2))
    np.testing.assert_array_equal(
        all_rows(build(context(), str(tmp_path / "published.safetensors")), of),
        all_rows(build(context(), str(weights)), of),
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"inception4b.branch2.1.conv.weight": None}, "'inception4b.branch2.1.conv.weight' is missing"),
        ({"layer1.0.conv1.weight": torch.zeros(3)}, "'layer1.0.conv1.weight' is unknown"),
        ({"fc.bias": torch.zeros(1001)}, "fc.bias: expected shape (1000,), found shape (1001,)"),
        ({"fc.bias": torch.full((1000,), torch.nan)}, "fc.bias: expected finite numbers"),
        ({"fc.bias": torch.zeros(1000, dtype=torch.int32)}, "fc.bias: expected dtype torch.float32"),
    ],
)
def test_a_file_that_is_not_this_network_is_refused_by_the_name_of_what_is_wrong(
    network: GoogLeNet, tmp_path: Path, change: dict[str, Tensor | None], expected: str
) -> None:
    tensors = {**network.state_dict(), **change}
    path = tmp_path / "wrong.safetensors"
    save_file({name: tensor for name, tensor in tensors.items() if tensor is not None}, path)
    with pytest.raises(DataDamagedError) as raised:
        build(context(), str(path))
    assert expected in raised.value.message and str(path) in raised.value.message


def test_batch_counters_may_be_missing(network: GoogLeNet, tmp_path: Path) -> None:
    kept = {n: t for n, t in network.state_dict().items() if not n.endswith("num_batches_tracked")}
    save_file(kept, tmp_path / "kept.safetensors")
    assert build(context(), str(tmp_path / "kept.safetensors"))


def test_a_truncated_file_is_refused(weights: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.safetensors"
    path.write_bytes(weights.read_bytes()[:100_000])
    with pytest.raises(DataDamagedError, match="a whole safetensors file"):
        build(context(), str(path))


def test_a_pickle_is_not_read_and_the_hint_converts_it(network: GoogLeNet, tmp_path: Path) -> None:
    import shlex

    path = tmp_path / "googlenet.pth"
    torch.save(network.state_dict(), path)
    with pytest.raises(UnavailableError, match="is a pickle, which is not read") as raised:
        build(context(), str(path))
    python, *arguments = shlex.split(raised.value.hint.split("`")[1])
    assert python == "python" and arguments[0] == "-c"
    exec(arguments[1], {})
    rows = all_rows(build(context(), str(path.with_suffix(".safetensors"))), video(pictures(1)))
    assert rows.shape == (1, 1024)


def test_a_file_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path / "weights"))
    with pytest.raises(UnavailableError, match=r"'nowhere.safetensors' is not here"):
        build(context(), "nowhere.safetensors")


def test_a_file_below_the_weights_root_is_found_by_its_name(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(weights.parent))
    assert build(context(), weights.name)
