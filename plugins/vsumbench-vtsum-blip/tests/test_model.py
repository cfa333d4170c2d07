"""The model as the harness calls it: training, checkpoints, what each variant gives, what is refused."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from vsumbench_vtsum_blip.frozen import FrozenBlip
from vsumbench_vtsum_blip.model import VtsumBlip
from vsumbench_vtsum_blip.network import official_keys
from vsumbench_vtsum_blip.options import FrozenOptions
from vtsum_support import context, options_of, plain_backbone, planted, video_of, write_manifest

from vsumbench.contracts import FeatureSpec, Seeds, Selection, Summary, Task, Video, check_summary
from vsumbench.errors import DataDamagedError, MismatchError, WeightsMissingError

QUICK = ("epochs=2", "batch_size=4", "beams=2", "max_length=20", "min_length=6")
SAMPLES = [planted(number) for number in range(6)]
VIDEOS = [sample.video for sample in SAMPLES]


@pytest.fixture(autouse=True)
def _small(weights: Path) -> None:
    pass


def trained(variant: str, folder: Path, *overrides: str) -> VtsumBlip:
    options = options_of(variant, "tiny", *QUICK, *overrides)
    model = VtsumBlip(options, context(options, folder))
    model.fit(SAMPLES, [], context(options, folder))
    return model


def summaries(model: Any, folder: Path, videos: Sequence[Video] = VIDEOS[:2]) -> list[Summary]:
    found = list(model.summarize(videos, context(model.options, folder)))
    for one, video in zip(found, videos, strict=True):
        check_summary(one, video)
    return found


def alike(one: Sequence[Summary], other: Sequence[Summary]) -> bool:
    return all(
        np.array_equal(a.importance, b.importance) and a.text == b.text and a.links == b.links
        for a, b in zip(one, other, strict=True)
    )


@pytest.mark.parametrize(
    ("variant", "tasks"),
    [("tt-ca-la", tuple(Task)), ("vsum", (Task.V2V,)), ("tsum", (Task.V2T,))],
)
def test_a_variant_answers_its_tasks_and_no_other(
    variant: str, tasks: tuple[Task, ...], tmp_path: Path
) -> None:
    for found in summaries(trained(variant, tmp_path), tmp_path):
        assert tuple(task for task in Task if found.answers(task)) == tasks
        assert (found.segments is not None) == (Task.V2V in tasks)
        assert bool(found.links) <= (Task.V2VT in tasks)


def test_links_join_words_and_selected_segments(tmp_path: Path) -> None:
    found = summaries(trained("tt-ca-la", tmp_path), tmp_path)
    assert any(one.links for one in found)
    for one in found:
        assert one.text is not None and one.segments is not None
        assert [link.segment for link in one.links] == sorted({link.segment for link in one.links})


def test_training_moves_everything_but_the_frozen_map(tmp_path: Path) -> None:
    options = options_of("tt-ca-la", "tiny", *QUICK)
    model = VtsumBlip(options, context(options, tmp_path))
    before = {name: one.clone() for name, one in model._start(VIDEOS[0])[0].state_dict().items()}
    report = model.fit(SAMPLES, [], context(options, tmp_path))
    assert report.epochs == 2 and np.isfinite([one["loss"] for one in report.history]).all()
    assert model._built is not None
    after = model._built[0].state_dict()
    still = {name for name in before if torch.equal(before[name], after[name])}
    assert {name.split(".")[0] for name in still if not name.endswith("position_ids")} == {"projection"}


def test_the_map_of_a_feature_that_the_backbone_does_not_know_is_learned(tmp_path: Path) -> None:
    spec = FeatureSpec(name="other", shape=(12,))
    draw = np.random.default_rng(0)
    samples = [
        replace(
            one,
            video=video_of(one.video.id, draw.normal(size=(one.video.steps, 12)).astype(np.float32), spec),
        )
        for one in SAMPLES
    ]
    options = options_of("vsum", "tiny", *QUICK)
    model = VtsumBlip(options, context(options, tmp_path))
    model.fit(samples, [], context(options, tmp_path))
    assert model._built is not None and model._built[0].projection is not None
    assert model._built[0].projection.weight.requires_grad
    with pytest.raises(MismatchError, match="was trained on 'other'"):
        summaries(model, tmp_path)


@pytest.mark.parametrize(("start", "low", "high"), [("n01", 0.8, 1.2), ("n002", 0.015, 0.025)])
def test_positions_start_as_asked(start: str, low: float, high: float, tmp_path: Path) -> None:
    options = options_of("tt", "tiny", f"init_positions={start}")
    model = VtsumBlip(options, context(options, tmp_path))
    network, _ = model._start(VIDEOS[0])
    assert network.temporal.positions is not None
    assert low < float(network.temporal.positions.weight.detach().std()) < high
    own = options_of("tt", "tiny")
    meant, _ = VtsumBlip(own, context(own, tmp_path))._start(VIDEOS[0])
    assert meant.temporal.positions is not None and meant.decoder is not None
    table = meant.decoder.bert.embeddings.position_embeddings.weight
    assert torch.equal(meant.temporal.positions.weight, table)


def test_videos_without_what_is_learned_are_refused_with_the_variant_that_can(tmp_path: Path) -> None:
    bare = replace(SAMPLES[0].annotations, user_summaries=None)
    mute = replace(SAMPLES[0].annotations, texts=())
    for told, hint in ((bare, "vtsum-blip@tsum"), (mute, "vtsum-blip@vsum")):
        options = options_of("tt", "tiny", *QUICK)
        model = VtsumBlip(options, context(options, tmp_path))
        with pytest.raises(MismatchError, match="to learn") as refused:
            model.fit([replace(SAMPLES[0], annotations=told)], [], context(options, tmp_path))
        assert hint in (refused.value.hint or "")


def test_validation_scores_frames_and_writes_only_where_nothing_else_is_given(tmp_path: Path) -> None:
    for variant, texts in (("tt", False), ("tsum", True)):
        seen: list[bool] = []

        def validate(found: Sequence[Summary], seen: list[bool] = seen) -> float:
            seen.extend(one.text is not None for one in found)
            return 0.5

        options = options_of(variant, "tiny", *QUICK)
        folder = tmp_path / variant
        given = context(options, folder, selection=Selection.VALIDATION, validate=validate)
        VtsumBlip(options, given).fit(SAMPLES[:4], SAMPLES[4:], given)
        assert seen == [texts] * 2 * options.epochs


# Checkpoints ----------------------------------------------------------------------------------------------


WIDE = FeatureSpec(name="blip-vit-b16", shape=(32,))


def wide_video(number: int = 0, steps: int = 30) -> Video:
    values = np.random.default_rng(number).normal(size=(steps, 32)).astype(np.float32)
    return video_of(f"w{number}", values, WIDE)


@pytest.fixture
def released(tmp_path: Path, made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A weights root with a plain backbone and a checkpoint of the official code's names for @tt-ca."""
    root = tmp_path / "root"
    plain_backbone(root, made)
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(root))
    options = options_of("tt-ca", "paper")
    network, _ = VtsumBlip(options, context(options, tmp_path))._start(wide_video())
    keys = official_keys(network)
    state = network.state_dict()
    assert set(keys) == set(state)
    generator = torch.Generator().manual_seed(4)
    official = {
        keys[name][0]: torch.randn(one.shape, generator=generator) * 0.1 for name, one in state.items()
    }
    # Shared tensors stand in the file twice, as the official state dict has them.
    words = official["text_decoder.bert.embeddings.word_embeddings.weight"]
    official["text_decoder.cls.predictions.decoder.weight"] = words.clone()
    bias = official["text_decoder.cls.predictions.bias"]
    official["text_decoder.cls.predictions.decoder.bias"] = bias.clone()
    official["text_decoder.bert.embeddings.position_ids"] = torch.arange(128)[None]
    folder = root / "vtsum-blip-released"
    folder.mkdir()
    save_file(official, folder / "vtsum_tt_ca.safetensors")
    write_manifest(folder)
    return root


def test_an_official_checkpoint_is_taken_as_it_is(released: Path, tmp_path: Path) -> None:
    options = options_of("tt-ca", "release", "max_length=12")
    model = VtsumBlip(options, context(options, tmp_path))
    report = model.fit([replace(SAMPLES[0], video=wide_video())], [], context(options, tmp_path))
    assert report.epochs == 0
    stored = load_file(released / "vtsum-blip-released" / "vtsum_tt_ca.safetensors")
    assert model._built is not None
    network = model._built[0]
    assert torch.equal(network.temporal.local[0].attn.qkv.weight, stored["local_atten_head.attn.qkv.weight"])
    assert network.temporal.head is not None
    assert torch.equal(network.temporal.head.weight, stored["vsum_head.0.weight"])
    name = "bert.encoder.layer.1.crossattention.self.key.weight"
    assert torch.equal(dict(network.decoder.named_parameters())[name], stored[f"text_decoder.{name}"])
    (found,) = summaries(model, tmp_path, [wide_video(1)])
    assert found.answers(Task.V2VT)


def test_the_names_are_those_of_the_official_code(released: Path) -> None:
    stored = load_file(released / "vtsum-blip-released" / "vtsum_tt_ca.safetensors")
    expected = {
        "position_embeddings.weight",
        "tt.blocks.0.norm1.weight",
        "tt.blocks.0.attn.qkv.bias",
        "tt.blocks.0.mlp.fc1.weight",
        "tt.norm.bias",
        "local_atten_head.norm1.weight",
        "local_atten_head.attn.proj.bias",
        "vsum_head.0.bias",
        "text_decoder.bert.embeddings.LayerNorm.weight",
        "text_decoder.bert.encoder.layer.0.attention.output.dense.weight",
        "text_decoder.bert.encoder.layer.0.intermediate.dense.bias",
        "text_decoder.cls.predictions.transform.LayerNorm.bias",
    }
    assert expected <= set(stored)


def test_a_checkpoint_without_the_second_names_of_shared_tensors_is_whole(
    released: Path, tmp_path: Path
) -> None:
    path = released / "vtsum-blip-released" / "vtsum_tt_ca.safetensors"
    tensors = load_file(path)
    for name in ("weight", "bias"):
        del tensors[f"text_decoder.cls.predictions.decoder.{name}"]
    save_file(tensors, path)
    options = options_of("tt-ca", "release")
    model = VtsumBlip(options, context(options, tmp_path))
    assert model.fit([replace(SAMPLES[0], video=wide_video())], [], context(options, tmp_path)).epochs == 0


@pytest.mark.parametrize("asked", ["tt-ca-la", "vsum", "tt-ca kernel=9", "tt-ca positions=false"])
def test_a_checkpoint_of_another_structure_is_refused_as_such(
    released: Path, tmp_path: Path, asked: str
) -> None:
    variant, *more = asked.split()
    options = options_of(variant, "release", *more)
    model = VtsumBlip(options, context(options, tmp_path))
    with pytest.raises(MismatchError, match="a released checkpoint is of vtsum-blip@tt or @tt-ca"):
        model.fit([replace(SAMPLES[0], video=wide_video())], [], context(options, tmp_path))


@pytest.mark.parametrize("damage", ["missing", "unknown", "shape", "nan", "cut"])
def test_a_checkpoint_that_is_not_whole_is_refused(released: Path, tmp_path: Path, damage: str) -> None:
    path = released / "vtsum-blip-released" / "vtsum_tt_ca.safetensors"
    tensors = load_file(path)
    if damage == "missing":
        del tensors["tt.norm.bias"]
    elif damage == "unknown":
        tensors["tt.blocks.1.norm1.weight"] = torch.zeros(32)
    elif damage == "shape":
        tensors["vsum_head.0.bias"] = torch.zeros(2)
    elif damage == "nan":
        tensors["tt.norm.bias"] = torch.full_like(tensors["tt.norm.bias"], torch.nan)
    save_file(tensors, path)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    options = options_of("tt-ca", "release")
    model = VtsumBlip(options, context(options, tmp_path))
    with pytest.raises(DataDamagedError):
        model.fit([replace(SAMPLES[0], video=wide_video())], [], context(options, tmp_path))


def test_a_model_trained_on_one_dataset_is_taken_to_another(
    tmp_path: Path, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = trained("vsum", tmp_path / "first")
    root = tmp_path / "root"
    shutil.copytree(made, root)
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(root))
    (root / "vtsum-blip-trained").mkdir()
    model.save(root / "vtsum-blip-trained")
    write_manifest(root / "vtsum-blip-trained")
    settings = ("backbone=blip-tiny", "beams=2", "max_length=20", "min_length=6")
    options = options_of("vsum", "transfer", *settings)
    taken = VtsumBlip(options, context(options, tmp_path, seeds=Seeds(9)))
    assert taken.fit(SAMPLES[:1], [], context(options, tmp_path)).epochs == 0
    assert alike(summaries(taken, tmp_path), summaries(model, tmp_path))
    # The same vectors under another name are taken only where the user says that they are the same.
    renamed = replace(
        VIDEOS[0],
        features={
            "mine": replace(
                VIDEOS[0].features["planted-20"], spec=FeatureSpec(name="mine", shape=(20,), dtype="float32")
            )
        },
    )
    stranger = replace(SAMPLES[0], video=renamed)
    with pytest.raises(MismatchError, match="was trained on 'planted-20'"):
        VtsumBlip(options, context(options, tmp_path)).fit([stranger], [], context(options, tmp_path))
    promised = options_of("vsum", "transfer", *settings, "same_as=planted-20")
    other = VtsumBlip(promised, context(promised, tmp_path))
    other.fit([stranger], [], context(promised, tmp_path))
    (found,) = summaries(other, tmp_path, [renamed])
    assert alike([found], summaries(model, tmp_path, VIDEOS[:1]))


def test_weights_that_are_not_there_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path / "nothing"))
    options = options_of("tt", "paper")
    model = VtsumBlip(options, context(options, tmp_path))
    with pytest.raises(WeightsMissingError, match="blip-image-captioning-base"):
        summaries(model, tmp_path)


def test_a_backbone_that_is_not_whole_is_refused(
    tmp_path: Path, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = plain_backbone(tmp_path / "root", made)
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path / "root"))
    whole = load_file(folder / "model.safetensors")
    config = (folder / "config.json").read_text()
    options = options_of("tt", "paper")
    name = "text_decoder.bert.embeddings.LayerNorm.bias"
    damages = [
        ("model.safetensors", {one: tensor for one, tensor in whole.items() if one != name}),
        ("model.safetensors", whole | {name: torch.zeros(3)}),
        ("config.json", config.replace('"blip"', '"bert"')),
    ]
    for file, content in damages:
        (folder / "config.json").write_text(config)
        if isinstance(content, dict):
            save_file(content, folder / file)
        else:
            save_file(whole, folder / "model.safetensors")
            (folder / file).write_text(content)
        with pytest.raises(DataDamagedError):
            summaries(VtsumBlip(options, context(options, tmp_path)), tmp_path, [wide_video()])


# Frozen-BLIP ----------------------------------------------------------------------------------------------


def frozen_model(folder: Path) -> FrozenBlip:
    options = FrozenOptions(backbone="blip-tiny", beams=2, max_length=20)
    return FrozenBlip(options, context(options, folder))


def frozen(folder: Path, seed: int = 0, **changes: Any) -> list[Summary]:
    options = FrozenOptions(backbone="blip-tiny", beams=2, max_length=20, **changes)
    given = context(options, folder, seeds=Seeds(seed))
    return list(FrozenBlip(options, given).summarize(VIDEOS[:3], given))


def test_frozen_scores_follow_the_seed_and_texts_do_not(tmp_path: Path) -> None:
    one, again, other = (frozen(tmp_path, seed) for seed in (0, 0, 1))
    assert alike(one, again) and not alike(one, other)
    assert [found.text for found in one] == [found.text for found in other]
    assert all(found.answers(Task.V2VT) for found in one)


def test_likeness_to_the_mean_frame_is_a_cosine_and_follows_no_seed(tmp_path: Path) -> None:
    one, other = (frozen(tmp_path, seed, scores="mean-frame") for seed in (0, 1))
    assert alike(one, other)
    assert all(found.importance is not None and np.abs(found.importance).max() <= 1 + 1e-6 for found in one)


def test_a_decoder_that_stops_at_once_writes_an_empty_text(tmp_path: Path) -> None:
    options = FrozenOptions(backbone="blip-tiny", beams=3, min_length=1, max_length=20)
    given = context(options, tmp_path)
    model = FrozenBlip(options, given)
    backbone, decoder = model._parts()
    with torch.no_grad():
        decoder.cls.predictions.bias[backbone.codec.end] = 50.0
    (found,) = model.summarize(VIDEOS[:1], given)
    check_summary(found, VIDEOS[0])
    assert found.text == "" and found.links == () and found.importance is not None


# Lengths, types, devices ----------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [1, 2, 6, 400])
def test_videos_of_any_length_get_a_score_a_step_and_a_text(steps: int, tmp_path: Path) -> None:
    # The position table of these weights has 128 rows.
    values = np.random.default_rng(steps).normal(size=(steps, 20)).astype(np.float32)
    video = video_of("any", values, VIDEOS[0].features["planted-20"].spec)
    options = options_of("tt-ca-la", "tiny", *QUICK)
    (found,) = summaries(VtsumBlip(options, context(options, tmp_path)), tmp_path, [video])
    assert found.importance is not None and found.importance.shape == (steps,)
    assert found.segments is not None and len(found.segments) >= 1 and found.text


def test_long_videos_are_cut_in_training_alone(tmp_path: Path) -> None:
    options = options_of("vsum", "tiny", *QUICK, "max_frames=10")
    model = VtsumBlip(options, context(options, tmp_path))
    model.fit(SAMPLES[:2], [], context(options, tmp_path))
    assert model._built is not None
    examples = model._examples(SAMPLES[:2], model._built[1])
    assert [len(one.features) for one in examples] == [10, 10]
    (found,) = summaries(model, tmp_path, VIDEOS[:1])
    assert found.importance is not None and len(found.importance) == VIDEOS[0].steps > 10


@pytest.mark.parametrize("rows", [-5, 5])
def test_features_of_another_length_than_the_video_are_refused(rows: int, tmp_path: Path) -> None:
    video = VIDEOS[0]
    feature = video.features["planted-20"]
    longer = np.resize(feature.read(), (video.steps + rows, 20))
    other = replace(video, features={"planted-20": replace(feature, read=lambda: longer)})
    options = options_of("vsum", "tiny", *QUICK)
    for model in (VtsumBlip(options, context(options, tmp_path)), frozen_model(tmp_path)):
        with pytest.raises(DataDamagedError, match=f"{video.steps + rows} rows; the video has {video.steps}"):
            summaries(model, tmp_path, [other])


def test_texts_longer_than_the_decoder_has_positions_for_are_refused_before_training(tmp_path: Path) -> None:
    for setting in ("max_length=300", "max_tokens=300"):
        options = options_of("tt", "tiny", *QUICK, setting)
        model = VtsumBlip(options, context(options, tmp_path))
        with pytest.raises(MismatchError, match="300 tokens is asked for; the decoder has positions for 128"):
            model.fit(SAMPLES, [], context(options, tmp_path))


def test_scores_are_as_many_in_half_precision(tmp_path: Path) -> None:
    for variant in ("tt-ca-la", "base"):
        options = options_of(variant, "tiny", *QUICK)
        given = context(options, tmp_path / variant, dtype="bfloat16")
        model = VtsumBlip(options, given)
        model.fit(SAMPLES, [], given)
        for found in model.summarize(VIDEOS, given):
            assert found.importance is not None
            assert len(set(found.importance.tolist())) == len(found.importance)


@pytest.mark.parametrize("dtype", ["bfloat16", "float64"])
def test_frozen_blip_and_a_bare_base_take_other_types(dtype: str, tmp_path: Path) -> None:
    options = options_of("base", "tiny", *QUICK, "positions=false")
    given = context(options, tmp_path, dtype=dtype)
    bare = FrozenOptions(backbone="blip-tiny", beams=2, max_length=20)
    for model in (VtsumBlip(options, given), FrozenBlip(bare, context(bare, tmp_path, dtype=dtype))):
        (found,) = model.summarize(VIDEOS[:1], given)
        check_summary(found, VIDEOS[0])
        assert found.answers(Task.V2VT)


@pytest.mark.parametrize("dtype", ["bfloat16", "float64"])
def test_other_types_learn_the_same_within_their_precision(dtype: str, tmp_path: Path) -> None:
    losses = {}
    for name in ("float32", dtype):
        options = options_of("tt-ca-la", "tiny", *QUICK)
        given = context(options, tmp_path / name, dtype=name)
        model = VtsumBlip(options, given)
        losses[name] = model.fit(SAMPLES, [], given).history[0]["loss"]
        (found,) = list(model.summarize(VIDEOS[:1], given))
        check_summary(found, VIDEOS[0])
    assert losses[dtype] == pytest.approx(losses["float32"], rel=1e-2 if dtype == "bfloat16" else 1e-5)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_gpu_trains_and_summarizes(dtype: str, tmp_path: Path) -> None:
    options = options_of("tt-ca-la", "tiny", *QUICK)
    given = context(options, tmp_path, device="cuda", dtype=dtype)
    model = VtsumBlip(options, given)
    assert np.isfinite(model.fit(SAMPLES, [], given).history[-1]["loss"])
    for found, video in zip(model.summarize(VIDEOS, given), VIDEOS, strict=True):
        check_summary(found, video)
        assert found.answers(Task.V2VT)
