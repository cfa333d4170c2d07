"""CSTA on its other trunks: published sizes and names, any length, ImageNet weights, whole in the harness."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from keyshots_golden import filled, inputs, is_filled
from keyshots_support import build, context
from safetensors.torch import save_file
from torch import Tensor, nn
from vsumbench_keyshots.csta.efficientnet import EfficientNetB0Trunk, MBConv, left_out
from vsumbench_keyshots.csta.network import CstaNetwork, shortest
from vsumbench_keyshots.csta.spec import CSTA, IMAGENET
from vsumbench_keyshots.csta.trunks import TRUNKS
from vsumbench_keyshots.shared.scorer import NEVER_USED, FrameScorer

from vsumbench.contracts import Feature, FeatureSpec, Video
from vsumbench.errors import DataDamagedError, MismatchError, OptionValueError
from vsumbench.testing import conformance

OTHERS = ("efficientnet-b0", "mobilenet-v2", "resnet-18")
SMALL = ("width=128", "projection=0")
LAST_CONVOLUTION = {
    "googlenet": "inception5b.branch4.1.conv.weight",
    "efficientnet-b0": "features.8.0.weight",
    "mobilenet-v2": "features.18.0.weight",
    "resnet-18": "layer4.1.conv2.weight",
}

test_conformance = pytest.mark.slow(conformance("model", "csta_trunks_support:EFFICIENTNET"))


def network(trunk: str, *overrides: str, input_dim: int = 32) -> CstaNetwork:
    """A network an eighth as wide."""
    torch.manual_seed(0)
    found = build(CSTA, *SMALL, *overrides, variant=trunk, preset="scratch").network(input_dim)
    assert isinstance(found, CstaNetwork)
    return found


def on_meta(trunk: str) -> nn.Module:
    with torch.device("meta"):
        return TRUNKS[trunk].build(1024)


def a_video(steps: int) -> Video:
    spec = FeatureSpec(name="some-feature", shape=(12,), extractor="x@1")
    feature = Feature(spec=spec, steps=steps, read=lambda: inputs(steps, 12).numpy())
    return Video(
        id="v",
        duration=steps / 2,
        fps=2.0,
        n_frames=steps,
        picks=np.arange(steps),
        features={spec.name: feature},
    )


def fill(module: nn.Module) -> None:
    """Every tensor but the counters with numbers of its own, also those that start at 0 or 1."""
    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            if not name.endswith("num_batches_tracked"):
                tensor.mul_(torch.rand_like(tensor) + 0.5).add_(torch.rand_like(tensor), alpha=0.01)


@pytest.mark.parametrize(
    ("trunk", "feature_parameters", "channels", "total", "without_the_classifier"),
    [
        ("efficientnet-b0", 4_007_548, 1280, 9_559_143, 8_278_143),
        ("mobilenet-v2", 2_223_872, 1280, 7_775_467, 6_494_467),
        ("resnet-18", 11_176_512, 512, 13_006_379, 12_493_379),
    ],
)
def test_trunks_and_networks_have_the_published_number_of_parameters(
    trunk: str, feature_parameters: int, channels: int, total: int, without_the_classifier: int
) -> None:
    assert sum(parameter.numel() for parameter in on_meta(trunk).parameters()) == feature_parameters
    model = build(CSTA, variant=trunk)
    counted = {part: count for part, (count, _) in model.parameters().items()}
    assert counted["trunk"] == feature_parameters
    assert counted[NEVER_USED] == 1000 * channels + 1000
    assert counted["cls"] == 3 * 1024
    assert sum(counted.values()) == total
    assert sum(counted.values()) - counted[NEVER_USED] == without_the_classifier
    bare = {
        part: count for part, (count, _) in build(CSTA, "attention=false", variant=trunk).parameters().items()
    }
    assert counted.pop("value") == 1024 * channels + channels and bare == counted


PUBLISHED: dict[str, dict[str, tuple[int, ...]]] = {
    "efficientnet-b0": {
        "features.0.0.weight": (32, 3, 3, 3),
        "features.0.1.running_mean": (32,),
        "features.1.0.block.0.0.weight": (32, 1, 3, 3),
        "features.1.0.block.1.fc1.weight": (8, 32, 1, 1),
        "features.1.0.block.1.fc2.bias": (32,),
        "features.1.0.block.2.0.weight": (16, 32, 1, 1),
        "features.2.0.block.0.0.weight": (96, 16, 1, 1),
        "features.2.0.block.1.0.weight": (96, 1, 3, 3),
        "features.2.0.block.2.fc1.weight": (4, 96, 1, 1),
        "features.2.1.block.3.1.weight": (24,),
        "features.3.0.block.1.0.weight": (144, 1, 5, 5),
        "features.4.2.block.2.fc2.weight": (480, 20, 1, 1),
        "features.5.0.block.3.0.weight": (112, 480, 1, 1),
        "features.6.3.block.2.fc1.bias": (48,),
        "features.7.0.block.3.0.weight": (320, 1152, 1, 1),
        "features.8.0.weight": (1280, 320, 1, 1),
        "features.8.1.num_batches_tracked": (),
    },
    "mobilenet-v2": {
        "features.0.0.weight": (32, 3, 3, 3),
        "features.0.1.weight": (32,),
        "features.1.conv.0.0.weight": (32, 1, 3, 3),
        "features.1.conv.1.weight": (16, 32, 1, 1),
        "features.1.conv.2.running_var": (16,),
        "features.2.conv.0.0.weight": (96, 16, 1, 1),
        "features.2.conv.1.0.weight": (96, 1, 3, 3),
        "features.2.conv.2.weight": (24, 96, 1, 1),
        "features.2.conv.3.bias": (24,),
        "features.4.conv.2.weight": (32, 144, 1, 1),
        "features.7.conv.2.weight": (64, 192, 1, 1),
        "features.14.conv.1.0.weight": (576, 1, 3, 3),
        "features.17.conv.2.weight": (320, 960, 1, 1),
        "features.18.0.weight": (1280, 320, 1, 1),
        "features.18.1.num_batches_tracked": (),
    },
    "resnet-18": {
        "conv1.weight": (64, 3, 7, 7),
        "bn1.running_mean": (64,),
        "layer1.0.conv1.weight": (64, 64, 3, 3),
        "layer1.1.bn2.bias": (64,),
        "layer2.0.conv1.weight": (128, 64, 3, 3),
        "layer2.0.conv2.weight": (128, 128, 3, 3),
        "layer2.0.downsample.0.weight": (128, 64, 1, 1),
        "layer2.0.downsample.1.running_var": (128,),
        "layer3.0.downsample.0.weight": (256, 128, 1, 1),
        "layer3.1.conv2.weight": (256, 256, 3, 3),
        "layer4.0.conv1.weight": (512, 256, 3, 3),
        "layer4.1.bn1.weight": (512,),
        "layer4.1.bn2.num_batches_tracked": (),
    },
}
ALL_NAMES = {
    "efficientnet-b0": (358, "cbc17cfe4c1896ea"),
    "mobilenet-v2": (312, "671ea395e32ed150"),
    "resnet-18": (120, "ddf4934ad46eafa3"),
}
"""Of torchvision 0.28: the tensors of the state dict but for the classifier's two, and sha256 (its beginning)
of a line `name [shape]` each, in order."""


@pytest.mark.parametrize("trunk", OTHERS)
def test_names_and_shapes_are_those_of_the_published_weights(trunk: str) -> None:
    state = on_meta(trunk).state_dict()
    assert {name: tuple(state[name].shape) for name in PUBLISHED[trunk]} == PUBLISHED[trunk]
    lines = "".join(f"{name} {list(tensor.shape)}\n" for name, tensor in state.items())
    assert (len(state), hashlib.sha256(lines.encode()).hexdigest()[:16]) == ALL_NAMES[trunk]


# Outputs of torchvision 0.28, weights and inputs (three times 60 x 256) by the rule of reference outputs:
# six channels of the last row, fourth column, and the sum of all outputs times cos(0), cos(1), ...
OUTPUTS = [
    (
        "efficientnet-b0",
        False,
        (0.0036745, -0.0395866, 0.0431200, -0.0040778, 0.0777352, 0.0306085),
        -0.514442,
    ),
    ("mobilenet-v2", False, (0.0, 3.4956539, 3.4494445, 0.0, 1.8144902, 0.0), 50.366699),
    ("mobilenet-v2", True, (0.0, 0.0, 0.9283703, 0.0, 1.9131618, 1.6840868), 19.449802),
    ("resnet-18", False, (0.0, 2.3301294, 1.3445114, 0.0, 0.0, 0.5463183), 39.337944),
    ("resnet-18", True, (0.0, 0.5508628, 0.2260467, 0.0, 0.2785531, 0.0), 32.602745),
]


@pytest.mark.parametrize(("trunk", "training", "values", "total"), OUTPUTS)
def test_outputs_are_those_of_torchvision(
    trunk: str, training: bool, values: tuple[float, ...], total: float
) -> None:
    module = TRUNKS[trunk].build(1024).train(training)
    state = module.state_dict()
    module.load_state_dict(
        {name: filled(name, tuple(old.shape)) if is_filled(name) else old for name, old in state.items()}
    )
    with torch.no_grad():
        found = module(inputs(60, 256).expand(1, 3, 60, 256))
    assert found[0, :6, 1, 3].tolist() == pytest.approx(values, abs=1e-4)
    weights = torch.arange(found.numel()).view(found.shape).cos()
    assert float((found * weights).sum()) == pytest.approx(total, abs=2e-2)


@pytest.mark.parametrize("trunk", OTHERS)
def test_official_names_stand_under_the_whole_network_of_the_trunk(trunk: str) -> None:
    model = build(CSTA, "width=128", variant=trunk)
    found = {theirs for (theirs,) in model.keys(model.network(32)).values()}
    official, classifier = TRUNKS[trunk].official, TRUNKS[trunk].classifier
    assert {f"{official}.{LAST_CONVOLUTION[trunk]}", f"{official}.{classifier}.bias"} < found
    assert not any(name.startswith("googlenet") for name in found)


@pytest.mark.parametrize("trunk", OTHERS)
@pytest.mark.parametrize("sides", [(1, 64), (2, 64), (33, 128), (97, 65)])
def test_a_trunk_divides_both_sides_by_32_and_rounds_up(trunk: str, sides: tuple[int, int]) -> None:
    module = TRUNKS[trunk].build(128).eval()
    with torch.no_grad():
        found = module(torch.rand(2, 3, *sides))
    assert found.shape == (2, TRUNKS[trunk].width(128), -(-sides[0] // 32), -(-sides[1] // 32))
    assert module.channels == found.shape[1]


@pytest.mark.parametrize("trunk", OTHERS)
@pytest.mark.parametrize("overrides", [(), ("attention=false",), ("cls=false",)])
def test_it_scores_and_learns_from_videos_of_any_length(trunk: str, overrides: tuple[str, ...]) -> None:
    found = network(trunk, *overrides)
    for steps in (1, 2, 14, 60, 301):
        scores: Tensor = found.eval()(inputs(steps, 32))
        assert scores.shape == (steps,) and bool(((scores > 0) & (scores < 1)).all())
        found.train().zero_grad()
        found(inputs(steps, 32)).square().mean().backward()
        lacking = {name.partition(".")[0] for name, p in found.named_parameters() if p.grad is None}
        assert lacking == {"unused_classifier"}
        assert all(bool(p.grad.isfinite().all()) for p in found.parameters() if p.grad is not None)


@pytest.mark.parametrize("trunk", OTHERS)
def test_it_takes_a_video_of_5000_steps(trunk: str) -> None:
    with torch.no_grad():
        assert network(trunk).eval()(inputs(5000, 32)).shape == (5000,)


@pytest.mark.slow
@pytest.mark.parametrize("trunk", OTHERS)
def test_it_has_the_published_width_in_a_whole_network(trunk: str) -> None:
    model = build(CSTA, variant=trunk, preset="scratch")
    found = model.network(1024).eval()
    assert isinstance(found, CstaNetwork)
    with torch.no_grad():
        assert found(inputs(60, 1024)).shape == (60,)
        assert found.merged(inputs(60, 1024)).shape == (60, TRUNKS[trunk].channels)


@pytest.mark.parametrize("cls", ["true", "false"])
@pytest.mark.parametrize(("trunk", "steps"), [("resnet-18", 32), ("mobilenet-v2", 1), ("efficientnet-b0", 1)])
def test_the_narrowest_networks_learn_from_the_shortest_videos(trunk: str, steps: int, cls: str) -> None:
    model = build(CSTA, "width=64", f"cls={cls}", variant=trunk, preset="scratch")
    assert shortest(model.options) == max(1, steps + (cls == "false" and steps > 1))
    found = model.network(32).train()
    scores: Tensor = model.scores(found, inputs(1, 32), None)  # type: ignore[arg-type]
    assert scores.shape == (1,) and bool(scores.isfinite().all())


def test_features_as_keys_must_have_the_width_of_the_trunks_channels() -> None:
    model = build(CSTA, "embeddings=false", "width=128", variant="mobilenet-v2", preset="scratch")
    with pytest.raises(OptionValueError, match="width 160, not 128"):
        model.network(128)
    assert model.network(160)(inputs(9, 160)).shape == (9,)


def test_deeper_blocks_are_left_out_more_often_and_whole_examples_at_a_time() -> None:
    trunk = EfficientNetB0Trunk(64)
    shares = [block.dropped for block in trunk.modules() if isinstance(block, MBConv)]
    assert shares == pytest.approx([0.2 * block / 16 for block in range(16)])
    torch.manual_seed(1)
    found = left_out(torch.ones(4000, 3, 2, 2), 0.2)
    assert set(found.flatten().tolist()) == {0.0, 1.25}
    assert bool((found == found[:, :1, :1, :1]).all())
    assert float((found == 0).float().mean()) == pytest.approx(0.2, abs=0.03)


def test_blocks_are_left_out_by_the_seed_in_training_and_never_in_evaluation() -> None:
    trunk = EfficientNetB0Trunk(64)
    x = torch.rand(1, 3, 64, 64)

    def drawn(seed: int) -> Tensor:
        torch.manual_seed(seed)
        with torch.no_grad():
            found: Tensor = trunk(x)
        return found

    trunk.train()
    different = {tuple(drawn(seed).flatten()[:4].tolist()) for seed in range(12)}
    assert len(different) > 1 and torch.equal(drawn(3), drawn(3))
    trunk.eval()
    assert torch.equal(drawn(1), drawn(2))


def published_file(folder: Path, trunk: str, source: CstaNetwork, *, counters: bool) -> None:
    """A file as it is published: plain names of the trunk, and its classifier under its own."""
    classifier = TRUNKS[trunk].classifier
    both = source.trunk.state_dict()
    both |= {f"{classifier}.{name}": value for name, value in source.unused_classifier.state_dict().items()}
    kept = {name: value for name, value in both.items() if counters or "num_batches" not in name}
    (folder / IMAGENET[trunk].id).mkdir()
    save_file(kept, folder / IMAGENET[trunk].id / "weights.safetensors")


@pytest.mark.parametrize("counters", [True, False])
@pytest.mark.parametrize("trunk", TRUNKS)
def test_imagenet_weights_go_into_the_trunk_and_its_classifier_alone(
    trunk: str, counters: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path))
    preset = "paper" if trunk == "googlenet" else f"paper-{trunk}"
    model = build(CSTA, f"trunk={trunk}", "width=128", preset=preset)
    source, found = model.network(32), model.network(32)
    assert isinstance(source, CstaNetwork) and isinstance(found, CstaNetwork)
    fill(source)
    published_file(tmp_path, trunk, source, counters=counters)
    before = {name: tensor.clone() for name, tensor in found.state_dict().items()}
    model.prepare(found)
    published = source.state_dict()
    for name, tensor in found.state_dict().items():
        pretrained = name.startswith(("trunk.", "unused_classifier."))
        expected = published[name] if pretrained else before[name]
        assert torch.equal(tensor, expected), name


def test_weights_that_lack_a_tensor_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path))
    model = build(CSTA, "width=128", variant="resnet-18", preset="paper-resnet-18")
    source = model.network(32)
    assert isinstance(source, CstaNetwork)
    del source.trunk.layer4[1].bn2.running_var  # type: ignore[index,union-attr]
    published_file(tmp_path, "resnet-18", source, counters=True)
    with pytest.raises(DataDamagedError, match=r"layer4\.1\.bn2\.running_var"):
        model.prepare(model.network(32))


def test_imagenet_weights_of_another_trunk_are_refused_by_name() -> None:
    model = build(CSTA, variant="resnet-18", preset="paper")
    with pytest.raises(OptionValueError, match="weights of googlenet, and the trunk is resnet-18") as refused:
        model.prepare(nn.Module())
    assert "pretrained=resnet-18-imagenet" in refused.value.hint


@pytest.mark.parametrize("trunk", OTHERS)
def test_a_saved_network_gives_the_same_scores(trunk: str, tmp_path: Path) -> None:
    model, again = (build(CSTA, *SMALL, variant=trunk, preset="scratch") for _ in range(2))
    video = a_video(20)

    def scores(scorer: FrameScorer[Any]) -> list[float]:
        (summary,) = scorer.summarize([video], context(scorer.options))
        assert summary.importance is not None
        return list(summary.importance)

    untrained = scores(model)
    assert model._built is not None
    fill(model._built[0])
    filled = scores(model)
    model.save(tmp_path)
    again.load(tmp_path)
    assert scores(again) == filled != untrained
    assert np.isfinite(filled).all()
    other = build(CSTA, *SMALL, preset="scratch")
    with pytest.raises(MismatchError, match="trunk"):
        other.load(tmp_path)
