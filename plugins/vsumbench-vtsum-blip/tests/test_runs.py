"""Whole commands: every protocol from one run, the ablation as one table, published files, other datasets."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from vsumbench_datasets.videoxum.planted import record
from vsumbench_datasets.videoxum.spec import PARTS, PLANTED_SIZES
from vsumbench_vtsum_blip.sizes import TINY
from vtsum_support import plain_backbone, small, write_weights

from vsumbench.cli import main
from vsumbench.planted import TARGET, step_features, write_script

# Encoders of random weights are made beside the tests of the real ones.
sys.path.append(str(Path(__file__).parents[2] / "vsumbench-datasets" / "tests"))
from tiny_blip import save_tiny_blip
from tiny_clip import save_tiny_clip

QUICK = ("--set", "epochs=1", "--set", "beams=2", "--set", "max_length=16", "--selection", "last-epoch")
FEW = {"train": 6, "validation": 2, "test": 4}


@pytest.fixture(scope="module", autouse=True)
def few(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> Iterator[None]:
    """A planted edition of a few videos."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VSUMBENCH_PLANTED", str(tmp_path_factory.mktemp("planted")))
        patch.setitem(PLANTED_SIZES, "planted", FEW)
        # Presets ask for the memory of networks of the published size; these are small.
        patch.setattr("vsumbench.running.readiness.free_memory_gib", lambda device: 64.0)
        yield


def call(*words: object) -> Any:
    """What `vsumbench WORDS --json` prints, and what it says beside."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as done:
        main([*map(str, words), "--json"])
    assert not done.value.code, err.getvalue()
    return json.loads(out.getvalue()), err.getvalue()


def record_of(folder: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(folder) / "record.json").read_text("utf-8"))
    return found


def scores_of(folder: str) -> dict[str, Any]:
    return {f"{one['protocol']}/{one['metric']}": one for one in record_of(folder)["scores"]}


def test_one_run_is_scored_under_every_protocol_of_all_three_tasks(tmp_path: Path) -> None:
    clip = tmp_path / "tiny-clip"
    clip.mkdir()
    save_tiny_clip(clip)
    protocols = ("videoxum-top15", "videoxum-released", "videoxum-meanuser", "paragraph", "clip-selected")
    metrics = f"f1,kendall,spearman,cider,bleu4,rougeL-coco,vt-clipscore[{clip}]"
    asked = [word for protocol in protocols for word in ("--protocol", protocol)]
    result, _ = call(
        *("run", "--model", "vtsum-blip", "--dataset", "videoxum", "--edition", "planted"),
        *(*QUICK, *asked, "--metrics", metrics, "--runs", tmp_path / "runs", "--quiet"),
    )
    scores = scores_of(result["folder"])
    assert {name.partition("/")[0] for name in scores} == set(protocols)
    for name, score in scores.items():
        assert score["value"] is not None, name
    (line,) = (Path(result["folder"]) / "predictions.jsonl").read_text().splitlines()[:1]
    stored = json.loads(line)
    assert stored["text"] is not None and stored["segments"] and stored["importance"]


@pytest.mark.slow
def test_the_ablation_is_one_command_and_its_runs_one_comparison(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    result, _ = call(
        *("run", "--model", "vtsum-blip@*", "--dataset", "videoxum", "--edition", "planted", *QUICK),
        *("--metrics", "f1,kendall,cider", "--runs", runs, "--quiet"),
    )
    records = [record_of(str(path.parent)) for path in sorted(runs.glob("*/record.json"))]
    found = {one["model"]["variant"]: one for one in records}
    assert set(found) == {"tt-ca-la", "tt-ca", "tt", "base", "vsum", "tsum"}, result
    assert found["vsum"]["tasks"] == ["v2v"] and found["tsum"]["tasks"] == ["v2t"]
    columns = {
        name: {f"{one['protocol']}/{one['metric']}" for one in record["scores"]}
        for name, record in found.items()
    }
    both = columns["tt-ca-la"]
    assert columns["vsum"] == {name for name in both if name.startswith("videoxum")}
    assert columns["tsum"] == {name for name in both if name.startswith("paragraph")}
    board = tmp_path / "board"
    name = "vtsum-blip-local-attention-table-1"
    call("leaderboard", "build", "--board", name, "--runs", runs, "--out", board, "--format", "markdown")
    rows = [one for one in (board / f"{name}.md").read_text("utf-8").splitlines() if one.startswith("| ")]
    for title, variant in (("Base", "base"), ("TT+CA", "tt-ca"), ("TT+CA+LA", "tt-ca-la")):
        assert any(one.startswith(f"| {title} `vtsum-blip@{variant}`") and "planted" in one for one in rows)


def test_a_variant_refuses_a_protocol_of_a_task_it_does_not_do(tmp_path: Path) -> None:
    err = StringIO()
    with redirect_stderr(err), pytest.raises(SystemExit) as done:
        main(
            [
                *("run", "--model", "vtsum-blip@vsum", "--dataset", "videoxum", "--edition", "planted"),
                *("--protocol", "paragraph", "--runs", str(tmp_path)),
            ]
        )
    assert done.value.code and "'paragraph' evaluates v2t; model 'vtsum-blip' does v2v" in err.getvalue()


def test_what_a_variant_does_not_do_is_left_out_of_what_was_asked_of_all(tmp_path: Path) -> None:
    result, said = call(
        *("run", "--model", "vtsum-blip@vsum", "--dataset", "videoxum", "--edition", "planted", *QUICK),
        *("--protocol", "videoxum-top15", "--protocol", "paragraph", "--metrics", "f1,cider"),
        *("--runs", tmp_path),
    )
    assert set(scores_of(result["folder"])) == {"videoxum-top15/f1", "videoxum-top15/f1[max]"}
    assert "protocol 'paragraph' is left out" in said and "metric 'cider' is left out" in said


def test_a_metric_that_no_task_asked_for_serves_is_refused_of_a_variant_as_of_a_model(tmp_path: Path) -> None:
    err = StringIO()
    with redirect_stderr(err), pytest.raises(SystemExit) as done:
        main(
            [
                *("run", "--model", "vtsum-blip@vsum", "--dataset", "videoxum", "--edition", "planted"),
                *("--protocol", "videoxum-top15", "--metrics", "f1,kendall", "--runs", str(tmp_path)),
            ]
        )
    assert done.value.code and "metric 'kendall' compares scores" in err.getvalue()


@pytest.mark.slow
def test_frozen_blip_runs_five_times_over(tmp_path: Path) -> None:
    result, _ = call(
        *("run", "--model", "frozen-blip", "--dataset", "videoxum", "--edition", "planted", "--quiet"),
        *("--set", "beams=1", "--set", "max_length=16", "--metrics", "f1,cider", "--runs", tmp_path),
    )
    assert record_of(result["folder"])["repetitions"] == 5
    assert set(scores_of(result["folder"])) >= {"videoxum-top15/f1", "paragraph/cider"}


@pytest.mark.slow
def test_scores_are_learned_on_tvsum_through_a_map_of_its_own(tmp_path: Path) -> None:
    asked = ("--model", "vtsum-blip@vsum", "--dataset", "tvsum", "--edition", "planted", "--set", "epochs=1")
    result, _ = call(
        *("run", *asked, "--selection", "last-epoch", "--split-set", "transfer", "--quiet"),
        *("--protocol", "gtscore-2fps", "--metrics", "kendall,spearman", "--runs", tmp_path),
    )
    assert set(scores_of(result["folder"])) == {"gtscore-2fps/kendall", "gtscore-2fps/spearman"}


def test_frames_come_in_through_a_blip_tower(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VSUMBENCH_FEATURES", str(tmp_path / "features"))
    tower = tmp_path / "tiny-blip"
    tower.mkdir()
    save_tiny_blip(tower, retrieval=False)
    result, _ = call(
        *("run", "--model", "vtsum-blip@tt", "--dataset", "videoxum", "--edition", "planted", *QUICK),
        *("--features", f"blip[{tower}]", "--set", "feature=tiny-blip", "--quiet"),
        *("--metrics", "f1,cider", "--runs", tmp_path / "runs"),
    )
    weights = Path(result["folder"]) / "folds" / "official" / "weights"
    assert json.loads((weights / "settings.json").read_text())["feature"]["name"] == "tiny-blip"
    assert set(scores_of(result["folder"])) >= {"videoxum-top15/f1", "paragraph/cider"}


# The layout of the published files ------------------------------------------------------------------------

SHORT = "v_real0"


def published(root: Path) -> Path:
    """A data root with VideoXum's annotation files and feature folders: npz a video, 768 and 512 values.

    One video has one BLIP row fewer than labels.
    """
    base = root / "videoxum" / "ActivityNet"
    (base / "anno").mkdir(parents=True)
    ids = [f"v_real{number}" for number in range(8)]
    parts = {"train": ids[:4], "validation": ids[4:5], "test": ids[5:]}
    spread = np.random.default_rng(0).normal(size=(20, 768)) / 4
    for part, videos in parts.items():
        records = [record(write_script(TARGET, video)) for video in videos]
        (base / "anno" / PARTS[part]).write_text(json.dumps(records), encoding="utf-8")
        for folder, key, width in (("blip", "features", 768), ("vt_clipscore", "vision", 512)):
            (base / "feat" / folder).mkdir(parents=True, exist_ok=True)
            for video in videos:
                rows = (step_features(write_script(TARGET, video)) @ spread)[:, :width]
                if video == SHORT and folder == "blip":
                    rows = rows[:-1]
                np.savez(base / "feat" / folder / f"{video}.npz", **{key: rows.astype(np.float16)})
    return root


def test_published_files_train_and_score_and_a_short_one_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: Path
) -> None:
    root = published(tmp_path / "data")
    plain_backbone(tmp_path / "weights", made)
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path / "weights"))
    result, said = call(
        *("run", "--model", "vtsum-blip", "--dataset", "videoxum", "--data-root", root),
        *("--preset", "paper", *QUICK, "--metrics", "f1,kendall,cider", "--runs", tmp_path / "runs"),
    )
    found = record_of(result["folder"])
    assert found["dataset"]["edition"] == "full" and found["model"]["preset"] == "paper"
    assert all(score["value"] is not None for score in found["scores"])
    told = "1 of 8 videos have other numbers of labels and feature rows and are cut to the least"
    steps = write_script(TARGET, SHORT).seconds
    assert told in said and f"{SHORT} ({steps} labels, {steps - 1} of blip-vit-b16" in said
    # The record keeps what was said.
    assert told in (Path(result["folder"]) / "request.json").read_text("utf-8")


@pytest.mark.slow
def test_a_decoder_as_wide_as_blip_reads_published_vectors_without_a_map(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    sizes = replace(TINY, width=768, heads=12, mlp=64, layers=1)
    made = tmp_path / "made"
    write_weights(made, small(sizes=sizes, steps=1))
    plain_backbone(tmp_path / "weights", made)
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path / "weights"))
    result, _ = call(
        *("run", "--model", "vtsum-blip@tt", "--dataset", "videoxum", "--data-root"),
        *(published(tmp_path / "data"), "--quiet", "--preset", "paper", *QUICK, "--metrics", "f1,cider"),
        *("--runs", tmp_path / "runs"),
    )
    facts = record_of(result["folder"])["fit"][0]["facts"]
    assert facts["total_parameters"] == facts["trainable_parameters"]
