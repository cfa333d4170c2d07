"""CSTA: equal to the official code in every variant that is pinned, whole in the harness."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from keyshots_golden import Case, cases, close, filled, inputs, is_filled
from keyshots_support import build, compare_trace, three_steps, with_official
from safetensors.torch import save_file
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool1d, conv2d
from vsumbench_keyshots.csta.network import CstaNetwork, balance, stretching
from vsumbench_keyshots.csta.spec import CSTA, TRUNK
from vsumbench_keyshots.csta.trunk import GoogLeNetTrunk, of_pixels, of_windows
from vsumbench_keyshots.shared.scorer import NEVER_USED, FrameScorer

from vsumbench.testing import conformance

test_conformance = pytest.mark.slow(conformance("model", "csta"))

VARIANTS = {
    "score": "default",
    "score_softmax_T": "softmax-t",
    "score_softmax_D": "softmax-d",
    "score_no_cls": "no-cls",
    "score_no_skip": "no-skip",
    "score_skip_IF": "skip-if",
    "score_skip_CF": "skip-cf",
    "score_pe_none": "no-positions",
    "score_pe_RPE": "positions-relative",
    "score_balance_BD": "balance-bd",
    "score_scale_D": "scale-d",
    "score_cls_SM": "cls-sm",
    "score_cls_CNN": "cls-cnn",
    "score_no_kv": "no-kv",
    "score_no_att": "no-attention",
}


def refilled(model: FrameScorer[Any], width: int = 1024) -> CstaNetwork:
    """The network of a variant, filled by the rule under its official names."""
    with torch.device("meta"):
        network = model.network(width)
    names = {theirs: mine for mine, (theirs,) in model.keys(network).items()}
    shapes = {theirs: list(network.state_dict()[mine].shape) for theirs, mine in names.items()}
    shapes |= {"CLS": [1, 3, 1, width]} if "CLS" in shapes else {}
    weights = {key: filled(key, tuple(shape)) for key, shape in shapes.items() if is_filled(key)}
    # Counters of batches stay as they are constructed.
    weights |= {key: torch.zeros((), dtype=torch.long) for key in names.keys() - weights.keys()}
    found = with_official(model, width, weights)
    assert isinstance(found, CstaNetwork)
    return found


def counts(*overrides: str) -> dict[str, int]:
    return {part: total for part, (total, _) in build(CSTA, *overrides).parameters().items()}


def test_it_has_the_published_number_of_parameters_part_by_part() -> None:
    found = counts()
    assert found == {
        "cls": 3_072,
        "key": 1_049_600,
        "trunk": 5_599_904,
        NEVER_USED: 1_025_000,
        "norm": 2,
        "value": 1_049_600,
        "hidden": 1_049_600,
        "norm_hidden": 2_048,
        "score": 1_025,
    }
    assert sum(found.values()) == 9_779_851
    assert sum(found.values()) - found[NEVER_USED] == 8_754_851


@pytest.mark.parametrize(
    ("override", "published"),
    [
        ("positions=learned", 14_899_851),
        ("positions=conv", 12_926_603),
        ("positions=conv-by-column", 9_783_947),
        ("positions=relative", 9_779_851),
        ("positions_at=input", 10_829_451),
    ],
)
def test_other_positions_have_the_published_number_of_parameters(override: str, published: int) -> None:
    assert sum(counts(override).values()) == published


@cases("csta")
def test_golden_the_official_state_has_these_names_and_shapes(case: Case) -> None:
    model = build(CSTA)
    network = model.network(1024)
    state = network.state_dict()
    mine = {theirs: list(state[name].shape) for name, (theirs,) in model.keys(network).items()}
    theirs = dict(case.state["state_dict"])
    assert mine.pop("CLS") == [3, 1, 1024] and theirs.pop("CLS") == [1, 3, 1, 1024]
    assert [theirs.pop(name) for name in model.left_out] == [[5000, 1024]]
    assert mine == theirs


@cases("csta")
def test_golden_scores_of_every_pinned_variant_are_those_of_the_official_code(case: Case) -> None:
    expected, x = case.expected, inputs(case.steps, 1024)
    pinned = {key for key in expected if key.startswith("score")}
    assert pinned <= VARIANTS.keys()
    for key in sorted(pinned):
        with torch.no_grad():
            close(refilled(build(CSTA, variant=VARIANTS[key]))(x), expected[key], 1e-4)


@cases("csta")
def test_golden_the_stages_are_those_of_the_official_code(case: Case) -> None:
    case.weights()  # Held to the stated sums.
    network, expected = refilled(build(CSTA)), case.expected
    with torch.no_grad():
        found, key, rows = network.looked_at(inputs(case.steps, 1024))
        assert [*found.shape] == expected["cnn_map_shape"].tolist()
        close(found[:8, :16], expected["cnn_map_corner"], 1e-4)
        close(network._normalised(found + key)[:8, :16], expected["bn_map_corner"], 1e-4)
        close(network.value(rows)[:8, :16], expected["value_corner"], 1e-4)
        merged = network.merged(inputs(case.steps, 1024))
        close(merged[:8, :16], expected["mixed_corner"], 1e-5)
        close(merged.mean(dim=1), expected["mixed_row_mean"], 1e-5)


@cases("csta", kind="_trainmode")
def test_golden_training_mode_is_that_of_the_official_code(case: Case) -> None:
    network = refilled(build(CSTA, "dropout=0", "head_dropout=0")).train()
    expected = case.expected
    with torch.no_grad():
        close(network(inputs(case.steps, 1024)), expected["score"], 1e-4)
    state = network.state_dict()
    close(state["norm.running_mean"], expected["layernorm1_running_mean"], 1e-4)
    close(state["norm.running_var"], expected["layernorm1_running_var"], 1e-4)
    close(state["trunk.conv1.bn.running_mean"], expected["conv1_running_mean"], 1e-4)


@cases("csta", "json", "_adam3")
def test_golden_three_steps_of_adam_are_those_of_the_official_code(case: Case) -> None:
    model = build(CSTA)
    network = refilled(model)
    x = inputs(case.steps, 1024)
    compare_trace(case, *three_steps(case, model, network, [x], clip=None))
    with torch.no_grad():
        close(network(x), case.expected["score_after"], 2e-2)


def of_the_input_and_weights(found: Tensor, *of: Tensor) -> tuple[Tensor, ...]:
    """What comes out, and the gradients of a sum that weighs every element of it differently."""
    weighed = (found * torch.arange(found.numel(), dtype=found.dtype).view(found.shape).cos()).sum()
    return found, *torch.autograd.grad(weighed, of)


@pytest.mark.parametrize("sides", [(1, 1), (7, 8), (10, 13)])
def test_convolutions_written_as_products_are_torchs_and_so_are_their_gradients(
    sides: tuple[int, int],
) -> None:
    torch.manual_seed(0)
    map_ = torch.rand(2, 5, *sides, dtype=torch.float64, requires_grad=True)
    pixel = torch.rand(3, 5, 1, 1, dtype=torch.float64, requires_grad=True)
    window = torch.rand(4, 1, 7, 7, dtype=torch.float64, requires_grad=True)
    thin = map_[:, :1]
    for found, wanted, weight in (
        (of_pixels(map_, pixel), conv2d(map_, pixel), pixel),
        (of_windows(thin, window), conv2d(thin, window, stride=2, padding=3), window),
    ):
        pairs = zip(
            of_the_input_and_weights(found, map_, weight),
            of_the_input_and_weights(wanted, map_, weight),
            strict=True,
        )
        for mine, torchs in pairs:
            torch.testing.assert_close(mine, torchs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("rows", [33, 64])
def test_equal_channels_give_what_the_whole_image_gives_and_so_do_their_gradients(rows: int) -> None:
    torch.manual_seed(0)
    trunk = GoogLeNetTrunk(64).double()
    top = torch.rand(3, 96, dtype=torch.float64, requires_grad=True)
    below = torch.rand(rows - 1, 96, dtype=torch.float64, requires_grad=True)
    of = (top, below, *trunk.parameters())
    short = of_the_input_and_weights(trunk.of_equal_channels(top, below), *of)
    image = torch.cat([top[:, None], below.expand(3, *below.shape)], dim=1)
    for mine, wanted in zip(short, of_the_input_and_weights(trunk(image[None]), *of), strict=True):
        torch.testing.assert_close(mine, wanted, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(("rows", "wanted"), [(2, 61), (3, 87), (10, 301), (5, 5), (4, 3)])
def test_stretching_is_adaptive_average_pooling(rows: int, wanted: int) -> None:
    x = inputs(rows, 4)
    pooled = adaptive_avg_pool1d(x.T[None], wanted)[0].T
    assert torch.allclose(stretching(rows, wanted) @ x, pooled, atol=1e-6)


@pytest.mark.parametrize("rule", ["T", "D", "BD", "BU"])
@pytest.mark.parametrize(("rows", "columns"), [(61, 1024), (3000, 1024)])
def test_balanced_maps_have_the_same_mean(rule: str, rows: int, columns: int) -> None:
    factors = balance(rule, rows, columns)
    assert factors["T"] / rows == pytest.approx(factors["D"] / columns)
    assert 1.0 in factors.values()
    if rule in ("BD", "BU"):
        assert (max(factors.values()) > 1) == (rule == "BU")


@pytest.mark.parametrize("variant", [variant.id for variant in CSTA.variants])
def test_every_variant_scores_videos_of_any_length_and_learns(variant: str) -> None:
    model = build(CSTA, "width=64", "projection=64", variant=variant, preset="scratch")
    network = model._assembled(32)
    for steps in (1, 13, 30):
        scores: Tensor = model.scores(network, inputs(steps, 32), None)  # type: ignore[arg-type]
        assert scores.shape == (steps,) and bool(torch.isfinite(scores).all())
    scores.sum().backward()
    lacking = {name for name, p in network.named_parameters() if p.grad is None}
    assert {name.split(".")[1] for name in lacking} == {"unused_classifier"}


def test_imagenet_weights_go_into_the_trunk_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path))
    model = build(CSTA, "width=64", f"pretrained={TRUNK.id}", preset="scratch")
    source, network = model.network(32), model.network(32)
    assert isinstance(source, CstaNetwork) and isinstance(network, CstaNetwork)
    (tmp_path / TRUNK.id).mkdir()
    classifier = {f"fc.{name}": value for name, value in source.unused_classifier.state_dict().items()}
    save_file(source.trunk.state_dict() | classifier, tmp_path / TRUNK.id / "googlenet.safetensors")
    before = network.key.weight.clone()
    model.prepare(network)
    conv = network.trunk.state_dict()["inception4e.branch3.1.conv.weight"]
    assert torch.equal(conv, source.trunk.state_dict()["inception4e.branch3.1.conv.weight"])
    assert torch.equal(network.key.weight, before)
