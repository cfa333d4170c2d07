"""Small weights, videos, samples and contexts."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from vsumbench_vtsum_blip.options import VtsumOptions
from vsumbench_vtsum_blip.pretraining.make import Plan, make_planned
from vsumbench_vtsum_blip.sizes import TINY
from vsumbench_vtsum_blip.specs import TINY_WEIGHTS, VTSUM_BLIP

from vsumbench.config.options import compose_options
from vsumbench.contracts import (
    Annotations,
    Context,
    Feature,
    FeatureSpec,
    Folders,
    Sample,
    Seeds,
    Selection,
    Video,
)
from vsumbench.data import sha256_file
from vsumbench.data.weights import WEIGHTS_MANIFEST, WeightsManifest
from vsumbench.planted import PLANTED_20, TARGET, sentences, simulate, step_features, write_script
from vsumbench.testing.interrupting import StepCounter


def small(**changes: Any) -> Plan:
    """A plan of a few steps, for tests of everything but what is learned."""
    sizes = replace(TINY, width=32, mlp=64)
    return replace(Plan(videos=6, wordings=2, steps=4, batch=4, sizes=sizes), **changes)


def write_weights(root: Path, plan: Plan | None = None, weights_id: str = TINY_WEIGHTS.id) -> Path:
    """A folder of weights by this plan, with its manifest."""
    folder = root / weights_id
    folder.mkdir(parents=True)
    make_planned(plan or small(), folder)
    write_manifest(folder)
    return folder


def write_manifest(folder: Path) -> None:
    """Say that what is in the folder now is what belongs there."""
    files = {
        path.name: sha256_file(path) for path in sorted(folder.iterdir()) if path.name != WEIGHTS_MANIFEST
    }
    manifest = WeightsManifest(id=folder.name, origin="imported", licence="Apache-2.0", files=files)
    (folder / WEIGHTS_MANIFEST).write_text(json.dumps(manifest.to_json()), encoding="utf-8")


def plain_backbone(root: Path, made: Path, weights_id: str = "blip-image-captioning-base") -> Path:
    """The small decoder as a published one lies there: without a map in front of it."""
    folder = root / weights_id
    shutil.copytree(made / "blip-tiny", folder)
    config = json.loads((folder / "config.json").read_text())
    del config["frame_projection"]
    (folder / "config.json").write_text(json.dumps(config))
    tensors = load_file(folder / "model.safetensors")
    save_file(
        {name: one for name, one in tensors.items() if not name.startswith("frame_projection")}
        | {"vision_model.post_layernorm.bias": torch.zeros(4)},
        folder / "model.safetensors",
    )
    write_manifest(folder)
    return folder


def options_of(variant: str = "tt-ca-la", preset: str = "tiny", *overrides: str) -> VtsumOptions:
    """The options of a variant under a preset, with settings as on the command line."""
    composed = compose_options(
        VTSUM_BLIP,
        variant=VTSUM_BLIP.variant(variant),
        preset=VTSUM_BLIP.preset(preset),
        overrides=overrides,
    )
    options: VtsumOptions = composed.options
    return options


def context(options: Any, folder: Path, **changes: Any) -> Context:
    """A context on the CPU."""

    def refuse(name: str) -> Any:
        raise AssertionError(name)

    given: dict[str, Any] = {
        "device": "cpu",
        "dtype": "float32",
        "seeds": Seeds(3),
        "folders": Folders(checkpoints=folder / "checkpoints", scratch=folder / "scratch"),
        "progress": StepCounter(),
        "options": options,
        "selection": Selection.LAST_EPOCH,
        "validate": None,
        "annotations": None,
        "model": refuse,
        "metric": refuse,
        "encoder": refuse,
    }
    return Context(**given | changes)


def planted(number: int) -> Sample:
    """A planted video with ten annotators and a text."""
    name = f"v_small{number:03d}"
    script = write_script(TARGET, name)
    simulated = simulate(script, 10)
    features = step_features(script)
    annotations = Annotations(
        video_id=name,
        importance=simulated.selections.astype(np.float64),
        grid="picks",
        user_summaries=simulated.selections.astype(bool),
        texts=(" ".join(sentences(script)),),
    )
    return Sample(video_of(name, features, PLANTED_20), annotations)


def video_of(name: str, features: np.ndarray, spec: FeatureSpec) -> Video:
    """A video of one feature, a step a second."""
    steps = len(features)
    return Video(
        id=name,
        duration=float(steps),
        fps=1.0,
        n_frames=steps,
        picks=np.arange(steps, dtype=np.int64),
        features={spec.name: Feature(spec=spec, steps=steps, read=partial(np.array, features))},
    )
