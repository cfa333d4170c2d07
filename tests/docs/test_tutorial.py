"""The tutorial is true: its blocks are the files of the package, its commands run, its plugin passes."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TUTORIALS = Path(__file__).parents[2] / "docs" / "tutorials"
PAGE = TUTORIALS / "model-plugin.md"
PACKAGE = TUTORIALS / "vsumbench-spotlight"
NOT_SHOWN = {"README.md", "src/vsumbench_spotlight/__init__.py", "src/vsumbench_spotlight/py.typed"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tutorial's package, installed by pip into a folder of its own."""
    place = tmp_path_factory.mktemp("tutorial")
    source = place / "vsumbench-spotlight"
    shutil.copytree(PACKAGE, source, ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__"))
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--no-build-isolation",
    ]
    subprocess.run([*pip, "--target", str(place / "site"), str(source)], check=True, timeout=300)
    return place


def run(arguments: list[str], installed: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(
            [str(installed / "site"), *filter(None, [os.environ.get("PYTHONPATH")])]
        ),
        "VSUMBENCH_PLANTED": str(installed / "planted"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=installed / "vsumbench-spotlight",
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def blocks() -> dict[str, str]:
    """Every block of the page that shows a file: path → text."""
    found = re.findall(r'^```\w+ title="([^"]+)"\n(.*?)^```$', PAGE.read_text(encoding="utf-8"), re.M | re.S)
    assert len(dict(found)) == len(found)
    return dict(found)


def commands() -> list[str]:
    """Every command line of the page."""
    return re.findall(r"^\$ (.+)$", PAGE.read_text(encoding="utf-8"), re.M)


def test_the_page_shows_the_files_of_the_package_to_the_letter() -> None:
    for path, text in blocks().items():
        assert text == (PACKAGE / path).read_text(encoding="utf-8"), path


def test_the_page_shows_every_file_of_the_package() -> None:
    files = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and not {"__pycache__", "build"} & set(path.parts) and ".egg-info" not in str(path)
    }
    assert set(blocks()) == files - NOT_SHOWN


def test_the_tests_of_the_package_pass(installed: Path) -> None:
    done = run(["pytest", "-q", "-p", "no:cacheprovider"], installed)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\d+ passed", done.stdout)


def test_every_vsumbench_command_of_the_page_runs(installed: Path) -> None:
    verbs = [line for line in commands() if line.startswith("vsumbench ")]
    assert {line.split()[1] for line in verbs} == {"check", "info", "run", "leaderboard"}
    assert {line for line in commands() if line not in verbs} == {"pip install -e '.[test]'", "pytest"}
    for line in verbs:
        done = run(shlex.split(line), installed)
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
    board = (installed / "vsumbench-spotlight/site/standing-toy-planted-peruser-2fps.md").read_text()
    assert "spotlight" in board and "random" in board.casefold()


def test_the_models_are_as_good_as_the_page_says(installed: Path) -> None:
    values = {}
    for model in ("spotlight", "spotlight@plain", "random"):
        line = [
            "vsumbench",
            "run",
            "--quiet",
            "--json",
            "--model",
            model,
            "--dataset",
            "toy",
            "--repetitions",
            "5",
        ]
        done = run(line, installed)
        assert done.returncode == 0, done.stderr
        results = json.loads(done.stdout)["results"]
        values[model] = next(
            r["value"] for r in results if r["protocol"] == "peruser-2fps" and r["metric"] == "kendall"
        )
    assert abs(values["random"]) < 0.1 < 0.2 < values["spotlight"]
    assert abs(values["spotlight"] - values["spotlight@plain"]) < 0.05
