"""The libraries that pages bundle: unchanged, licensed, small, and on a site byte for byte what they were."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from vsumbench.leaderboard.pages import write_site
from vsumbench.leaderboard.site_frame import LIBRARIES
from vsumbench.pages import vendored

MOST_BYTES = 450_000


def files() -> list[tuple[vendored.Vendored, str]]:
    return [(library, name) for library in vendored.libraries() for name in library.files]


def test_every_bundled_file_has_the_digest_it_is_listed_with() -> None:
    found = files()
    assert found
    for library, name in found:
        content = vendored.vendored_bytes(library.folder, name)
        assert hashlib.sha256(content).hexdigest() == library.files[name], f"{library.folder}/{name}"


def test_nothing_is_bundled_that_is_not_listed() -> None:
    root = Path(vendored.__file__).parent / "vendored"
    there = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    assert there == {f"{library.folder}/{name}" for library, name in files()} | {"vendored.json"}


def test_every_library_brings_its_licence() -> None:
    for library in vendored.libraries():
        names = [name for name in library.files if name.casefold().startswith("licen")]
        assert names, library.package
        text = vendored.vendored_bytes(library.folder, names[0]).decode("utf-8")
        assert library.licence == "MIT"
        assert "Permission is hereby granted, free of charge" in text and "Copyright" in text


def test_what_is_bundled_stays_small() -> None:
    assert sum(len(vendored.vendored_bytes(one.folder, name)) for one, name in files()) < MOST_BYTES


def test_a_file_that_is_not_bundled_is_named() -> None:
    with pytest.raises(KeyError, match="nothing/here"):
        vendored.vendored_bytes("nothing", "here")


def test_a_site_holds_the_libraries_byte_for_byte_with_their_licences(tmp_path: Path) -> None:
    write_site([], tmp_path, ["html"])
    for library, name in files():
        path = tmp_path / "assets" / library.folder / name
        if library.folder in LIBRARIES:
            assert path.read_bytes() == vendored.vendored_bytes(library.folder, name)
        else:
            assert not path.exists()
    assert set(LIBRARIES) <= {library.folder for library in vendored.libraries()}
