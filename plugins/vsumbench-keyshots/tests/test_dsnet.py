"""DSNet, both detectors: equal to the official code, sound at any length, whole in the harness."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from dsnet_support import SPECS, official
from keyshots_golden import Case, cases, close, inputs
from keyshots_support import build, context, with_official
from vsumbench_keyshots.dsnet import anchors, distances
from vsumbench_keyshots.dsnet.bases import GraphConvolution
from vsumbench_keyshots.dsnet.intervals import Intervals, painted, suppressed, whole_steps
from vsumbench_keyshots.dsnet.model_ab import DsnetAb, drawn
from vsumbench_keyshots.dsnet.model_af import parts
from vsumbench_keyshots.dsnet.network_ab import mean_around
from vsumbench_keyshots.dsnet.summary_target import summary_steps

from vsumbench.contracts import Annotations, Feature, FeatureSpec, Sample, Video
from vsumbench.errors import MismatchError, OptionValueError
from vsumbench.scoring.shots import selected_runs
from vsumbench.testing import conformance

test_conformance_ab = pytest.mark.slow(conformance("model", "dsnet-ab"))
test_conformance_af = pytest.mark.slow(conformance("model", "dsnet-af"))
both = pytest.mark.parametrize("name", SPECS)


@pytest.mark.parametrize(
    ("name", "variant", "published"),
    [
        ("dsnet-ab", "attention", 4_328_195),
        ("dsnet-ab", "lstm", 8_530_691),
        ("dsnet-ab", "bilstm", 6_433_539),
        ("dsnet-ab", "linear", 1_183_491),
        ("dsnet-af", "attention", 4_328_324),
    ],
)
def test_it_has_the_published_number_of_parameters(name: str, variant: str, published: int) -> None:
    counts = build(SPECS[name], variant=variant).parameters()
    assert sum(total for total, _ in counts.values()) == published


def compare(case: Case) -> None:
    """Heads, proposals, suppression from stored proposals, painting, and the whole."""
    model, network, width = official(case)
    expected, x = case.expected, inputs(case.steps, width)
    with torch.no_grad():
        found = network(x)
    close(found[..., 0].sigmoid(), expected["cls"], 1e-4)
    anchored = case.model.startswith("dsnet-ab")
    close(found[..., 1:3] if anchored else found[..., 1:3].exp(), expected["loc"], 1e-4)
    if not anchored:
        close(found[..., 3].sigmoid(), expected["ctr"], 1e-4)
    scores, bounds = model.proposals(found)
    assert np.abs(scores - expected["predict_cls"]).max() <= 1e-4
    assert np.abs(bounds - expected["predict_bbox"]).max() <= 1e-4
    kept = suppressed(
        whole_steps(expected["predict_cls"], expected["predict_bbox"], case.steps), model.options.nms
    )
    assert np.array_equal(kept.bounds, expected["nms_bbox"])
    assert np.abs(kept.scores - expected["nms_cls"]).max() <= 1e-5
    assert np.abs(painted(kept, case.steps) - expected["frame_score"]).max() <= 1e-5


@cases("dsnet-ab")
def test_golden_anchors_and_painted_scores_are_those_of_the_official_code(case: Case) -> None:
    compare(case)


@cases("dsnet-af")
def test_golden_steps_and_painted_scores_are_those_of_the_official_code(case: Case) -> None:
    compare(case)


@cases("dsnet-losses")
def test_golden_labels_and_losses_are_those_of_the_official_code(case: Case) -> None:
    expected, folder = case.expected, case.path.parent
    targets = selected_runs(expected["target"])

    def of(name: str) -> tuple[Any, torch.Tensor]:
        model, network, width = official(replace(case, path=folder / case.path.name, model=name))
        with torch.no_grad():
            return model, network(inputs(case.steps, width))

    model, found = of("dsnet-ab_small")
    assert isinstance(model, DsnetAb)
    told = model.labels(targets, case.steps)
    kind = told[..., 0]
    assert np.array_equal(kind == anchors.POSITIVE, expected["cls_pos_label"])
    assert np.array_equal(kind == anchors.UNTOUCHED, expected["touch_label"] == 0)
    assert np.array_equal(
        kind == anchors.INCOMPLETE, (expected["touch_label"] == 1) & ~expected["iou03_label"]
    )
    fits = kind == anchors.POSITIVE
    assert np.allclose(told[fits][:, 1:], expected["loc_label"][fits], atol=1e-6)
    used, target = torch.from_numpy(expected["cls_label_used"]), torch.from_numpy(told).float()
    negative = (used == -1).flatten().nonzero()[:, 0]
    for weight in (0.0, 1.0):
        given = build(SPECS["dsnet-ab"], f"location_weight={weight}")
        assert isinstance(given, DsnetAb)
        loss = given.parts(found, target, used == 1, negative)
        wanted = expected["ab_cls_loss"] + weight * expected["ab_loc_loss"]
        assert float(loss) == pytest.approx(float(wanted), abs=1e-5)

    _, found = of("dsnet-af_small")
    steps = distances.labels(targets, case.steps)
    assert np.array_equal(steps[:, 0] == 1, expected["target"])
    inside = expected["target"]
    assert np.array_equal(steps[inside, 1:3], expected["af_loc_label"][inside])
    assert np.allclose(steps[:, 3], expected["af_ctr_label"], atol=1e-6)
    terms = parts(found, torch.from_numpy(steps).float())
    for term, key in zip(terms, ("af_cls_loss", "af_loc_loss", "af_ctr_loss"), strict=True):
        assert float(term) == pytest.approx(float(expected[key]), abs=1e-5)


def test_means_count_the_zeros_outside_the_video_and_lean_to_the_past() -> None:
    x = torch.arange(1.0, 7.0)[:, None]
    assert mean_around(x, 4)[:, 0].tolist() == [0.75, 1.5, 2.5, 3.5, 4.5, 3.75]
    assert mean_around(x, 3).shape == x.shape and mean_around(x[:1], 32).tolist() == [[1 / 32]]


def test_the_last_of_several_fitting_targets_is_learned_and_a_video_without_targets_has_no_positive() -> None:
    told = anchors.labels(np.array([[6, 10], [7, 10]]), 20, (4,))
    assert told[8, 0] == pytest.approx([anchors.POSITIVE, 0.125, np.log(3 / 4)])
    nothing = anchors.labels(np.zeros((0, 2), dtype=np.int64), 20, (4, 8))
    assert (nothing[..., 0] == anchors.UNTOUCHED).all()
    assert not distances.labels(np.zeros((0, 2), dtype=np.int64), 20).any()


def test_anchors_at_the_ends_of_the_video_are_not_clipped() -> None:
    told = anchors.labels(np.array([[0, 4]]), 20, (8,))
    # [-4, 4] and [0, 4]: half of the union, which a clipped anchor would fill.
    assert told[0, 0, 0] == anchors.IGNORED


def test_a_run_of_one_step_has_a_finite_loss() -> None:
    target = torch.from_numpy(distances.labels(np.array([[3, 4]]), 9)).float()
    found = torch.zeros(9, 4, requires_grad=True)
    loss = sum(parts(found, target), torch.zeros(()))
    loss.backward()
    assert torch.isfinite(loss) and found.grad is not None and torch.isfinite(found.grad).all()


def test_suppression_keeps_no_two_that_overlap_and_drops_none_that_do_not() -> None:
    draw = np.random.default_rng(5)
    first = draw.uniform(-3, 60, 200)
    proposed = np.stack([first, first + draw.exponential(6, 200)], axis=1)
    given = whole_steps(draw.random(200), proposed, 60)
    kept = suppressed(given, 0.5)

    def iou(one: Any, other: Any) -> Any:
        shared = max(0, min(one[1], other[1]) - max(one[0], other[0]))
        return shared / (one[1] - one[0] + other[1] - other[0] - shared)

    wanted: list[int] = []
    for number, bounds in enumerate(given.bounds):
        if all(iou(bounds, given.bounds[better]) < 0.5 for better in wanted):
            wanted.append(number)
    assert np.array_equal(kept.bounds, given.bounds[wanted]) and len(wanted) > 20
    assert (np.diff(kept.scores) <= 0).all()


def test_empty_and_unbounded_proposals_and_halves_are_made_whole() -> None:
    bounds = np.array([[2.5, 3.5], [-np.inf, np.inf], [4.5, 5.4], [7.2, 7.4], [8.0, 12.0], [20.0, 30.0]])
    found = whole_steps(np.array([0.1, 0.2, 0.3, 0.9, 0.4, 0.5]), bounds, 10)
    assert found.bounds.tolist() == [[8, 10], [4, 5], [0, 10], [2, 4]]
    none = suppressed(whole_steps(np.array([0.9]), np.array([[7.2, 7.4]]), 10), 0.5)
    assert painted(none, 10).tolist() == [0.0] * 10


def test_a_step_has_the_best_score_of_what_covers_it() -> None:
    given = Intervals(np.array([0.9, 0.4]), np.array([[2, 4], [1, 6]]))
    assert painted(given, 7).tolist() == [0, 0.4, 0.9, 0.9, 0.4, 0.4, 0]


def sample(steps: int, gtscore: Any, shots: Any = None) -> Sample:
    rows = np.random.default_rng(steps).random((steps, 6), dtype=np.float32)
    feature = Feature(spec=FeatureSpec(name="f", shape=(6,)), steps=steps, read=lambda: rows)
    video = Video(
        id=f"v{steps}",
        duration=steps / 2,
        fps=30.0,
        n_frames=15 * steps,
        picks=np.arange(0, 15 * steps, 15),
        change_points=shots,
        features={"f": feature},
    )
    return Sample(video, Annotations(video_id=video.id, gtscore=gtscore))


def shots(steps: int, each: int = 5) -> Any:
    first = np.arange(0, 15 * steps, 15 * each)
    return np.stack([first, np.append(first[1:], 15 * steps) - 1], axis=1)


def test_the_best_shots_within_15_per_cent_are_learned() -> None:
    scores = np.zeros(100)
    scores[20:25], scores[60:65], scores[65:70], scores[90:95] = 3.0, 2.0, 1.0, 0.5
    selected = summary_steps(sample(100, scores, shots(100)))
    assert selected_runs(selected).tolist() == [[20, 25], [60, 70]]
    with pytest.raises(MismatchError, match="no shots"):
        summary_steps(sample(100, scores))


@both
def test_a_video_without_a_run_is_skipped_and_a_set_of_them_is_refused(name: str, tmp_path: Path) -> None:
    scores = np.zeros(100)
    scores[20:25], scores[60:65] = 3.0, 2.0
    useful, useless = sample(100, scores, shots(100)), sample(80, np.ones(80), shots(80, 40))

    def trained(*samples: Sample) -> dict[str, torch.Tensor]:
        model = build(SPECS[name], "projection=8", "epochs=2", "learning_rate=0.01", "dropout=0")
        folder = tmp_path / "-".join(one.video.id for one in samples)
        (folder / "checkpoints").mkdir(parents=True)
        model.fit(samples, [], context(model.options, folder))
        assert model._built is not None
        return model._built[0].state_dict()

    with pytest.raises(MismatchError, match="no training video"):
        trained(useless)
    tensors = trained(useful, useless)
    assert all(torch.isfinite(tensor).all() for tensor in tensors.values())


def test_negatives_are_drawn_anew_and_never_more_than_there_are() -> None:
    candidates = torch.tensor([[True, False], [True, True], [False, True]])
    torch.manual_seed(0)
    assert sorted(drawn(candidates, 9).tolist()) == [0, 2, 3, 5]
    assert len({tuple(drawn(candidates, 2).tolist()) for _ in range(300)}) == 12
    assert drawn(candidates, 0).tolist() == []


@both
def test_intervals_are_given_with_the_scores_they_painted(name: str) -> None:
    model = build(SPECS[name], "projection=16")
    video = sample(50, np.zeros(50)).video
    (summary,) = model.summarize([video], context(model.options))
    found = Intervals(summary.arrays["interval_scores"], summary.arrays["intervals"])  # type: ignore[arg-type]
    assert len(found.bounds) and np.allclose(painted(found, 50), summary.importance, atol=1e-7)


@both
@pytest.mark.parametrize("variant", ["attention", "lstm", "bilstm", "linear", "gcn"])
def test_every_base_is_another_network_with_official_names(name: str, variant: str) -> None:
    model = build(SPECS[name], variant=variant)
    torch.manual_seed(0)
    network = model.network(16).eval()
    x = inputs(12, 16)
    keys = model.keys(network)
    official_names = [piece for pieces in keys.values() for piece in pieces]
    assert len(set(official_names)) == len(official_names)
    state = network.state_dict()
    weights = {
        piece: part
        for mine, pieces in keys.items()
        for piece, part in zip(pieces, state[mine].chunk(len(pieces)), strict=True)
    }
    again = with_official(model, 16, weights)
    assert torch.equal(again(x), network(x)) and torch.isfinite(network(x)).all()
    assert network(x[:1]).shape == network(x)[:1].shape


def test_a_step_of_the_lstm_knows_nothing_of_the_others() -> None:
    network = build(SPECS["dsnet-af"], variant="lstm").network(16).eval()
    x = inputs(12, 16)
    assert torch.allclose(network(x)[3:5], network(x[3:5]), atol=1e-6)


def test_the_graph_has_the_largest_products_as_edges() -> None:
    graph = GraphConvolution(2)
    torch.nn.init.eye_(graph.map.weight)
    x = torch.tensor([[2.0, 0.0], [1.0, 0.0], [0.0, 0.1]])
    # Of 9 products 2 stay: that of the first step with itself, less one, and 2 between the first two.
    y = graph(x)
    assert y[2].tolist() == pytest.approx([0.0, 0.1]), "an edge to itself alone"
    first, second = y[:2, 0].tolist()
    # Both directions tie. The degree of the step that the edge leads to is raised by 2.
    got_first = (3 * 2 / 5 + 2 * 1 / 5**0.5, 1.0)
    got_second = (2.0, 1 / 3 + 2 * 2 / (3 * 3) ** 0.5)
    assert (first, second) in (pytest.approx(got_first), pytest.approx(got_second))


@both
def test_a_width_that_does_not_divide_into_heads_is_refused(name: str) -> None:
    with pytest.raises(OptionValueError, match="12 does not divide into 8 heads"):
        build(SPECS[name]).network(12)
    with pytest.raises(OptionValueError, match="two directions"):
        build(SPECS[name], variant="bilstm").network(9)


@pytest.mark.parametrize("override", ["scales=[]", "scales=[0]", "negatives=-1", "nms=0", "dropout=1"])
def test_values_that_cannot_be_are_refused(override: str) -> None:
    with pytest.raises(Exception, match=override.partition("=")[0]):
        build(SPECS["dsnet-ab"], override)
