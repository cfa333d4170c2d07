"""`vsumbench data fetch`, `import`, `status` and `verify` as users run them, against a local server."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from file_server import FileServer, Handler, held, serving, status

from vsumbench.cli import main

SUPPORT = Path(__file__).parents[1] / "support"
SHELF = "shelf_dataset:SHELF"


def features() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for video in "abcde":
            archive.writestr(f"shelf/features/{video}.npz", video)
    return made.getvalue()


@pytest.fixture(scope="module")
def running() -> Iterator[FileServer]:
    with serving() as server:
        os.environ["SHELF_URL"] = server.url("")
        yield server
        del os.environ["SHELF_URL"]


@pytest.fixture
def server(running: FileServer, monkeypatch: pytest.MonkeyPatch) -> FileServer:
    from shelf_dataset import BIG, BODIES

    for name in ("VSUMBENCH_DATA", "VSUMBENCH_PLANTED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running.reset()
    running.files |= {f"/{name}": body for name, body in BODIES.items()}
    running.files |= {"/features.zip": features(), "/big.h5": BIG}
    return running


Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(server: FileServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    """Run a sub-verb of `data` on the shelf, with a data root of its own."""

    def run(verb: str, *arguments: str | Path, name: str = SHELF) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main(["data", verb, name, "--data-root", str(tmp_path / "root"), *map(str, arguments)])
        out, err = capsys.readouterr()
        return int(stopped.value.code or 0), out, err

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "root" / "shelf"


def test_fetch_gets_what_it_can_and_says_how_to_get_the_rest(
    call: Call, folder: Path, tmp_path: Path
) -> None:
    code, out, err = call("fetch", "--accept-licence")
    assert code == 0 and "Licence of Shelf (shelf): CC BY 4.0" in err
    assert "fetched into" in out and "shelf (full): complete, 5 videos are there" in out
    assert "get by hand: ratings.csv from https://forms.example.org/ask" in out
    assert f"then: vsumbench data import shelf --from WHAT_YOU_GOT --data-root {tmp_path / 'root'}" in out
    assert sorted(path.name for path in (folder / "features").iterdir()) == [f"{v}.npz" for v in "abcde"]


def test_a_licence_that_was_not_accepted_is_asked_for_once(call: Call, server: FileServer) -> None:
    code, _, err = call("fetch")
    assert code == 2 and "repeat the command with --accept-licence" in err and server.requests == []
    assert call("fetch", "--yes", "--only", "train.json")[0] == 0
    code, out, err = call("fetch")
    assert code == 0 and "Licence" not in err and "there already: train.json" in out


def test_what_could_not_be_had_is_said_and_has_its_exit_code(call: Call, server: FileServer) -> None:
    del server.files["/test.json"]
    code, out, err = call("fetch", "--yes")
    assert code == 30 and "failed: test.json" in out and "partial, 3 videos" in out
    assert err.splitlines()[-1].startswith("vsumbench: http://") and "(HTTP 404)" in err
    assert "HTTP 404" in json.loads(call("fetch", "--json")[1])["errors"][0]


def test_what_is_not_what_it_should_be_has_another(call: Call, server: FileServer, folder: Path) -> None:
    server.files["/train.json"] = b"tampered"
    code, _, err = call("fetch", "--yes")
    assert code == 31 and "has sha256" in err and not (folder / "train.json").exists()


def test_json_says_the_same(call: Call, folder: Path) -> None:
    code, out, _ = call("fetch", "--yes", "--json")
    shown = json.loads(out)
    states = {file["path"]: file["state"] for file in shown["files"]}
    assert code == 0 and shown["folder"] == str(folder) and shown["errors"] == []
    assert states == {
        "train.json": "fetched",
        "test.json": "fetched",
        "features/*.npz": "fetched",
        "big.h5": "fetched",
        "ratings.csv": "by hand",
    }
    assert shown["next"][0].startswith("get by hand: ratings.csv")
    assert shown["editions"] == [{"edition": "full", "state": "complete", "present": 5, "lines": []}]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--edition", "fulll"), 15, "Did you mean 'full'?"),
        (("--only", "nothing.json"), 2, "It has train.json, test.json"),
        (("--max-unpacked", "0"), 2, "--max-unpacked"),
    ],
)
def test_a_mistake_costs_one_line(call: Call, arguments: tuple[str, ...], code: int, words: str) -> None:
    found, out, err = call("fetch", *arguments)
    assert (found, out) == (code, "") and words in err and err.count("\n") == 1


def test_a_generated_edition_is_made_and_not_fetched(call: Call) -> None:
    code, _, err = call("fetch", "--edition", "planted", name="toy")
    assert code == 2 and "vsumbench data make toy" in err
    assert call("fetch", name="toy")[0] == 20


def test_verify_holds_files_to_the_digest_they_came_with(call: Call, folder: Path) -> None:
    call("fetch", "--yes")
    code, out, _ = call("verify")
    assert code == 0 and "checksums    8 agree" in out
    (folder / "features" / "c.npz").write_bytes(b"changed")
    code, out, err = call("verify")
    assert code == 80 and "c.npz: sha256 is" in out and "when it came on" in err


def test_status_tells_coverage_files_and_the_next_commands(call: Call, tmp_path: Path) -> None:
    code, out, _ = call("status")
    assert code == 0 and "missing" in out
    for verb in ("fetch shelf", "import shelf --from FILE"):
        assert f"vsumbench data {verb} --data-root {tmp_path / 'root'}\n" in out
    call("fetch", "--yes", "--only", "train.json")
    _, out, _ = call("status")
    assert "shelf    full     partial  3       0/2 (0 %)" in out
    assert "official   1      2            0/2 (0 %)     3/3" in out
    assert "split set official: 2 of 2 test videos are not here (d, e)" in out
    rows = [line.split() for line in out.splitlines() if line.startswith(("train.json", "ratings.csv"))]
    assert rows[0][:3] == ["train.json", "yes", "stated"]
    assert rows[1][:5] == ["ratings.csv", "no", "none", "by", "hand"]


def test_status_says_since_when_the_files_of_a_pattern_are_known(call: Call) -> None:
    call("fetch", "--yes", "--only", "features/*.npz")
    sources = {row["path"]: row for row in json.loads(call("status", "--json")[1])["sources"]["shelf"]}
    assert sources["features/*.npz"]["checksum"].startswith("seen 2")
    assert sources["test.json"]["checksum"] == "none"


def test_status_as_json_has_every_id_and_source(call: Call) -> None:
    call("fetch", "--yes", "--only", "train.json")
    shown = json.loads(call("status", "--json")[1])
    (edition,) = shown["editions"]
    assert edition["present_ids"] == ["a", "b", "c"] and edition["missing_ids"] == ["d", "e"]
    sources = {source["path"]: source for source in shown["sources"]["shelf"]}
    assert sources["train.json"]["here"] and sources["train.json"]["checksum"] == "stated"
    assert sources["features/*.npz"]["how"] == "archive" and sources["ratings.csv"]["how"] == "manual"


def test_missing_ids_come_one_a_line_and_alone(call: Call) -> None:
    call("fetch", "--yes", "--only", "train.json")
    assert call("status", "--missing") == (0, "d\ne\n", "")
    assert call("status", "--missing", "--json")[0] == 2


def test_import_takes_what_a_user_has_and_says_what_is_missing(
    call: Call, folder: Path, tmp_path: Path
) -> None:
    from shelf_dataset import BODIES

    got = tmp_path / "Downloads"
    got.mkdir()
    (got / "train (1).json").write_bytes(BODIES["train.json"])
    (got / "test.json").write_bytes(BODIES["test.json"])
    (got / "holiday.jpg").write_bytes(b"x")
    code, out, err = call("import", "--from", got)
    assert code == 0 and err == "" and "not listed, left alone: holiday.jpg" in out
    assert "still missing: features/*.npz, big.h5, ratings.csv" in out
    assert "shelf (full): complete, 5 videos are there" in out
    (tmp_path / "features.zip").write_bytes(features())
    shown = json.loads(call("import", "--from", tmp_path / "features.zip", "--json")[1])
    assert len(shown["placed"]) == 5 and shown["missing"] == ["big.h5", "ratings.csv"]
    assert (folder / "features" / "a.npz").read_bytes() == b"a"


@pytest.mark.parametrize(
    ("name", "content", "code", "words"),
    [
        ("nowhere", None, 30, "does not exist"),
        ("holiday.jpg", b"x", 30, "holds none of the files of 'shelf'"),
        ("train.json", b"tampered", 31, "its sha256 is not that of train.json"),
        ("a.zip", b"not one", 31, "truncated or damaged"),
        ("a.rar", b"Rar!", 20, "Unpack it first"),
    ],
)
def test_what_cannot_be_imported_has_its_exit_code(
    name: str, content: bytes | None, code: int, words: str, call: Call, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    found, _, err = call("import", "--from", tmp_path / name)
    assert found == code and words in err and err.count("\n") == 1


def start(server: FileServer, tmp_path: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """The command in a process of its own."""
    command = [sys.executable, "-m", "vsumbench", "data", *arguments, "--data-root", str(tmp_path / "root")]
    environ = os.environ | {"PYTHONPATH": str(SUPPORT), "SHELF_URL": server.url("")} | environment
    return subprocess.Popen(
        command, env=environ, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def announced(fault: Any, began: threading.Event) -> Any:
    def answer(handler: Handler, body: bytes) -> None:
        began.set()
        fault(handler, body)

    return answer


def test_a_killed_fetch_leaves_a_part_that_is_gone_on_with(
    call: Call, server: FileServer, folder: Path, tmp_path: Path
) -> None:
    from shelf_dataset import BIG

    half, release = 2 * len(BIG) // 3, threading.Event()
    server.faults["/big.h5"] = [held(half, release)]
    child = start(server, tmp_path, "fetch", SHELF, "--yes", "--only", "big.h5")
    parts = folder / ".fetching"
    # Any part of it will do; the server holds the rest back until the process is gone.
    while not any(path.stat().st_size for path in parts.glob("*.part")):
        assert child.poll() is None, child.communicate()
        release.wait(0.02)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    release.set()
    assert not (folder / "big.h5").exists()
    (part,) = parts.glob("*.part")
    came = part.stat().st_size
    assert 0 < came <= half and part.read_bytes() == BIG[:came]
    code, out, _ = call("fetch", "--yes", "--only", "big.h5")
    assert code == 0 and "fetched into" in out and (folder / "big.h5").read_bytes() == BIG
    assert server.requests[-1] == ("/big.h5", f"bytes={came}-") and not parts.exists()


def test_of_two_fetches_at_once_one_is_told_to_wait(
    call: Call, server: FileServer, folder: Path, tmp_path: Path
) -> None:
    from shelf_dataset import BIG

    began, release = threading.Event(), threading.Event()
    server.faults["/big.h5"] = [announced(held(1000, release), began)]
    child = start(server, tmp_path, "fetch", SHELF, "--yes", "--only", "big.h5")
    assert began.wait(60)
    code, _, err = call("fetch", "--yes", "--only", "big.h5")
    assert code == 52 and "another process fetches or imports" in err
    release.set()
    _, problems = child.communicate(timeout=60)
    assert child.returncode == 0, problems
    assert (folder / "big.h5").read_bytes() == BIG
    assert call("fetch", "--yes", "--only", "big.h5")[0] == 0


def hub_file(body: bytes, tag: str) -> Any:
    """An answer as the hub gives it, to HEAD and GET alike."""

    def answer(handler: Handler, _: bytes) -> None:
        handler.answer(200, body, {"X-Repo-Commit": "c" * 40, "ETag": f'"{tag}"'})

    return answer


def test_files_of_the_hub_come_through_its_own_client(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("huggingface_hub")
    from shelf_dataset import BODIES

    for name, body in BODIES.items():
        path = f"/datasets/somebody/shelf/resolve/main/{name}"
        server.faults[path] = [hub_file(body, name[:5])] * 4
        # The client asks for a file's facts by HEAD, then gets it from the revision it was told of.
        server.faults[path.replace("main", "c" * 40)] = [hub_file(body, name[:5])] * 4
    child = start(
        server,
        tmp_path,
        "fetch",
        "shelf_dataset:ON_HUB",
        "--yes",
        HF_ENDPOINT=server.url(""),
        HF_HOME=str(tmp_path / "hf"),
        HF_HUB_OFFLINE="0",
        HF_HUB_DISABLE_TELEMETRY="1",
    )
    out, err = child.communicate(timeout=120)
    assert child.returncode == 0, err
    assert "shelf-on-hub (full): complete, 5 videos are there" in out
    folder = tmp_path / "root" / "shelf-on-hub"
    assert {name: (folder / name).read_bytes() for name in BODIES} == BODIES
    assert not (folder / ".fetching").exists()


def test_without_the_hubs_client_the_exact_command_is_given(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vsumbench.data.sources.hub_files.hub_is_there", lambda: False)
    code, _, err = call("fetch", "--yes", name="shelf_dataset:ON_HUB")
    assert code == 60
    assert "`hf download somebody/shelf train.json test.json --repo-type dataset --local-dir FOLDER`" in err


def test_a_server_in_trouble_is_tried_again(call: Call, server: FileServer) -> None:
    server.faults["/train.json"] = [status(500, Retry_After="0"), status(503, Retry_After="0")]
    assert call("fetch", "--yes", "--only", "train.json")[0] == 0
    assert [path for path, _ in server.requests] == ["/train.json"] * 3


def real(name: str, root: Path, capsys: pytest.CaptureFixture[str], *verb: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as stopped:
        main(["data", verb[0], name, "--data-root", str(root), *verb[1:]])
    return int(stopped.value.code or 0), capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "how", "lines"),
    [
        ("summe", "--link", ("videos 25", "annotations 390", "frames 109 820", "checksums 25 agree")),
        ("tvsum", "--copy", ("videos 50", "annotations 1 000", "frames 352 353", "checksums 1 agree")),
    ],
)
def test_published_annotations_are_imported_and_verify(
    name: str,
    how: str,
    lines: tuple[str, ...],
    shared: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("vsumbench_datasets")
    given = shared / "data" / name
    how = how if given.stat().st_dev == tmp_path.stat().st_dev else "--copy"
    code, out = real(name, tmp_path, capsys, "import", "--from", str(given), how)
    assert code == 0 and f"{name} (annotations): complete" in out
    code, out = real(name, tmp_path, capsys, "verify", "--edition", "annotations")
    assert code == 0 and all(line in " ".join(out.split()) for line in lines)


def test_published_captions_are_imported(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("vsumbench_datasets.activitynet.spec")
    given = str(shared / "data" / "activitynet_captions")
    code, out = real("activitynet-captions", tmp_path, capsys, "import", "--from", given)
    assert code == 0 and "(annotations): complete, 14926 videos are there" in out
    folder = tmp_path / "activitynet-captions"
    files = {path.name for path in folder.glob("[!.]*.json")}
    assert files == {"train.json", "val_1.json", "val_2.json"}
