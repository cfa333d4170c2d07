"""Both models as the harness uses them: writing, saving, loading."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from milora_support import TINY_ID, Bench, noise_video, options_of, samples, write_manifest
from peft import PeftModel
from vsumbench_milora.milora.model import Milora, network_of
from vsumbench_milora.milora.network import MiloraNetwork
from vsumbench_milora.options import MiloraOptions
from vsumbench_milora.video_llama.config import INSTRUCTION
from vsumbench_milora.video_llama.loading import load
from vsumbench_milora.video_llama.model import VideoLlama
from vsumbench_milora.video_llama.options import BranchOptions
from vsumbench_milora.video_llama.writing import BATCH

from vsumbench.contracts import Context, Summary
from vsumbench.errors import DataDamagedError, MismatchError

VIDEOS = [noise_video(f"t{number}") for number in range(3)]
PLAIN: dict[str, Any] = {"conversation": "plain", "frozen_in": "float32"}
SMALL = {"num_frames": 2, "max_new_tokens": 12, "epochs": 2, "learning_rate": 0.05}


def texts(model: Any, context: Context, videos: Any = VIDEOS) -> list[str | None]:
    return [summary.text for summary in model.summarize(videos, context)]


def trained(folder: Path, variant: str = "combined", **changes: Any) -> tuple[Milora, Bench]:
    options = options_of(variant, **SMALL | changes)
    bench = Bench(folder, options)
    model = Milora(options, bench.context())
    model.fit(samples(3), [], bench.context())
    return model, bench


def tensors(model: Milora) -> dict[str, torch.Tensor]:
    """All but the copies of the start that peft keeps aside."""
    assert model._built is not None
    return {
        name: p.detach() for name, p in model._built[0].named_parameters() if ".original_module." not in name
    }


@pytest.mark.parametrize("variant", ["combined", "temporal-only", "spatial-only"])
@pytest.mark.parametrize("combine", ["gate*alpha", "sum"])
def test_what_was_saved_is_loaded(weights: Path, tmp_path: Path, variant: str, combine: str) -> None:
    model, bench = trained(tmp_path, variant, combine=combine)
    folder = tmp_path / "saved"
    folder.mkdir()
    model.save(folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
        "milora_config.json",
    ]
    fresh = Milora(bench.options, bench.context())
    fresh.load(folder)
    mine, theirs = tensors(model), tensors(fresh)
    assert mine.keys() == theirs.keys()
    assert all(torch.equal(value, theirs[name]) for name, value in mine.items())
    assert texts(fresh, bench.context()) == texts(model, bench.context())


def test_peft_alone_does_not_load_it_as_something_else(weights: Path, tmp_path: Path) -> None:
    model, bench = trained(tmp_path)
    folder = tmp_path / "saved"
    folder.mkdir()
    model.save(folder)
    backbone, _ = load(bench.options)
    with pytest.raises(RuntimeError, match="size mismatch"):
        PeftModel.from_pretrained(MiloraNetwork(backbone, "both", 4.0), str(folder))


@pytest.mark.parametrize("spoilt", ["adapter_model.safetensors", "adapter_config.json", "milora_config.json"])
@pytest.mark.parametrize("how", ["missing", "cut"])
def test_a_folder_that_is_not_whole_is_refused(weights: Path, tmp_path: Path, spoilt: str, how: str) -> None:
    model, bench = trained(tmp_path)
    folder = tmp_path / "saved"
    folder.mkdir()
    model.save(folder)
    path = folder / spoilt
    content = path.read_bytes()
    path.unlink()
    if how == "cut":
        path.write_bytes(content[:-50])
    with pytest.raises(DataDamagedError):
        Milora(bench.options, bench.context()).load(folder)


@pytest.mark.filterwarnings("ignore:Found missing adapter keys")
def test_a_tensor_too_few_is_refused(weights: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    model, bench = trained(tmp_path)
    folder = tmp_path / "saved"
    folder.mkdir()
    model.save(folder)
    state = load_file(folder / "adapter_model.safetensors")
    state.pop(next(name for name in state if "lora_gate" in name))
    save_file(state, folder / "adapter_model.safetensors")
    with pytest.raises(DataDamagedError, match="lora_gate"):
        Milora(bench.options, bench.context()).load(folder)


def test_experts_of_other_options_or_another_backbone_are_refused(
    micro_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(micro_root, tmp_path / "weights")
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path / "weights"))
    model, bench = trained(tmp_path)
    folder = tmp_path / "saved"
    folder.mkdir()
    model.save(folder)
    other = Milora(replace(bench.options, experts=2), bench.context())
    with pytest.raises(MismatchError, match="experts=4"):
        other.load(folder)
    (tmp_path / "weights" / TINY_ID / "note.json").write_text("{}")
    write_manifest(tmp_path / "weights" / TINY_ID)
    with pytest.raises(MismatchError, match="with digest"):
        Milora(bench.options, bench.context()).load(folder)


def test_before_training_it_writes_what_its_fusion_makes_of_the_backbone(
    weights: Path, tmp_path: Path
) -> None:
    options = options_of("temporal-only", num_frames=2, max_new_tokens=12)
    bench = Bench(tmp_path, options)
    frozen = VideoLlama(
        BranchOptions(**PLAIN, backbone=TINY_ID, num_frames=2, prompt=INSTRUCTION, max_new_tokens=12),
        bench.context(),
    )
    assert texts(Milora(options, bench.context()), bench.context()) == texts(frozen, bench.context())


def test_a_summary_does_not_depend_on_the_videos_beside_it(
    talking: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(talking))
    model, bench = trained(tmp_path, learning_rate=1e-3)
    videos = [noise_video(f"t{number}", steps=3) for number in range(BATCH + 2)]
    whole = texts(model, bench.context(), videos)
    assert len(set(whole)) > 2
    assert texts(model, bench.context(), videos[::-1]) == whole[::-1]
    assert texts(model, bench.context(), videos[5:7]) == whole[5:7]


def test_summaries_stream_batch_by_batch_with_their_cost(weights: Path, tmp_path: Path) -> None:
    model, bench = trained(tmp_path, max_new_tokens=4)
    opened: list[str] = []

    class Opening(list[Any]):
        def __getitem__(self, number: Any) -> Any:
            opened.append(super().__getitem__(number).id)
            return super().__getitem__(number)

    videos = Opening(noise_video(f"t{number}", steps=2) for number in range(BATCH + 3))
    stream = iter(model.summarize(videos, bench.context()))
    first: Summary = next(stream)
    assert len(opened) == BATCH
    assert first.video_id == "t0" and first.cost.seconds is not None
    assert first.cost.tokens is not None and first.cost.tokens <= 4
    assert [summary.video_id for summary in stream] == [f"t{number}" for number in range(1, BATCH + 3)]


@pytest.mark.parametrize("dtype", ["float64", "bfloat16"])
def test_it_trains_and_writes_in_other_precisions(weights: Path, tmp_path: Path, dtype: str) -> None:
    options = options_of(**SMALL)
    bench = Bench(tmp_path, options)
    model = Milora(options, bench.context(dtype=dtype))
    report = model.fit(samples(3), [], bench.context(dtype=dtype))
    assert report.history[-1]["loss"] > 0
    kept = torch.float64 if dtype == "float64" else torch.float32
    assert {p.dtype for p in tensors(model).values()} == {kept}
    assert len(texts(model, bench.context(dtype=dtype))) == 3


def test_parameters_are_counted_part_by_part(weights: Path, tmp_path: Path) -> None:
    model, bench = trained(tmp_path)
    counted = model.parameters()
    sizes = {name: p.numel() for name, p in tensors(model).items()}
    assert sum(total for total, _ in counted.values()) == sum(sizes.values())
    assert model._built is not None
    trainable = sum(p.numel() for p in model._built[0].parameters() if p.requires_grad)
    assert sum(count for _, count in counted.values()) == trainable
    assert {part for part, (_, count) in counted.items() if count} == {
        "temporal experts",
        "spatial experts",
        "alignment",
        "fusion",
    }
    frozen = VideoLlama(replace_options(bench.options), bench.context()).parameters()
    assert all(counted[part] == (total, 0) == frozen[part] for part, (total, _) in frozen.items())


def replace_options(options: MiloraOptions) -> BranchOptions:
    return BranchOptions(
        options.backbone, options.num_frames, options.prompt, options.max_new_tokens, **PLAIN
    )


def test_the_fusion_is_saved_with_the_experts(weights: Path, tmp_path: Path) -> None:
    model, bench = trained(tmp_path, fusion_start=0.5)
    assert model._built is not None
    fusion = network_of(model._built[0]).fusion
    assert fusion is not None and fusion.s.item() != 0.5
    folder = tmp_path / "saved"
    folder.mkdir()
    model.save(folder)
    fresh = Milora(bench.options, bench.context())
    fresh.load(folder)
    assert fresh._built is not None
    loaded = network_of(fresh._built[0]).fusion
    assert loaded is not None and torch.equal(loaded.s, fusion.s)


def test_a_model_notes_the_weights_it_stands_on(weights: Path, tmp_path: Path) -> None:
    options = BranchOptions(**PLAIN, backbone=TINY_ID, num_frames=2, prompt=INSTRUCTION, max_new_tokens=8)
    model = VideoLlama(options, Bench(tmp_path).context())
    model.save(tmp_path)
    model.load(tmp_path)
    path = tmp_path / "video_llama.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"backbone_digest": "0" * 64}))
    with pytest.raises(MismatchError, match="000000000000"):
        model.load(tmp_path)
    path.unlink()
    with pytest.raises(DataDamagedError):
        model.load(tmp_path)


def test_weights_that_were_not_converted_are_refused_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path / "weights"))
    folder = tmp_path / "weights" / "video-llama-2-7b-finetuned"
    folder.mkdir(parents=True)
    (folder / "weights.bin").write_bytes(b"x")
    write_manifest(folder)
    with pytest.raises(DataDamagedError, match="does not hold a converted Video-LLaMA"):
        Milora(MiloraOptions(), Bench(tmp_path).context())
