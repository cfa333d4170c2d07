"""Where Java is, how long to wait for it, and how to end it."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from vsumbench.errors import OptionValueError, UnavailableError

JAVA = "VSUMBENCH_JAVA"
"""Environment variable: the `java` to use, a path or a name on PATH; by default `java`."""
TIMEOUT = "VSUMBENCH_JAVA_TIMEOUT"
"""Environment variable: seconds without an answer after which Java is ended; by default 120."""
MEMORY = "VSUMBENCH_JAVA_MEMORY"
"""Environment variable: heap limit of METEOR as Java writes it; by default 2G."""

_INSTALL = f"Install openjdk-17-jre-headless or default-jre-headless, or set {JAVA} to a java executable."


@dataclass(frozen=True)
class JavaRuntime:
    """A Java that was started once and answered."""

    path: str
    version: str


def java_command() -> str:
    """Path of the `java` executable.

    Raises:
        UnavailableError: there is none.
    """
    asked = os.environ.get(JAVA, "")
    found = shutil.which(asked or "java")
    if found is not None:
        return found
    if asked:
        raise UnavailableError(
            f"Java runtime not found: {JAVA} is {asked!r}, which is no executable.", _INSTALL
        )
    raise UnavailableError("Java runtime not found: there is no java on PATH.", _INSTALL)


def probe() -> JavaRuntime:
    """Start Java once and ask for its version.

    Raises:
        UnavailableError: there is none, or it does not answer or not as Java does.
    """
    path = java_command()
    process = start([path, "-version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        answer, _ = process.communicate(timeout=timeout_seconds())
    except subprocess.TimeoutExpired:
        raise UnavailableError(
            f"Java at {path} did not answer in {timeout_seconds():g} s.", _INSTALL
        ) from None
    finally:
        stop(process)
    version = re.search(rb'version "([^"]+)"', answer)
    if process.returncode != 0 or version is None:
        words = answer.decode("utf-8", "replace").strip().splitlines()
        said = f": {words[0]}" if words else "."
        raise UnavailableError(f"{path} is not a working Java{said}", _INSTALL)
    return JavaRuntime(path, version[1].decode("utf-8", "replace"))


def start(
    command: list[str], *, stdout: int, stderr: int, stdin: int = subprocess.DEVNULL, cwd: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start Java in a process group of its own, so that `stop` ends whatever it started too.

    Raises:
        UnavailableError: the file cannot be executed.
    """
    try:
        return subprocess.Popen(
            command, stdin=stdin, stdout=stdout, stderr=stderr, cwd=cwd, start_new_session=True
        )
    except OSError as error:
        raise UnavailableError(
            f"Java at {command[0]} cannot be started: {error.strerror}.", _INSTALL
        ) from None


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the process and its group if it still runs, and collect it. Safe to call twice."""
    if process.poll() is None:
        if hasattr(os, "killpg"):
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                # It ended between the question and the signal; wait() below collects it.
                process.kill()
        else:
            process.kill()
    process.wait()


def timeout_seconds() -> float:
    """Seconds to wait for one answer of Java.

    Raises:
        OptionValueError: the environment variable is not a positive number.
    """
    text = os.environ.get(TIMEOUT, "120")
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < float("inf"):
        raise OptionValueError(f"{TIMEOUT} is {text!r}; it is a number of seconds above 0.")
    return seconds


def heap() -> str:
    """The heap limit of METEOR, e.g. `2G`.

    Raises:
        OptionValueError: the environment variable is not a size as Java writes it.
    """
    text = os.environ.get(MEMORY, "2G")
    if not re.fullmatch(r"[1-9][0-9]*[kKmMgG]", text):
        raise OptionValueError(f"{MEMORY} is {text!r}; it is a size such as 2G or 1500M.")
    return text


def packaged_jar(module: str, name: str) -> Path:
    """The jar `name` that pycocoevalcap ships beside `module`. The module itself is not imported.

    Raises:
        UnavailableError: pycocoevalcap, or the jar in it, is missing.
    """
    try:
        spec = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        spec = None
    jar = Path(spec.origin).with_name(name) if spec and spec.origin else None
    if jar is None or not jar.is_file():
        raise UnavailableError(
            f"{name}, which pycocoevalcap ships, is not installed.",
            "Install it with: pip install --force-reinstall pycocoevalcap==1.2",
        )
    return jar
