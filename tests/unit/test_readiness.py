"""Presets are chosen by what is there: weights, memory, dataset and edition."""

from __future__ import annotations

from pathlib import Path

import pytest

from vsumbench.contracts import ModelSpec, Preset, Task
from vsumbench.data.weights import WEIGHTS_VARIABLE, find_weights, weights_digest
from vsumbench.errors import MismatchError, WeightsMissingError
from vsumbench.running.readiness import check_memory, check_weights, fits, has_weights

PAPER = Preset(id="paper", weights=("tower",))
TINY = Preset(id="tiny")
HUGE = Preset(id="huge", memory_gib=1e6)
SPEC = ModelSpec(id="m", title="M", tasks=(Task.V2V,), implementation="m:M", presets=(PAPER, TINY, HUGE))


@pytest.fixture(autouse=True)
def weights_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(WEIGHTS_VARIABLE, str(tmp_path))
    return tmp_path


def test_missing_weights_are_named_with_where_they_were_looked_for(weights_folder: Path) -> None:
    says = f"needs the weights tower.*{weights_folder}.*--preset tiny"
    with pytest.raises(WeightsMissingError, match=says):
        check_weights(SPEC, PAPER)


def test_weights_that_are_there_make_a_preset_usable_and_enter_by_content(weights_folder: Path) -> None:
    folder = weights_folder / "tower"
    folder.mkdir()
    assert find_weights("tower") is None, "an empty folder holds no weights"
    (folder / "model.safetensors").write_bytes(b"one")
    assert has_weights(PAPER)
    check_weights(SPEC, PAPER)
    before = weights_digest("tower")
    (folder / "model.safetensors").write_bytes(b"two")
    assert weights_digest("tower") != before


def test_a_preset_the_device_cannot_hold_is_refused_with_both_sizes() -> None:
    assert fits(TINY, "cpu") and not fits(HUGE, "cpu")
    with pytest.raises(MismatchError, match=r"needs 1e\+06 GiB; device 'cpu' has .* GiB free"):
        check_memory(SPEC, HUGE, "cpu")
