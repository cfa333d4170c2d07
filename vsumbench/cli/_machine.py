"""What a machine has, found without importing anything heavy: notes for `vsumbench doctor`."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

CORE_PACKAGES = ("click", "pluggy", "numpy", "scipy", "pydantic", "pyyaml", "jinja2", "rich")
TRAIN_PACKAGES = ("torch", "transformers", "peft", "accelerate", "safetensors", "tokenizers")
OPTIONAL_PACKAGES = ("h5py", "av", "pillow", "pandas", "torchvision")
JAVA_ADVICE = (
    "METEOR and the PTB tokeniser need it: install openjdk-17-jre-headless (Debian, Ubuntu: "
    "`apt-get install openjdk-17-jre-headless`) or any Java 8+ and put `java` on PATH."
)


@dataclass(frozen=True)
class Note:
    """One line of the report: what was looked at, what was found, and what to do if it is not right."""

    topic: str
    status: Literal["ok", "note", "problem"]
    found: str
    advice: str = ""


def python() -> list[Note]:
    """The interpreter and the platform."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return [
        Note("python", "ok", f"{platform.python_version()} ({sys.executable})"),
        Note(
            "platform", "ok", f"{platform.system()} {platform.release()} {platform.machine()}, {cores} cores"
        ),
    ]


def packages() -> list[Note]:
    """Versions from metadata."""
    notes = []
    for title, names in (("core", CORE_PACKAGES), ("train", TRAIN_PACKAGES), ("optional", OPTIONAL_PACKAGES)):
        found = {name: _version(name) for name in names}
        missing = [name for name, installed in found.items() if installed is None]
        text = ", ".join(f"{name} {installed}" for name, installed in found.items() if installed is not None)
        status: Literal["ok", "note", "problem"] = "ok"
        advice = ""
        if missing and title == "core":
            status, advice = "problem", f"Missing: {', '.join(missing)}. Run `pip install vsumbench`."
        elif missing and title == "train":
            status = "note"
            advice = f"Missing: {', '.join(missing)}. To train, run `pip install 'vsumbench[train]'`."
        notes.append(Note(f"packages ({title})", status, text or "none", advice))
    return notes


def java() -> Note:
    """Whether `java` runs. Some systems have a `java` that only says that there is none, so it is asked."""
    path = shutil.which(os.environ.get("VSUMBENCH_JAVA") or "java")
    if path is None:
        return Note("java", "note", "not found", JAVA_ADVICE)
    try:
        answer = subprocess.run([path, "-version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Note("java", "note", f"{path} does not run: {type(error).__name__}", JAVA_ADVICE)
    lines = (answer.stderr or answer.stdout).strip().splitlines()
    if answer.returncode != 0:
        return Note("java", "note", f"{path} fails: {lines[0] if lines else answer.returncode}", JAVA_ADVICE)
    return Note("java", "ok", f"{lines[0] if lines else 'runs'} ({path})")


def torchvision() -> Note | None:
    """None where it is absent. It is imported in a process of its own: only that shows whether it works."""
    installed = _version("torchvision")
    if installed is None:
        return None
    try:
        answer = subprocess.run(
            [sys.executable, "-c", "import torchvision"],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Note("torchvision", "note", f"{installed}, not imported within 120 s")
    if answer.returncode == 0:
        return Note("torchvision", "ok", installed)
    last = (answer.stderr.strip().splitlines() or ["no message"])[-1]
    return Note(
        "torchvision",
        "problem",
        f"{installed} is installed but cannot be imported: {last}",
        "While it is there, transformers cannot import its models. vsumbench does not use it: "
        "run `pip uninstall torchvision`.",
    )


def devices() -> list[Note]:
    """CUDA devices, as torch sees them. Imports torch."""
    try:
        import torch
    except Exception as error:
        text = (str(error).splitlines() or [""])[0]
        return [Note("devices", "note", f"torch cannot be imported: {type(error).__name__}: {text}")]
    notes = [Note("device cpu", "ok", f"{torch.get_num_threads()} threads, torch {torch.__version__}")]
    for index in range(torch.cuda.device_count()):
        facts = torch.cuda.get_device_properties(index)
        free, total = torch.cuda.mem_get_info(index)
        memory = f"{free / 2**30:.1f} of {total / 2**30:.1f} GiB free"
        found = f"{facts.name}, {memory}, capability {facts.major}.{facts.minor}"
        notes.append(Note(f"device cuda:{index}", "ok", found))
    if len(notes) == 1:
        notes.append(Note("device cuda", "note", "none found"))
    return notes


def folder(topic: str, path: Path, *, written: bool) -> Note:
    """Whether a folder is there and, where we write, can be written; nothing is left behind."""
    if path.exists() and not path.is_dir():
        return Note(topic, "problem", f"{path} is not a folder", "Name another one.")
    if not path.is_dir():
        parent = next((p for p in path.absolute().parents if p.is_dir()), Path("/"))
        if reason := _unwritable(parent):
            return Note(
                topic, "problem", f"{path} is not there and cannot be made: {reason}", "Name another one."
            )
        return Note(
            topic, "note", f"{path} is not there yet" + ("; it is made by the first run" if written else "")
        )
    if reason := _unwritable(path):
        return Note(topic, "problem" if written else "note", f"{path} cannot be written: {reason}")
    free = shutil.disk_usage(path).free / 2**30
    return Note(topic, "ok", f"{path}, {free:.1f} GiB free")


def _unwritable(path: Path) -> str:
    """Why a file cannot be made here; empty if it can. Permission bits do not tell on read-only mounts."""
    try:
        with tempfile.TemporaryFile(dir=path):
            return ""
    except OSError as error:
        return error.strerror or type(error).__name__


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
