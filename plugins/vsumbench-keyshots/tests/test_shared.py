"""What the methods share: features in, targets, lengths, checkpoints of the official code."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from keyshots_support import Quiet, build, context
from safetensors.torch import save_file
from vsumbench_keyshots.csta.spec import CSTA
from vsumbench_keyshots.dmasum.spec import DMASUM
from vsumbench_keyshots.dpplstm.spec import DPPLSTM, VSLSTM
from vsumbench_keyshots.dsn.spec import DSN
from vsumbench_keyshots.dsnet.spec_ab import DSNET_AB
from vsumbench_keyshots.dsnet.spec_af import DSNET_AF
from vsumbench_keyshots.h_rnn.spec import H_RNN
from vsumbench_keyshots.msva.spec import MSVA
from vsumbench_keyshots.pgl_sum.spec import PGL_SUM
from vsumbench_keyshots.shared.examples import Example
from vsumbench_keyshots.shared.features import choose, padded
from vsumbench_keyshots.shared.layers import UnbiasedLayerNorm, dropped
from vsumbench_keyshots.shared.targets import gtscore, min_max
from vsumbench_keyshots.standard_ranker.spec import STANDARD_RANKER
from vsumbench_keyshots.sumgraph.spec import SUMGRAPH
from vsumbench_keyshots.vasnet.spec import RELEASED, VASNET
from vsumbench_keyshots.vidsummarize.spec import VIDSUMMARIZE

from vsumbench.contracts import Annotations, Feature, FeatureSpec, ModelSpec, Sample, Video
from vsumbench.data.learned import Learned, refuse_other
from vsumbench.errors import DataDamagedError, DataMissingError, MismatchError
from vsumbench.training.examples import Examples
from vsumbench.training.official import official_state

METHODS: dict[str, tuple[ModelSpec, str]] = {
    "vasnet": (VASNET, "paper"),
    "pgl-sum": (PGL_SUM, "paper"),
    "csta": (CSTA, "scratch"),
    "standard-ranker": (STANDARD_RANKER, "paper"),
    "msva": (MSVA, "paper"),
    "dpplstm": (DPPLSTM, "paper"),
    "vslstm": (VSLSTM, "paper"),
    "vidsummarize": (VIDSUMMARIZE, "paper"),
    "h-rnn": (H_RNN, "paper"),
    "sumgraph": (SUMGRAPH, "paper"),
    "dmasum": (DMASUM, "paper"),
    "dsnet-ab": (DSNET_AB, "paper"),
    "dsnet-af": (DSNET_AF, "paper"),
    "dsn": (DSN, "paper"),
}
SMALL = {
    "csta": ("width=64",),
    "vidsummarize": ("width=64", "layers=2", "feed_forward=64"),
    "h-rnn": ("length=4",),
    "sumgraph": ("width=32", "rounds=1"),
    "dmasum": ("attention_width=32", "components=1"),
}
PAINTED = ("dsnet-ab", "dsnet-af")
every_method = pytest.mark.parametrize("name", METHODS)


def small(name: str, *overrides: str) -> Any:
    spec, preset = METHODS[name]
    return build(spec, "projection=64", *SMALL.get(name, ()), *overrides, preset=preset)


def feature(steps: int, width: int = 12, name: str = "some-feature", extractor: str = "x@1") -> Feature:
    def read() -> Any:
        return np.random.default_rng([steps, width]).random((steps, width), dtype=np.float32)

    return Feature(spec=FeatureSpec(name=name, shape=(width,), extractor=extractor), steps=steps, read=read)


def video(steps: int, *features: Feature) -> Video:
    features = features or (feature(steps),)
    return Video(
        id=f"v{steps}",
        duration=steps / 2,
        fps=2.0,
        n_frames=steps,
        picks=np.arange(steps),
        features={one.spec.name: one for one in features},
    )


@every_method
@pytest.mark.parametrize("steps", [1, 2, 9, 14, 5000])
def test_a_video_of_any_length_gets_one_finite_score_a_step(name: str, steps: int) -> None:
    model = small(name)
    (summary,) = model.summarize([video(steps)], context(model.options))
    assert summary.importance.shape == (steps,)
    assert np.isfinite(summary.importance).all()
    assert steps < 9 or len(set(summary.importance.tolist())) > 1


@every_method
def test_half_precision_and_double_precision_give_nearly_the_same_scores(name: str) -> None:
    found = {}
    for dtype in ("float32", "bfloat16", "float64"):
        model = small(name)
        model._dtype = dtype
        (summary,) = model.summarize([video(40)], context(model.options, dtype=dtype))
        found[dtype] = summary.importance
    assert np.abs(found["float64"] - found["float32"]).max() < 1e-4
    apart = np.abs(found["bfloat16"] - found["float32"])
    # Painted scores jump where a bound is rounded to another step; most do not.
    assert apart.max() > 0 and (np.median(apart) if name in PAINTED else apart.max()) < 0.1


@every_method
def test_features_of_any_width_are_taken_and_another_extractor_is_refused(name: str, tmp_path: Path) -> None:
    model = small(name)
    (summary,) = model.summarize([video(20, feature(20, 7))], context(model.options))
    assert len(summary.importance) == 20
    model.save(tmp_path)
    again = small(name)
    again.load(tmp_path)
    (repeated,) = again.summarize([video(20, feature(20, 7))], context(model.options))
    assert np.array_equal(repeated.importance, summary.importance)
    with pytest.raises(MismatchError, match="x@2"):
        list(again.summarize([video(20, feature(20, 7, extractor="x@2"))], context(model.options)))


@every_method
def test_what_was_saved_with_another_structure_is_refused(name: str, tmp_path: Path) -> None:
    model = small(name)
    list(model.summarize([video(20)], context(model.options)))
    model.save(tmp_path)
    spec, preset = METHODS[name]
    other = build(spec, "projection=128", *SMALL.get(name, ()), preset=preset)
    with pytest.raises(MismatchError, match="projection=64"):
        other.load(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(DataDamagedError, match=r"model\.safetensors"):
        model.load(tmp_path)


@every_method
def test_official_names_lead_there_and_back(name: str) -> None:
    spec, preset = METHODS[name]
    model = build(spec, *SMALL.get(name, ()), preset=preset)
    torch.manual_seed(0)
    network, other = model.network(64), model.network(64)
    keys = model.keys(network)
    official = {}
    for mine, pieces in keys.items():
        tensor = network.state_dict()[mine]
        parts = tensor.chunk(len(pieces)) if len(pieces) > 1 else (tensor,)
        official |= dict(zip(pieces, parts, strict=True))
    other.load_state_dict(official_state(other, keys, official))
    for key, tensor in network.state_dict().items():
        assert torch.equal(other.state_dict()[key], tensor), key
    missing = dict(official)
    del missing[keys["score.bias"][0]]
    with pytest.raises(KeyError):
        official_state(other, keys, missing)
    with pytest.raises(ValueError, match=r"more\.weight is unknown"):
        official_state(other, keys, official | {"more.weight": torch.zeros(1)})


def told(steps: int, **what: Any) -> Sample:
    return Sample(video(steps), Annotations(video_id=f"v{steps}", **what))


def test_a_released_checkpoint_is_taken_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path))
    model = build(VASNET, preset="release")
    sample = told(5, gtscore=np.linspace(0, 1, 5))
    with pytest.raises(DataMissingError, match="vasnet-released"):
        model.fit([sample], [], context(model.options, tmp_path))
    source = model.network(12)
    state = {model.keys(source)[key][0]: value for key, value in source.state_dict().items()}
    (tmp_path / RELEASED.id).mkdir()
    save_file(state, tmp_path / RELEASED.id / "one.safetensors")
    report = model.fit([sample], [], context(model.options, tmp_path))
    assert report.epochs == 0
    (summary,) = model.summarize([sample.video], context(model.options))
    with torch.no_grad():
        wanted = source.eval()(torch.from_numpy(sample.video.features["some-feature"].read()))
    assert np.allclose(summary.importance, wanted.numpy(), atol=1e-6)
    save_file(state | {"att.K.weight": torch.zeros(3, 3)}, tmp_path / RELEASED.id / "one.safetensors")
    with pytest.raises(DataDamagedError, match=r"att\.K\.weight has shape"):
        model.fit([sample], [], context(model.options, tmp_path))


def test_the_published_feature_is_preferred_and_another_width_is_refused() -> None:
    both = video(3, feature(3), feature(3, 4, "googlenet-pool5"))
    assert choose("m", both, "", None).spec.name == "googlenet-pool5"
    assert choose("m", both, "some-feature", None).spec.shape == (12,)
    assert choose("m", video(3), "", 12).spec.name == "some-feature"
    with pytest.raises(MismatchError, match="'nowhere'"):
        choose("m", both, "nowhere", None)
    with pytest.raises(MismatchError, match="input_dim=5"):
        choose("m", both, "", 5)
    with pytest.raises(MismatchError, match="one vector a step"):
        choose("m", replace(both, features={}), "", None)
    one = choose("m", video(3), "", None)
    refuse_other("m", Learned.of(one.spec), [one], both)


def test_what_is_dropped_is_a_fair_coin_a_step_and_other_shares_and_evaluation_are_those_of_torch() -> None:
    torch.manual_seed(0)
    x = torch.full((3, 67), 3.0, requires_grad=True)
    draws = torch.stack([dropped(x, 0.5, training=True) for _ in range(2000)])
    assert draws.unique().tolist() == [0.0, 6.0]
    kept = (draws > 0).double().mean(dim=0)
    assert float(kept.min()) > 0.45 and float(kept.max()) < 0.55
    together = torch.corrcoef((draws > 0).double().flatten(1).T).triu(1).abs().max()
    assert float(together) < 0.12, "elements are drawn independently"
    draws[0].sum().backward()
    assert x.grad is not None and torch.equal(x.grad * 3, draws[0])
    torch.manual_seed(1)
    some = dropped(x, 0.3, training=True)
    torch.manual_seed(1)
    assert torch.equal(some, torch.nn.functional.dropout(x, 0.3))
    assert torch.equal(dropped(x, 0.5, training=False), x)


def test_the_norm_divides_by_the_unbiased_deviation_and_a_constant_row_has_a_gradient() -> None:
    torch.manual_seed(0)
    x = torch.rand(4, 6, dtype=torch.float64)
    x[2] = 0.0
    x.requires_grad_()
    norm = UnbiasedLayerNorm(6).double()
    found = norm(x)
    wanted = (x - x.mean(dim=-1, keepdim=True)) / (x.std(dim=-1, keepdim=True) + 1e-6)
    torch.testing.assert_close(found, wanted)
    (mine,) = torch.autograd.grad(found.square().sum() + found[:, 0].sum(), x, retain_graph=True)
    (torchs,) = torch.autograd.grad(wanted.square().sum() + wanted[:, 0].sum(), x)
    torch.testing.assert_close(mine, torchs)
    assert mine.isfinite().all() and mine[2].abs().max() > 0


def test_padding_repeats_the_last_step() -> None:
    x = torch.arange(6.0).view(3, 2)
    assert padded(x, 5).tolist() == [[0, 1], [2, 3], [4, 5], [4, 5], [4, 5]]
    assert padded(x, 3) is x


def test_the_target_is_the_published_one_else_the_annotators_mean() -> None:
    published = np.array([0.2, 0.4, 0.9])
    ratings = np.array([[1.0, 2.0, 4.0], [5.0, 5.0, 1.0]])
    chosen = np.array([[True, False, False], [True, True, False]])
    assert gtscore(told(3, gtscore=published, importance=ratings)).tolist() == published.tolist()
    assert gtscore(told(3, importance=ratings)) == pytest.approx([0.625, 0.75, 0.6])
    selected = told(3, importance=ratings, coding="segment", user_summaries=chosen)
    assert gtscore(selected) == pytest.approx([1.0, 0.5, 0.0])
    with pytest.raises(MismatchError, match="no importance"):
        gtscore(told(3))


def test_a_constant_target_becomes_zeros_and_others_reach_from_zero_to_one() -> None:
    assert min_max(np.array([0.3, 0.3])).tolist() == [0.0, 0.0]
    assert min_max(np.array([0.2, 0.4, 0.6])) == pytest.approx([0.0, 0.5, 1.0])


@pytest.mark.parametrize(("budget", "reads"), [(0, 2), (1, 1)])
def test_examples_are_kept_while_memory_lasts(budget: int, reads: int) -> None:
    made = []

    def make(sample: Sample) -> Example:
        made.append(sample.video.id)
        return Example(torch.zeros(5, 12), torch.zeros(5), sample.video)

    examples = Examples([told(5)], make, lambda example: example.tensors, budget)
    assert len(examples) == 1 and examples[0].video.id == examples[0:1][0].video.id == "v5"
    assert len(made) == reads


def test_nothing_is_saved_before_there_is_anything(tmp_path: Path) -> None:
    with pytest.raises(MismatchError, match="no weights to save"):
        small("vasnet").save(tmp_path)
    Quiet().advance("", 0, 0)
