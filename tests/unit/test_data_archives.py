"""Archives that mean harm, or are broken, give nothing; honest ones give exactly what is asked for."""

from __future__ import annotations

import io
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from vsumbench.data.sources.archive_checks import Limits
from vsumbench.data.sources.archive_streams import archive_suffix, is_packed
from vsumbench.data.sources.archives import Archive, open_archive
from vsumbench.errors import DataDamagedError, DataMissingError, MismatchError, VsumbenchError

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
CONTENT = {"a.txt": b"first", "inner/b.txt": b"second" * 1000, "inner/deep/c.bin": bytes(range(256))}


def write_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def tar_file(name: str, data: bytes = b"") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    info.mode = 0o777
    return info, data


def write_tar(path: Path, members: list[tuple[tarfile.TarInfo, bytes]], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return path


def write(folder: Path, suffix: str, files: dict[str, bytes]) -> Path:
    path = folder / f"a{suffix}"
    if suffix == ".zip":
        return write_zip(path, files)
    kind = {".tar": "", ".tgz": "gz"}.get(suffix, suffix.removeprefix(".tar."))
    return write_tar(path, [tar_file(name, data) for name, data in files.items()], f"w:{kind}")


def refused(path: Path, words: str, limits: Limits | None = None) -> DataDamagedError:
    """Refused when it is opened, and nothing lies beside it."""
    before = sorted(path.parent.rglob("*"))
    with pytest.raises(DataDamagedError, match=words) as caught:
        open_archive(path, limits)
    assert sorted(path.parent.rglob("*")) == before and str(path) in caught.value.message
    return caught.value


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_chosen_members_are_written_where_the_caller_says(suffix: str, tmp_path: Path) -> None:
    archive = open_archive(write(tmp_path, suffix, CONTENT))
    assert archive.sizes == {name: len(data) for name, data in CONTENT.items()}
    told: list[int] = []
    archive.write({"inner/b.txt": tmp_path / "0", "a.txt": tmp_path / "1"}, told.append)
    assert (tmp_path / "0").read_bytes() == CONTENT["inner/b.txt"]
    assert (tmp_path / "1").read_bytes() == b"first"
    assert sum(told) == 6005 and len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_digests_are_those_of_the_content(suffix: str, tmp_path: Path) -> None:
    import hashlib

    archive = open_archive(write(tmp_path, suffix, CONTENT))
    assert archive.digests(["inner/deep/c.bin"]) == {
        "inner/deep/c.bin": hashlib.sha256(bytes(range(256))).hexdigest()
    }
    assert archive.digests([]) == {}


@pytest.mark.parametrize("suffix", [".zip", ".tar"])
def test_nothing_that_is_written_is_executable(suffix: str, tmp_path: Path) -> None:
    archive = open_archive(write(tmp_path, suffix, {"run.sh": b"#!/bin/sh"}))
    archive.write({"run.sh": tmp_path / "0"})
    assert not stat.S_IMODE((tmp_path / "0").stat().st_mode) & 0o111


@pytest.mark.parametrize("suffix", [".zip", ".tar"])
def test_a_file_that_is_there_is_not_written_over(suffix: str, tmp_path: Path) -> None:
    (tmp_path / "0").symlink_to(tmp_path / "victim")
    archive = open_archive(write(tmp_path, suffix, CONTENT))
    with pytest.raises(FileExistsError):
        archive.write({"a.txt": tmp_path / "0"})
    assert not (tmp_path / "victim").exists()


BAD_NAMES = [
    ("../evil", "leads out of it"),
    ("a/../../evil", "leads out of it"),
    ("a/..", "leads out of it"),
    ("/etc/evil", "not relative"),
    ("C:/evil", "not relative"),
    ("c:evil", "not relative"),
    ("a\\..\\evil", "not relative"),
    ("\\\\host\\evil", "not relative"),
    ("new\nline", "control characters"),
    ("bell\x07", "control characters"),
    (".", "without a name"),
]


@pytest.mark.parametrize("suffix", [".zip", ".tar.gz"])
@pytest.mark.parametrize(("name", "words"), BAD_NAMES)
def test_names_that_lead_elsewhere_are_refused(suffix: str, name: str, words: str, tmp_path: Path) -> None:
    refused(write(tmp_path, suffix, {"good.txt": b"x", name: b"y"}), words)


def test_a_nul_in_a_zip_name_is_seen_though_python_cuts_it_off(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"good.txt_evil": b"x"})
    path.write_bytes(path.read_bytes().replace(b"good.txt_evil", b"good.txt\0evil"))
    refused(path, "control characters")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE], ids=["symbolic", "hard"])
def test_a_link_and_a_file_through_it_are_refused(kind: bytes, tmp_path: Path) -> None:
    link, _ = tar_file("door")
    link.type, link.linkname = kind, "/tmp"
    refused(write_tar(tmp_path / "a.tar", [(link, b""), tar_file("door/evil", b"x")]), "a link")


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("door")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "/tmp")
        archive.writestr("door/evil", "x")
    refused(tmp_path / "a.zip", "a link")


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, b"Z"])
def test_devices_and_pipes_are_refused(kind: bytes, tmp_path: Path) -> None:
    device, _ = tar_file("null")
    device.type, device.devmajor, device.devminor = kind, 1, 3
    refused(write_tar(tmp_path / "a.tar", [(device, b"")]), "no file")


def test_a_device_in_a_zip_is_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("null")
    info.create_system, info.external_attr = 3, stat.S_IFCHR << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "")
    refused(tmp_path / "a.zip", "no file")


@pytest.mark.parametrize("suffix", [".zip", ".tar"])
@pytest.mark.parametrize(
    "names",
    [
        ("a.txt", "A.TXT"),
        ("a.txt", "./a.txt"),
        ("caf\u00e9", "cafe\u0301"),
        ("A/x", "a/y"),
        ("a", "a/b"),
        ("stra\u00dfe", "STRASSE"),
    ],
    ids=["case", "dot", "composition", "folders", "file and folder", "sharp s"],
)
def test_two_members_for_one_place_are_refused(suffix: str, names: tuple[str, str], tmp_path: Path) -> None:
    refused(
        write(tmp_path, suffix, dict.fromkeys(names, b"x")),
        "in one spelling or two|one folder|and as a folder",
    )


def test_the_same_member_twice_is_refused(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "a.tar", [tar_file("a", b"1"), tar_file("a", b"2")])
    refused(path, "'a' twice")
    with pytest.warns(UserWarning), zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("a", "1")
        archive.writestr("a", "2")
    refused(tmp_path / "b.zip", "'a' twice")


def test_names_are_composed(tmp_path: Path) -> None:
    archive = open_archive(write(tmp_path, ".tar", {"cafe\u0301.txt": b"x"}))
    archive.write({"caf\u00e9.txt": tmp_path / "0"})
    assert (tmp_path / "0").read_bytes() == b"x"


@pytest.mark.parametrize("suffix", [".zip", ".tar.gz"])
def test_a_bomb_is_refused_and_a_user_may_raise_the_limit(suffix: str, tmp_path: Path) -> None:
    path = write(tmp_path, suffix, {"zeros.bin": bytes(66 << 20)})
    error = refused(path, "more than 200 times its own size")
    assert "--max-unpacked" in error.hint
    assert open_archive(path, Limits.up_to(1 << 30)).sizes == {"zeros.bin": 66 << 20}
    refused(path, "over the limit", Limits.up_to(10 << 20))


def test_a_huge_size_is_refused_from_its_header_alone(tmp_path: Path) -> None:
    info, _ = tar_file("huge")
    info.size = 1 << 50
    (tmp_path / "a.tar").write_bytes(info.tobuf(tarfile.GNU_FORMAT) + bytes(2048))
    refused(tmp_path / "a.tar", r"1048576\.0 GiB unpacked")


def test_a_huge_long_name_is_not_read_into_memory(tmp_path: Path) -> None:
    info, _ = tar_file("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 1 << 40
    (tmp_path / "a.tar").write_bytes(info.tobuf(tarfile.GNU_FORMAT) + bytes(2048))
    refused(tmp_path / "a.tar", "a header of 1099511627776 bytes")


def test_a_sparse_file_is_refused(tmp_path: Path) -> None:
    info, _ = tar_file("sparse")
    info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "9999999"}
    info.size = 512
    write_tar(tmp_path / "a.tar", [(info, b"0\n".ljust(512, b"\0"))])
    refused(tmp_path / "a.tar", "sparse")


def test_more_members_than_the_limit_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, ".zip", {str(number): b"" for number in range(12)})
    refused(path, "more than 10 members", Limits(members=10))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_truncated_archive_gives_nothing_wherever_it_ends(suffix: str, tmp_path: Path) -> None:
    noise = {name: os.urandom(3000) for name in ("a", "b", "c")}
    whole = write(tmp_path, suffix, noise).read_bytes()
    # A plain tar ends in two blocks of zeros and padding; without the second block it is whole all the same.
    last = 3 * (512 + 3072) + 511 if suffix == ".tar" else len(whole) - 1
    for end in sorted({0, 1, 100, 512, last, *range(0, last, max(1, last // 17))}):
        path = tmp_path / f"cut{suffix}"
        path.write_bytes(whole[: min(end, last)])
        with pytest.raises(DataDamagedError):
            Archive(path, Limits()).write({name: tmp_path / f"{end}-{name}" for name in noise})


@pytest.mark.parametrize("suffix", [".zip", ".tar.gz", ".tar.bz2", ".tar.xz"])
def test_a_changed_byte_is_noticed(suffix: str, tmp_path: Path) -> None:
    path = write(tmp_path, suffix, {"a": os.urandom(5000)})
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(DataDamagedError):
        open_archive(path).write({"a": tmp_path / "0"})


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_no_archive_is_said_to_be_none(suffix: str, tmp_path: Path) -> None:
    (tmp_path / f"a{suffix}").write_bytes(b"<html>not found</html>" * 100)
    refused(tmp_path / f"a{suffix}", "truncated or damaged")


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a": b"x" * 100})
    data = bytearray(path.read_bytes())
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(signature) + place
        data[at : at + 2] = struct.pack("<H", 1)
    path.write_bytes(data)
    assert "password" in refused(path, "encrypted").hint


def test_members_of_a_zip_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a": os.urandom(4000)})
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(3):
            again = zipfile.ZipInfo(f"b{number}")
            first = archive.getinfo("a")
            for slot in ("header_offset", "compress_type", "CRC", "compress_size", "file_size"):
                setattr(again, slot, getattr(first, slot))
            archive.filelist.append(again)
            archive.NameToInfo[again.filename] = again
        archive._didModify = True
    refused(path, "overlap")


def test_a_member_longer_than_it_says_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a": b"x" * 100})
    data = path.read_bytes()
    short = struct.pack("<LL", len(zlib.compress(b"x" * 100)) - 6, 100)
    assert short in data
    path.write_bytes(data.replace(short, short[:4] + struct.pack("<L", 50)))
    with pytest.raises(DataDamagedError):
        open_archive(path).write({"a": tmp_path / "0"})


@pytest.mark.parametrize("name", ["a.rar", "A.RAR", "a.7z"])
def test_what_cannot_be_read_here_is_to_be_unpacked_first(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"Rar!")
    with pytest.raises(MismatchError) as caught:
        open_archive(tmp_path / name)
    assert "unar" in caught.value.hint and "import the folder" in caught.value.hint


def test_an_archive_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DataMissingError):
        open_archive(tmp_path / "a.zip")


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("a.zip", ".zip"),
        ("A.TAR.GZ", ".tar.gz"),
        ("a.npz", ""),
        ("a.gz", ""),
        ("v_tar", ""),
        ("x.tgz", ".tgz"),
    ],
)
def test_an_archive_is_known_by_its_name(name: str, suffix: str) -> None:
    assert archive_suffix(name) == suffix and not is_packed(name)


def test_every_refusal_has_a_way_on(tmp_path: Path) -> None:
    makers: list[Callable[[], Path]] = [
        lambda: write(tmp_path, ".zip", {"../x": b""}),
        lambda: write(tmp_path, ".tar", {"a": b"", "A": b""}),
    ]
    for make in makers:
        with pytest.raises(VsumbenchError) as caught:
            open_archive(make())
        assert caught.value.hint


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_changed_bytes_never_do_more_than_one_clear_error(suffix: str, tmp_path: Path) -> None:
    random = Random(7)
    whole = write(tmp_path, suffix, CONTENT).read_bytes()
    inside = tmp_path / "inside"
    inside.mkdir()
    for number in range(120):
        data = bytearray(whole)
        for _ in range(random.choice((1, 2, 8))):
            data[random.randrange(len(data))] = random.randrange(256)
        path = inside / f"a{suffix}"
        path.write_bytes(data)
        try:
            archive = open_archive(path)
            names = list(archive.sizes)
            archive.write({name: inside / f"{number}-{at}" for at, name in enumerate(names)})
        except DataDamagedError as error:
            assert str(path) in error.message
    # Whatever the names had become, everything that was written has the name that was given for it.
    assert all(
        path.name.partition("-")[0].isdigit() or path.name == f"a{suffix}" for path in inside.iterdir()
    )
    assert {path.name for path in tmp_path.iterdir()} == {"inside", f"a{suffix}"}
