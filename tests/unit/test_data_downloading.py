"""One address into one file: resumed, tried again, checked; and every way in which that fails."""

from __future__ import annotations

import errno
import hashlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from file_server import FileServer, cut, serving, status

from vsumbench.data.sources import downloading
from vsumbench.data.sources.downloading import Expected, Patience, download
from vsumbench.data.sources.placing import in_words
from vsumbench.errors import DataDamagedError, DataMissingError, DiskFullError

BODY = bytes(range(256)) * 40
SHA = hashlib.sha256(BODY).hexdigest()
MD5 = hashlib.md5(BODY).hexdigest()
ANY = Expected()


@pytest.fixture(scope="module")
def running() -> Iterator[FileServer]:
    with serving() as server:
        yield server


@pytest.fixture
def server(running: FileServer, monkeypatch: pytest.MonkeyPatch) -> FileServer:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running.reset()
    running.files["/a.bin"] = BODY
    return running


@pytest.fixture
def waited() -> list[float]:
    return []


@pytest.fixture
def patience(waited: list[float]) -> Patience:
    return Patience(timeout=5, sleep=waited.append)


def get(
    server: FileServer, part: Path, patience: Patience, path: str = "/a.bin", expected: Expected = ANY
) -> str:
    return download(server.url(path), part, expected, patience)


def test_a_file_comes_whole_with_its_digest_and_progress_in_bytes(
    server: FileServer, tmp_path: Path, patience: Patience
) -> None:
    told: list[tuple[int, int]] = []
    expected = Expected(size=len(BODY), md5=MD5.upper(), sha256=SHA)
    digest = download(
        server.url("/a.bin"),
        tmp_path / "p",
        expected,
        patience,
        lambda done, total: told.append((done, total)),
    )
    assert digest == SHA and (tmp_path / "p").read_bytes() == BODY
    assert told[-1] == (len(BODY), len(BODY)) and server.requests == [("/a.bin", None)]


def test_a_cut_connection_is_resumed_where_it_broke(
    server: FileServer, tmp_path: Path, patience: Patience, waited: list[float]
) -> None:
    server.faults["/a.bin"] = [cut(4000), cut(9000)]
    assert get(server, tmp_path / "p", patience) == SHA
    assert [asked for _, asked in server.requests] == [None, "bytes=4000-", "bytes=9000-"]
    assert waited == [1.0, 2.0]


def test_what_an_earlier_call_left_is_continued(
    server: FileServer, tmp_path: Path, patience: Patience
) -> None:
    server.faults["/a.bin"] = [cut(4000), *[status(503)] * 5]
    with pytest.raises(DataMissingError, match=r"answers 503 .*3\.9 KiB are kept"):
        get(server, tmp_path / "p", patience)
    server.faults.clear()
    assert get(server, tmp_path / "p", patience) == SHA
    assert server.requests[-1] == ("/a.bin", "bytes=4000-")


@pytest.mark.parametrize("lacking", ["ranges", "tags"])
def test_without_ranges_or_a_version_it_starts_over(
    lacking: str, server: FileServer, tmp_path: Path, patience: Patience
) -> None:
    setattr(server, lacking, False)
    server.faults["/a.bin"] = [cut(4000)]
    assert get(server, tmp_path / "p", patience) == SHA
    assert len(server.requests) == 2 and (tmp_path / "p").read_bytes() == BODY


def test_a_file_that_changed_meanwhile_is_fetched_anew(
    server: FileServer, tmp_path: Path, patience: Patience
) -> None:
    def change(handler: Any, body: bytes) -> None:
        handler.send_file(body, 4000)
        server.files["/a.bin"] = BODY[::-1]

    server.faults["/a.bin"] = [change]
    assert get(server, tmp_path / "p", patience) == hashlib.sha256(BODY[::-1]).hexdigest()


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Range": "bytes 4000-10239/10240", "ETag": '"other"'},
        {"Content-Range": "bytes 3999-10239/10240"},
        {"Content-Range": "bytes 4000-10239/99999"},
        {},
    ],
    ids=["another tag", "another start", "another length", "no range said"],
)
def test_a_server_that_continues_something_else_is_not_believed(
    headers: dict[str, str], server: FileServer, tmp_path: Path, patience: Patience
) -> None:
    wrong = status(206, b"\xff" * (len(BODY) - 4000), **headers)
    server.faults["/a.bin"] = [cut(4000), wrong]
    assert get(server, tmp_path / "p", patience) == SHA
    assert [asked for _, asked in server.requests] == [None, "bytes=4000-", None]


def test_a_part_that_is_longer_than_the_file_is_begun_anew(
    server: FileServer, tmp_path: Path, patience: Patience
) -> None:
    server.faults["/a.bin"] = [cut(4000), *[status(503)] * 5]
    with pytest.raises(DataMissingError):
        get(server, tmp_path / "p", patience)
    server.faults.clear()
    (tmp_path / "p").write_bytes(b"x" * (len(BODY) + 1))
    assert get(server, tmp_path / "p", patience) == SHA


@pytest.mark.parametrize("note", ["", "[]", '{"url": 1', '{"other": 1}'])
def test_a_part_without_a_readable_note_is_begun_anew(
    note: str, server: FileServer, tmp_path: Path, patience: Patience
) -> None:
    (tmp_path / "p").write_bytes(b"junk")
    (tmp_path / "p.json").write_text(note)
    assert get(server, tmp_path / "p", patience) == SHA
    assert server.requests == [("/a.bin", None)]


def test_a_part_of_another_address_is_not_continued(
    server: FileServer, tmp_path: Path, patience: Patience
) -> None:
    server.files["/b.bin"] = b"b" * 9000
    server.faults["/b.bin"] = [cut(5000), *[status(500)] * 5]
    with pytest.raises(DataMissingError):
        get(server, tmp_path / "p", patience, "/b.bin")
    assert get(server, tmp_path / "p", patience) == SHA


def test_a_finished_part_asks_nobody_again(server: FileServer, tmp_path: Path, patience: Patience) -> None:
    get(server, tmp_path / "p", patience)
    server.requests.clear()
    assert get(server, tmp_path / "p", patience) == SHA and server.requests == []


def test_passing_errors_are_tried_again_after_the_time_the_server_names(
    server: FileServer, tmp_path: Path, patience: Patience, waited: list[float]
) -> None:
    server.faults["/a.bin"] = [status(500), status(429, Retry_After="7"), status(503, Retry_After="junk")]
    assert get(server, tmp_path / "p", patience) == SHA
    assert waited == [1.0, 7.0, 4.0]


def test_a_server_that_asks_to_wait_long_is_not_waited_for(
    server: FileServer, tmp_path: Path, patience: Patience, waited: list[float]
) -> None:
    server.faults["/a.bin"] = [status(429, Retry_After="86400")]
    with pytest.raises(DataMissingError, match="asks to wait 86400 s"):
        get(server, tmp_path / "p", patience)
    assert waited == []


def test_it_gives_up_where_nothing_new_comes(
    server: FileServer, tmp_path: Path, patience: Patience, waited: list[float]
) -> None:
    server.ranges = False
    server.faults["/a.bin"] = [cut(4000)] * 20
    with pytest.raises(DataMissingError, match=r"connection ended after 3\.9 KiB of 10\.0 KiB"):
        get(server, tmp_path / "p", patience)
    assert waited == [1.0, 2.0, 4.0, 8.0]


@pytest.mark.parametrize(
    ("code", "words"),
    [(404, "not there any more"), (410, "not there any more"), (403, "permission"), (401, "permission")],
)
def test_an_answer_that_stays_is_said_at_once(
    code: int, words: str, server: FileServer, tmp_path: Path, patience: Patience, waited: list[float]
) -> None:
    server.faults["/a.bin"] = [status(code)]
    with pytest.raises(DataMissingError, match=words) as caught:
        get(server, tmp_path / "p", patience)
    assert "vsumbench data import" in caught.value.hint and waited == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"<html>log in</html>", "text/html; charset=utf-8"), (b"\n <!DOCTYPE html><p>", "application/zip")],
)
def test_a_page_instead_of_a_file_is_recognised(
    body: bytes, kind: str, server: FileServer, tmp_path: Path, patience: Patience
) -> None:
    server.faults["/a.bin"] = [status(200, body, Content_Type=kind)]
    with pytest.raises(DataMissingError, match="gives a web page, not a file"):
        get(server, tmp_path / "p", patience)
    assert not (tmp_path / "p").exists()


def test_a_pointer_of_git_lfs_is_no_file(server: FileServer, tmp_path: Path, patience: Patience) -> None:
    server.files["/a.bin"] = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    with pytest.raises(DataMissingError, match="Git LFS pointer"):
        get(server, tmp_path / "p", patience)


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (Expected(size=5), "has 10240 bytes, its publisher states 5"),
        (Expected(md5="0" * 32), f"has MD5 {MD5}"),
        (Expected(sha256="0" * 64), f"has sha256 {SHA}, expected 0000"),
        (Expected(trusted="1" * 64, since="2026-01-31"), "it was 1111.* on 2026-01-31"),
    ],
)
def test_a_file_that_is_not_what_was_expected_is_not_kept(
    expected: Expected, words: str, server: FileServer, tmp_path: Path, patience: Patience
) -> None:
    with pytest.raises(DataDamagedError, match=words) as caught:
        get(server, tmp_path / "p", patience, expected=expected)
    assert list(tmp_path.iterdir()) == []
    assert ("--force" in caught.value.hint) == (expected.trusted is not None)


def test_a_size_is_checked_where_the_server_states_none(
    server: FileServer, tmp_path: Path, patience: Patience
) -> None:
    server.lengths = False
    assert get(server, tmp_path / "p", patience) == SHA
    with pytest.raises(DataDamagedError, match="its publisher states 5"):
        get(server, tmp_path / "q", patience, expected=Expected(size=5))


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x", "gopher://x/y"])
def test_a_redirect_leads_to_http_alone(
    target: str, server: FileServer, tmp_path: Path, patience: Patience
) -> None:
    server.faults["/a.bin"] = [status(302, Location=target)]
    with pytest.raises(DataMissingError, match="no http or https address"):
        get(server, tmp_path / "p", patience)
    assert list(tmp_path.iterdir()) == []


def test_a_redirect_to_another_place_of_the_web_is_followed(
    server: FileServer, tmp_path: Path, patience: Patience
) -> None:
    server.faults["/moved"] = [status(302, Location=server.url("/a.bin"))]
    assert get(server, tmp_path / "p", patience, "/moved") == SHA


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/x", "/etc/passwd", "https:///x"])
def test_an_address_that_is_none_is_refused_before_anything_happens(
    url: str, tmp_path: Path, patience: Patience
) -> None:
    with pytest.raises(DataMissingError, match="no http or https address"):
        download(url, tmp_path / "p", ANY, patience)
    assert list(tmp_path.iterdir()) == []


def test_no_name_of_a_server_becomes_a_path(server: FileServer, tmp_path: Path, patience: Patience) -> None:
    named = 'attachment; filename="../../evil"'
    server.headers["/a.bin"] = {"Content-Disposition": named}
    (tmp_path / "here").mkdir()
    get(server, tmp_path / "here" / "p", patience)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["here", "p", "p.json"]


def test_an_offline_machine_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patience: Patience, waited: list[float]
) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setenv("NO_PROXY", "*")
    with pytest.raises(DataMissingError, match=r"host nowhere\.example is not found; .*offline"):
        download("http://nowhere.example/a.zip", tmp_path / "p", ANY, patience)
    assert waited == []


def test_a_port_that_nobody_listens_at_is_told_at_once(
    server: FileServer, tmp_path: Path, patience: Patience, waited: list[float]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/a.bin"
        with pytest.raises(DataMissingError, match="cannot be reached"):
            download(url, tmp_path / "p", ANY, patience)
    assert waited == []


def test_a_connection_that_is_not_tls_is_told_with_the_host(
    server: FileServer, tmp_path: Path, patience: Patience
) -> None:
    url = server.url("/a.bin").replace("http:", "https:")
    with pytest.raises(DataMissingError, match=r"no secure connection to 127\.0\.0\.1"):
        download(url, tmp_path / "p", ANY, patience)


def test_secrets_in_an_address_are_not_repeated(
    server: FileServer, tmp_path: Path, patience: Patience
) -> None:
    with pytest.raises(DataMissingError) as caught:
        download(server.url("/gone.bin?token=s3cret"), tmp_path / "p", ANY, patience)
    assert "gone.bin" in str(caught.value) and "s3cret" not in str(caught.value)


def test_a_full_disk_is_said_before_it_begins(
    server: FileServer, tmp_path: Path, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda folder: type("Usage", (), {"free": 100})())
    with pytest.raises(DiskFullError, match=r"needs 10\.0 KiB; .* has 100 bytes free"):
        get(server, tmp_path / "p", patience)


def test_a_disk_that_fills_up_keeps_what_came(
    server: FileServer, tmp_path: Path, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloading, "BLOCK", 4096)
    real = Path.open

    class Full:
        def __init__(self, stream: Any) -> None:
            self.stream, self.left = stream, 1

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None:
            self.stream.close()

        def write(self, block: bytes) -> int:
            if not self.left:
                raise OSError(errno.ENOSPC, "No space left on device")
            self.left -= 1
            return int(self.stream.write(block))

    def opened(path: Path, mode: str = "r", **more: Any) -> Any:
        stream = real(path, mode, **more)
        return Full(stream) if mode == "ab" else stream

    monkeypatch.setattr(Path, "open", opened)
    with pytest.raises(DiskFullError, match="disk is full"):
        get(server, tmp_path / "p", patience)
    monkeypatch.setattr(Path, "open", real)
    assert json.loads((tmp_path / "p.json").read_text())["complete"] is False
    assert get(server, tmp_path / "p", patience) == SHA
    assert server.requests[-1] == ("/a.bin", "bytes=4096-")


def test_what_is_sent_packed_though_not_asked_for_is_refused(
    server: FileServer, tmp_path: Path, patience: Patience
) -> None:
    server.headers["/a.bin"] = {"Content-Encoding": "gzip"}
    with pytest.raises(DataMissingError, match="sent as gzip"):
        get(server, tmp_path / "p", patience)
    server.files["/a.tgz"] = BODY
    server.headers["/a.tgz"] = {"Content-Encoding": "x-gzip"}
    assert get(server, tmp_path / "q", patience, "/a.tgz") == SHA


def test_sizes_are_said_in_words() -> None:
    assert [in_words(n) for n in (5, 2048, 3 << 20, 5 << 30)] == ["5 bytes", "2.0 KiB", "3.0 MiB", "5.0 GiB"]


def test_redirects_that_lead_in_a_circle_end(server: FileServer, tmp_path: Path, patience: Patience) -> None:
    server.faults["/a.bin"] = [status(302, Location=server.url("/a.bin"))] * 30
    with pytest.raises(DataMissingError, match="not followed"):
        get(server, tmp_path / "p", patience)
