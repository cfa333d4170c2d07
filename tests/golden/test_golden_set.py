"""Every family of the golden folder has its tests, and a folder that was asked for is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vsumbench.testing.golden import family, golden_folder

ROOT = Path(__file__).resolve().parents[2]
TEXT = "plugins/vsumbench-text-metrics/tests"
TESTS = {
    "captions": f"{TEXT}/test_golden.py",
    "clip_f": "tests/golden/test_v2v_golden.py",
    "digit_importance": "tests/golden/test_v2v_golden.py",
    "dvc": f"{TEXT}/test_dense_golden.py",
    "f1": "tests/golden/test_keyshot_golden.py",
    "knapsack": "tests/golden/test_keyshot_golden.py",
    "kts": "tests/golden/test_kts_golden.py",
    "mrhisum": "tests/golden/test_v2v_golden.py",
    "nist": f"{TEXT}/test_golden_bleu_nist.py",
    "rankcorr": "tests/golden/test_v2v_golden.py",
    "rouge_score": f"{TEXT}/test_golden_rouge.py",
    "sacrebleu": f"{TEXT}/test_golden_bleu_nist.py",
    "summary": "tests/golden/test_keyshot_golden.py",
    "upsample": "tests/golden/test_keyshot_golden.py",
    "videoxum_v2v": "tests/golden/test_v2v_golden.py",
}
"""Family → the tests that discover its cases."""


def test_the_golden_folder_that_was_asked_for_is_there() -> None:
    if asked := os.environ.get("VSUMBENCH_GOLDEN"):
        assert any(Path(asked).glob("*.json")), f"VSUMBENCH_GOLDEN={asked} holds no family"


def test_every_family_of_the_folder_is_tested() -> None:
    found = {path.stem for path in golden_folder().glob("*.json")}
    if not found:
        pytest.skip("no golden vectors here; set VSUMBENCH_GOLDEN or VSUMBENCH_SHARED")
    assert found <= set(TESTS), "a family without tests"


@pytest.mark.parametrize("name", TESTS)
def test_a_family_has_cases_with_distinct_names_and_its_tests_read_it(name: str) -> None:
    assert f'"{name}"' in (ROOT / TESTS[name]).read_text(encoding="utf-8")
    if not (golden_folder() / f"{name}.json").is_file():
        pytest.skip(f"no golden vectors {name}.json; set VSUMBENCH_GOLDEN or VSUMBENCH_SHARED")
    names = [case["id"] for case in family(name)["cases"]]
    assert names and len(names) == len(set(names))
