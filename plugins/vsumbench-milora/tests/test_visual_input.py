"""ResNet-50 features in place of frames (`visual_input=resnet50`)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from milora_support import MICRO, Bench, caption, noise_video, options_of, stir
from runs_support import FOLD, SMALL, Machine, asked, facts, texts
from small_featured import with_rows
from vsumbench_milora.milora.adapters import add_experts, trainable_parameters
from vsumbench_milora.milora.learning import optimizer_of
from vsumbench_milora.milora.model import Milora, network_of
from vsumbench_milora.milora.network import MiloraNetwork, network_for
from vsumbench_milora.milora.targets import branch_of
from vsumbench_milora.video_llama.config import PAPER_7B
from vsumbench_milora.video_llama.counting import empty_backbone

from vsumbench.contracts import Annotations, Sample, Video
from vsumbench.errors import DataDamagedError, MismatchError

LINEAR = 2048 * MICRO.vision.width + MICRO.vision.width
SMALL_RUN = {"num_frames": 2, "max_new_tokens": 8, "epochs": 2, "learning_rate": 0.02}


def video(name: str = "v", **changes: Any) -> Video:
    """Without frames: only the feature is there."""
    return with_rows(replace(noise_video(name), frames=None), **changes)


def made(folder: Path, variant: str = "combined", **changes: Any) -> tuple[Milora, Bench]:
    options = options_of(variant, **SMALL_RUN | {"visual_input": "resnet50"} | changes)
    bench = Bench(folder, options)
    return Milora(options, bench.context()), bench


def taught(folder: Path, variant: str = "combined", **changes: Any) -> tuple[Milora, Bench, Any]:
    model, bench = made(folder, variant, **changes)
    samples = [Sample(video(name), Annotations(video_id=name, texts=(caption(name),))) for name in "abc"]
    return model, bench, model.fit(samples, [], bench.context())


def trained_tensors(model: Milora) -> dict[str, torch.Tensor]:
    network = model._ready()[0]
    return {name: p.detach().clone() for name, p in network.named_parameters() if p.requires_grad}


def told(model: Milora, bench: Bench, *videos: Video) -> list[str | None]:
    return [one.text for one in model.summarize(videos, bench.context())]


def test_a_frame_is_one_token_of_the_sampled_row(weights: Path, tmp_path: Path) -> None:
    model, _ = made(tmp_path, num_frames=3)
    network = network_of(model._ready()[0])
    seen = model._sight(model._ready()[0]).batch([video(), video("w")])
    assert seen.shape == (2, 3, 2048)
    rows = torch.from_numpy(video().features["resnet50"].read())
    assert torch.equal(seen[0], rows[[0, 4, 8]])
    shapes = []
    network.backbone.image_qformer.register_forward_pre_hook(
        lambda _, __, named: shapes.append(named["encoder_hidden_states"].shape), with_kwargs=True
    )
    prompt = model._ready()[1].prompt
    visual = network.see(seen, prompt)
    assert shapes == [(2 * 3, 1, MICRO.vision.width)]
    assert visual.shape == (2, MICRO.video_qformer.queries, MICRO.language.width)


@pytest.mark.parametrize("variant", ["combined", "temporal-only", "spatial-only"])
def test_the_linear_layer_is_trained_beside_the_experts_and_counted(
    weights: Path, tmp_path: Path, variant: str
) -> None:
    before = trained_tensors(made(tmp_path / "before", variant)[0])
    model, _, report = taught(tmp_path, variant)
    after = trained_tensors(model)
    moved = {branch_of(name) for name, value in after.items() if not torch.equal(value, before[name])}
    branches = {"combined": {"temporal", "spatial"}}.get(variant, {variant.removesuffix("-only")})
    fusion = set() if variant == "temporal-only" else {"fusion"}
    assert moved == branches | fusion | {"alignment", "feature_linear"}
    assert report.facts["feature_linear_parameters"] == LINEAR
    assert model.parameters()["feature linear"] == (LINEAR, LINEAR)
    assert report.facts["trainable_parameters"] == sum(live for _, live in model.parameters().values())


def test_it_has_a_group_of_its_own_without_the_penalty(weights: Path, tmp_path: Path) -> None:
    model, bench = made(tmp_path, lambda_t=0.1, lambda_s=0.2)
    network = model._ready()[0]
    own = {id(p) for name, p in network.named_parameters() if branch_of(name) == "feature_linear"}
    groups = optimizer_of(network, bench.options).param_groups
    (group,) = (one for one in groups if own & {id(p) for p in one["params"]})
    trained = own & {id(p) for p in network.parameters() if p.requires_grad}
    assert {id(p) for p in group["params"]} == trained and len(trained) == 2
    assert group["weight_decay"] == 0 and [one["weight_decay"] for one in groups] == [0.2, 0.4, 0, 0]


def test_it_is_drawn_from_the_seeds_of_the_run_and_nothing_else_is(weights: Path, tmp_path: Path) -> None:
    torch.manual_seed(1)
    first = trained_tensors(made(tmp_path)[0])
    torch.manual_seed(2)
    second = trained_tensors(made(tmp_path)[0])
    plain = trained_tensors(made(tmp_path, visual_input="pixels")[0])
    assert all(torch.equal(value, second[name]) for name, value in first.items())
    own = {name for name in first if branch_of(name) == "feature_linear"}
    assert len(own) == 2 and first.keys() - own == plain.keys()
    assert all(torch.equal(value, first[name]) for name, value in plain.items())
    (weight,) = (first[name] for name in own if name.endswith("weight"))
    assert 0 < weight.abs().max() <= 2048**-0.5


def test_at_paper_size_it_is_as_large_as_the_sheet_says_and_by_default_there_is_none() -> None:
    found = {}
    for kind in ("pixels", "resnet50"):
        with torch.device("meta"):
            options = options_of(visual_input=kind)
            network = network_for(empty_backbone(PAPER_7B), options, None)
            found[kind] = trainable_parameters(add_experts(network, options, None))
    assert found["resnet50"] == found["pixels"] | {"feature linear": 2048 * 1408 + 1408}
    with torch.device("meta"):
        assert MiloraNetwork(empty_backbone(MICRO), "both", 4.0).feature_linear is None


@pytest.mark.parametrize("variant", ["combined", "temporal-only"])
def test_what_was_saved_is_loaded(weights: Path, tmp_path: Path, variant: str) -> None:
    model, bench, _ = taught(tmp_path, variant)
    stir(model._ready()[0], 0.1)
    folder = tmp_path / "saved"
    model.save(folder)
    settings = json.loads((folder / "milora_config.json").read_text())
    assert (settings["visual_input"], settings["feature_extractor"]) == ("resnet50", "resnet50@1")
    fresh, _ = made(tmp_path, variant)
    fresh.load(folder)
    seen, prompt = model._sight(model._ready()[0]).batch([video()]), model._ready()[1].prompt
    with torch.no_grad():
        one, other = (network_of(each._ready()[0]).see(seen, prompt) for each in (model, fresh))
    assert torch.equal(one, other)
    assert told(model, bench, video()) == told(fresh, bench, video())
    with pytest.raises(MismatchError, match="learned from that of 'resnet50@1'"):
        told(fresh, bench, video(extractor="resnet50@1+000000000000"))


def test_a_folder_from_before_the_option_is_one_of_pixels(weights: Path, tmp_path: Path) -> None:
    model, _ = made(tmp_path, visual_input="pixels")
    model.save(tmp_path / "saved")
    path = tmp_path / "saved" / "milora_config.json"
    settings = json.loads(path.read_text())
    assert settings.pop("visual_input") == "pixels" and "feature_extractor" not in settings
    path.write_text(json.dumps(settings))
    made(tmp_path, visual_input="pixels")[0].load(path.parent)
    with pytest.raises(MismatchError, match="visual_input='pixels'"):
        made(tmp_path)[0].load(path.parent)


def test_videos_without_the_feature_or_with_another_are_refused(weights: Path, tmp_path: Path) -> None:
    model, bench = made(tmp_path)
    spoilt = with_rows(noise_video("v"))
    short = replace(spoilt.features["resnet50"], read=lambda: video().features["resnet50"].read()[:-1])
    for shown, kind, said in (
        (noise_video("v"), MismatchError, r"'resnet50', which video 'v' does not have.*--features resnet50"),
        (video(width=1024), MismatchError, r"\(1024,\) a step; visual_input=resnet50 reads \(2048,\)"),
        (replace(spoilt, features={"resnet50": short}), DataDamagedError, "11 rows; the video has 12 steps"),
    ):
        with pytest.raises(kind, match=f"(?s){said}"):
            told(model, bench, shown)


def test_pixels_are_read_by_default_whatever_features_a_video_has(weights: Path, tmp_path: Path) -> None:
    model, bench = made(tmp_path, visual_input="pixels")
    plain = noise_video("v")
    assert told(model, bench, plain) == told(model, bench, with_rows(plain))
    with pytest.raises(MismatchError, match="neither frames nor"):
        told(model, bench, video())


def test_it_runs_through_the_pipeline_without_opening_a_frame(machine: Machine, tmp_path: Path) -> None:
    words = asked(tmp_path, "--set", "visual_input=resnet50")
    words = tuple("./small_featured.py:SPEC" if word == SMALL else word for word in words)
    done = machine.call(*words)
    assert done.result["state"] == "sealed"
    folder = Path(done.result["folder"])
    (report,) = facts(folder)["fit"]
    assert report["facts"]["feature_linear_parameters"] == LINEAR
    assert all(texts(folder).values())
    settings = json.loads((folder / FOLD / "weights" / "milora_config.json").read_text())
    assert settings["feature_extractor"] == "resnet50@1"
    assert machine.call("verify", folder).code == 0
