"""Where data are looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from vsumbench.data import dataset_folder, planted_folder, resolve_data_root
from vsumbench.errors import DataDamagedError


def test_the_flag_goes_before_the_variable_and_the_variable_before_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VSUMBENCH_DATA", str(tmp_path / "variable"))
    flag = resolve_data_root(tmp_path / "flag")
    assert (flag.path, flag.explicit, flag.origin) == (tmp_path / "flag", True, "--data-root")
    variable = resolve_data_root()
    assert (variable.path, variable.explicit, variable.origin) == (
        tmp_path / "variable",
        True,
        "VSUMBENCH_DATA",
    )
    monkeypatch.setenv("VSUMBENCH_DATA", "  ")
    default = resolve_data_root(None)
    assert not default.explicit and default.origin == "default"
    assert default.path.parts[-2:] == ("vsumbench", "data")


@pytest.mark.parametrize("name", ["mr-hisum", "mr_hisum", "MR-HiSum"])
def test_a_folder_is_found_whatever_its_dashes_and_capitals(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / "mr.hisum").mkdir()
    assert dataset_folder(tmp_path, "mr-hisum") == tmp_path / name


def test_two_folders_of_one_dataset_are_refused_unless_one_has_the_canonical_name(tmp_path: Path) -> None:
    (tmp_path / "mr_hisum").mkdir()
    (tmp_path / "MR_HiSum").mkdir()
    with pytest.raises(DataDamagedError, match="2 folders for dataset 'mr-hisum'"):
        dataset_folder(tmp_path, "mr-hisum")
    (tmp_path / "mr-hisum").mkdir()
    assert dataset_folder(tmp_path, "mr-hisum") == tmp_path / "mr-hisum"


def test_an_absent_root_gives_the_canonical_folder(tmp_path: Path) -> None:
    assert dataset_folder(tmp_path / "none", "summe") == tmp_path / "none" / "summe"


def test_generated_editions_lie_apart_from_upstream_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VSUMBENCH_PLANTED", str(tmp_path / "made"))
    assert planted_folder("videoxum", "1") == tmp_path / "made" / "videoxum" / "v1"
    assert (
        planted_folder("videoxum", "1", "planted-xl") == tmp_path / "made" / "videoxum" / "planted-xl" / "v1"
    )
    monkeypatch.delenv("VSUMBENCH_PLANTED")
    assert resolve_data_root().path not in planted_folder("videoxum", "1").parents
