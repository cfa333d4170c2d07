"""MSVA: equal to the official code, its streams, whole in the harness."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from keyshots_golden import Case, cases, close, inputs
from keyshots_support import build, context, with_official
from vsumbench_keyshots.msva.network import MsvaNetwork
from vsumbench_keyshots.msva.spec import MOTION, MSVA
from vsumbench_keyshots.shared.scorer import NEVER_USED

from vsumbench.contracts import Feature, FeatureSpec, Video
from vsumbench.errors import MismatchError
from vsumbench.testing import conformance

test_conformance = pytest.mark.slow(conformance("model", "msva"))


def test_it_has_the_published_number_of_parameters_and_the_number_that_is_used() -> None:
    counts = {part: total for part, (total, _) in build(MSVA).parameters().items()}
    assert sum(counts.values()) == 4_895_046
    assert sum(counts.values()) - counts[NEVER_USED] == 4_892_996


@cases("msva")
def test_golden_scores_and_attention_are_those_of_the_official_code(case: Case) -> None:
    config, expected = case.config, case.expected
    width = config["feature_size_1_3"]
    streams = [inputs(case.steps, width, stream) for stream in range(3)]
    x = torch.cat(streams, dim=1)
    sizes = (f"hidden={config['L1_out']}", f"hidden_last={config['L3_out']}")
    for aperture, key in ((config["apperture"], "score"), (5, "score_aperture5")):
        network = with_official(build(MSVA, *sizes, f"aperture={aperture}"), width, case.weights())
        assert isinstance(network, MsvaNetwork)
        with torch.no_grad():
            close(network(x), expected[key], 1e-5)
            if key == "score":
                close(network.attention.weights(streams[2]), expected["flow_stream_attention"], 1e-5)


def stream(name: str, width: int = 8) -> Feature:
    rows = np.random.default_rng(len(name)).random((20, width), dtype=np.float32)
    return Feature(spec=FeatureSpec(name=name, shape=(width,)), steps=20, read=lambda: rows)


def video(*features: Feature) -> Video:
    named = {one.spec.name: one for one in features}
    return Video(id="v", duration=10.0, fps=2.0, n_frames=20, picks=np.arange(20), features=named)


@pytest.mark.parametrize("projection", [0, 16])
def test_three_streams_are_read_and_each_has_a_part_in_the_scores(projection: int) -> None:
    names = ("googlenet-pool5", *MOTION)
    model = build(MSVA, f"projection={projection}", variant="all")
    whole = video(*map(stream, names))
    (summary,) = model.summarize([whole], context(model.options))
    for name in names:
        other = video(*(stream(one) for one in names if one != name), stream(f"{name}-of-another-kind"))
        changed = dict(other.features)
        replaced = changed.pop(f"{name}-of-another-kind")
        changed[name] = Feature(spec=whole.features[name].spec, steps=20, read=replaced.read)
        (again,) = model.summarize([video(*changed.values())], context(model.options))
        assert not np.allclose(again.importance, summary.importance, atol=1e-6)


def test_streams_side_by_side_are_attended_to_apart_and_summed() -> None:
    network = build(MSVA, "aperture=5").network(8).eval()
    assert isinstance(network, MsvaNetwork)
    streams = torch.rand(3, 20, 8)
    with torch.no_grad():
        together = network.attention(streams)
        for one, found in zip(streams, together, strict=True):
            torch.testing.assert_close(network.attention(one), found)
        y = sum(network.norm_attended(network.attention(one) + one) for one in streams)
        y = network.norm_third(network.third(network.second(network.first(y))).relu())
        side_by_side = torch.cat([*streams], dim=1)
        torch.testing.assert_close(network(side_by_side), network.score(y).sigmoid().squeeze(-1))


def test_a_missing_stream_and_one_of_another_width_are_refused() -> None:
    model = build(MSVA, variant="all")
    with pytest.raises(MismatchError, match="i3d-rgb"):
        list(model.summarize([video(stream("googlenet-pool5"))], context(model.options)))
    uneven = video(stream("googlenet-pool5"), stream(MOTION[0]), stream(MOTION[1], 4))
    with pytest.raises(MismatchError, match="one width"):
        list(model.summarize([uneven], context(model.options)))
    motion = build(MSVA, variant="motion")
    assert len(list(motion.summarize([video(*map(stream, MOTION))], context(motion.options)))) == 1


def test_training_stops_early_only_where_there_is_a_score() -> None:
    assert build(MSVA).recipe(40).patience == 50
