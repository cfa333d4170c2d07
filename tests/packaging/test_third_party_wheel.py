"""A third party's wheel beside the core's wheel, in an environment of their own: check, run, board."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIXTURE = ROOT / "tests" / "fixtures" / "api-v1" / "vsumbench_keepsake-0.1.0-py3-none-any.whl"
FIXTURE_DIGEST = "3df8ec576582baa83cb2517bbae83d54f70601148c446d0dea2e4b89df60aa82"


def call(*command: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; the environment has no path of the source tree in it."""
    environment = {
        k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VSUMBENCH_DATA", "VSUMBENCH_RUNS")
    }
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done


def build_wheel(source: Path, out: Path) -> Path:
    """Build the wheel of a source folder, from a copy, so that nothing is left beside the source."""
    before = set(out.glob("*.whl"))
    call(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", out, source, cwd=out,
         SOURCE_DATE_EPOCH="1700000000")  # fmt: skip
    (made,) = set(out.glob("*.whl")) - before
    return made


@pytest.fixture(scope="module")
def core_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("core")
    source = place / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "vsumbench", source / "vsumbench", ignore=shutil.ignore_patterns("__pycache__"))
    return build_wheel(source, place)


@pytest.fixture(scope="module")
def venv(core_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the core from its wheel and a scaffolded model from its own.

    Third-party packages are those of this environment, by a `.pth` file. Editable installs are not followed
    from there, so that the core cannot come from the source tree.
    """
    place = tmp_path_factory.mktemp("venv")
    call(sys.executable, "-m", "venv", "--without-pip", place, cwd=place.parent)
    python = place / "bin" / "python"
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
    ]
    call(*install, core_wheel, cwd=place)
    site = Path(
        call(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=place).stdout.strip()
    )
    paths = dict.fromkeys(sysconfig.get_path(key) for key in ("purelib", "platlib"))
    (site / "third_party.pth").write_text("".join(f"{path}\n" for path in paths), encoding="utf-8")
    # The model is scaffolded by the core of the wheel: its templates must be in there.
    call(place / "bin" / "vsumbench", "new", "model", "spark", cwd=place)
    call(*install, build_wheel(place / "vsumbench-spark", place), cwd=place)
    return place


def vsumbench(venv: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return call(
        venv / "bin" / "vsumbench",
        *arguments,
        cwd=cwd,
        VSUMBENCH_PLUGINS="vsumbench-spark",
        PYTHONSAFEPATH="1",
    )


def test_the_core_comes_from_its_wheel(venv: Path) -> None:
    where = call(
        venv / "bin" / "python", "-c", "import vsumbench; print(vsumbench.__file__)", cwd=venv
    ).stdout
    assert Path(where.strip()).is_relative_to(venv)


def test_the_wheel_of_the_core_holds_every_data_file(core_wheel: Path) -> None:
    kept = {".py", ".typed", ".json", ".yaml", ".jinja", ".css", ".js", ".tmpl"}
    source = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "vsumbench").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    # Bundled libraries bring licences under names of their own; all of that folder is package data.
    ours = {name for name in source if "/pages/vendored/" not in name}
    assert {Path(name).suffix for name in ours} <= kept, "a new kind of data file: add it to package-data"
    with zipfile.ZipFile(core_wheel) as wheel:
        assert source <= set(wheel.namelist())


DISTRIBUTIONS = [
    *sorted((ROOT / "plugins").glob("*/pyproject.toml")),
    ROOT / "leaderboards" / "pyproject.toml",
]


@pytest.mark.parametrize("project", DISTRIBUTIONS, ids=lambda path: path.parent.name)
def test_the_wheel_of_each_distribution_holds_all_of_its_package(project: Path, tmp_path: Path) -> None:
    source = tmp_path / project.parent.name
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "build", "tests")
    shutil.copytree(project.parent, source, ignore=ignored)
    base = source / "src" if (source / "src").is_dir() else source
    (package,) = (path for path in base.iterdir() if path.name.startswith("vsumbench_"))
    files = {path.relative_to(base).as_posix() for path in package.rglob("*") if path.is_file()}
    with zipfile.ZipFile(build_wheel(source, tmp_path)) as wheel:
        names = set(wheel.namelist())
    assert files <= names
    assert not [name for name in names if "/tests/" in name or name.startswith("tests/")]


def test_an_installed_third_party_model_is_listed_checked_and_run(venv: Path, tmp_path: Path) -> None:
    models = json.loads(vsumbench(venv, "list", "models", "--json", cwd=tmp_path).stdout)
    assert "spark" in json.dumps(models)
    checks = json.loads(vsumbench(venv, "check", "spark", "--json", cwd=tmp_path).stdout)["checks"]
    assert {check["outcome"] for check in checks} == {"pass"}
    for model in ("spark", "random"):
        line = [
            "run",
            "--quiet",
            "--json",
            "--model",
            model,
            "--dataset",
            "toy",
            "--protocol",
            "peruser-2fps",
        ]
        run = json.loads(vsumbench(venv, *line, cwd=tmp_path).stdout)
        assert run["state"] == "sealed"
    vsumbench(venv, "leaderboard", "build", "--out", "site", cwd=tmp_path)
    board = (tmp_path / "site" / "standing-toy-planted-peruser-2fps.md").read_text(encoding="utf-8")
    assert "Spark" in board or "spark" in board
    assert (tmp_path / "site" / "standing-toy-planted-peruser-2fps.html").exists()


# The plugin API is stable ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def api_v1(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built against version 1 of the plugin API, unpacked as pip would do it."""
    place = tmp_path_factory.mktemp("api-v1")
    with zipfile.ZipFile(FIXTURE) as wheel:
        wheel.extractall(place)
    return place


def test_the_wheel_of_api_version_1_has_never_changed() -> None:
    assert hashlib.sha256(FIXTURE.read_bytes()).hexdigest() == FIXTURE_DIGEST


def test_a_wheel_built_against_api_version_1_still_passes_the_checks(api_v1: Path, tmp_path: Path) -> None:
    done = call(
        sys.executable, "-m", "vsumbench", "check", "keepsake", "--json", cwd=tmp_path, PYTHONPATH=str(api_v1)
    )
    outcomes = {check["name"]: check["outcome"] for check in json.loads(done.stdout)["checks"]}
    assert set(outcomes.values()) == {"pass"}


def test_a_wheel_built_against_api_version_1_still_runs(api_v1: Path, tmp_path: Path) -> None:
    line = [
        "run",
        "--quiet",
        "--json",
        "--model",
        "keepsake",
        "--dataset",
        "toy",
        "--protocol",
        "peruser-2fps",
    ]
    done = call(sys.executable, "-m", "vsumbench", *line, cwd=tmp_path, PYTHONPATH=str(api_v1))
    record = json.loads(done.stdout)
    assert record["state"] == "sealed"
    # It learns: well above the floor of 0 that random scores have.
    assert next(r["value"] for r in record["results"] if r["metric"] == "kendall") > 0.1
