"""How a source is had, from what its spec says."""

from __future__ import annotations

import pytest

from vsumbench.contracts import Source
from vsumbench.data.sources.addresses import is_page, shown, way_of

RAW = "https://raw.githubusercontent.com"


@pytest.mark.parametrize(
    ("path", "origin", "how", "address"),
    [
        ("a.json", "https://example.org/d/a.json", "file", "https://example.org/d/a.json"),
        (
            "a.json",
            "http://example.org/other.json?download=1",
            "file",
            "http://example.org/other.json?download=1",
        ),
        ("a.h5", "https://example.org/my files/a.h5", "manual", "https://example.org/my files/a.h5"),
        ("a.h5", "https://example.org/ä.h5", "file", "https://example.org/%C3%A4.h5"),
        ("GT/a.mat", "https://example.org/d.zip", "archive", "https://example.org/d.zip"),
        ("a.json", "https://example.org/d.tar.gz?x=1", "archive", "https://example.org/d.tar.gz?x=1"),
        ("feat/*.npz", "https://example.org/d.tar", "archive", "https://example.org/d.tar"),
        ("d.zip", "https://example.org/d.zip", "file", "https://example.org/d.zip"),
        ("a.h5", "https://example.org/d.rar", "manual", "https://example.org/d.rar"),
        ("feat/*.npz", "https://example.org/a.npz", "manual", "https://example.org/a.npz"),
        ("a.h5", "https://example.org/dataset", "manual", "https://example.org/dataset"),
        ("a.mat", "https://example.org/index.html", "manual", "https://example.org/index.html"),
        ("a.h5", "write to the authors", "manual", "write to the authors"),
        ("a.json", "ftp://example.org/a.json", "manual", "ftp://example.org/a.json"),
        ("a.mat", "https://github.com/o/r (m/a.mat)", "file", f"{RAW}/o/r/HEAD/m/a.mat"),
        ("GT/a b.mat", "https://github.com/o/r (eval/GT/)", "file", f"{RAW}/o/r/HEAD/eval/GT/a%20b.mat"),
        ("a.h5", "https://github.com/o/r (data/a.rar)", "manual", "https://github.com/o/r (data/a.rar)"),
        ("a.h5", "https://github.com/o/r (data/a.zip)", "archive", f"{RAW}/o/r/HEAD/data/a.zip"),
        ("a.mat", "https://github.com/o/r/blob/main/m/a.mat", "file", f"{RAW}/o/r/main/m/a.mat"),
        ("a.mat", "https://github.com/o/r", "manual", "https://github.com/o/r"),
        ("a.json", "https://huggingface.co/datasets/o/d", "hub", "https://huggingface.co/datasets/o/d"),
        ("f/*.npz", "https://huggingface.co/datasets/o/d/", "hub", "https://huggingface.co/datasets/o/d/"),
        (
            "a.pth",
            "https://huggingface.co/o/d/resolve/main/a.pth",
            "file",
            "https://huggingface.co/o/d/resolve/main/a.pth",
        ),
        (
            "a.h5",
            "https://drive.google.com/file/d/x/a.h5",
            "manual",
            "https://drive.google.com/file/d/x/a.h5",
        ),
        ("a.h5", "https://www.dropbox.com/s/x/d.zip", "manual", "https://www.dropbox.com/s/x/d.zip"),
        (
            "a.h5",
            "https://www.dropbox.com/s/x/d.zip?dl=1",
            "archive",
            "https://www.dropbox.com/s/x/d.zip?dl=1",
        ),
        ("a.h5", "https://k.box.com/s/x.zip", "manual", "https://k.box.com/s/x.zip"),
        ("a.h5", "https://k.box.com/shared/static/x.zip", "archive", "https://k.box.com/shared/static/x.zip"),
    ],
)
def test_an_origin_says_how_its_file_is_had(path: str, origin: str, how: str, address: str) -> None:
    way = way_of(Source(path=path, origin=origin))
    assert (way.how, way.address, way.member) == (how, address, path)


def test_what_needs_a_person_is_left_to_one_whatever_its_address() -> None:
    source = Source(path="a.json", origin="https://example.org/a.json", manual=True)
    assert way_of(source).how == "manual"


def test_an_address_beside_the_page_is_followed() -> None:
    page = "https://example.org/about"
    direct = Source(path="a.json", origin=page, url="https://example.org/get?id=7")
    packed = Source(path="a.json", origin=page, url="https://example.org/d.zip", member="x/train.json")
    assert (way_of(direct).how, way_of(direct).address) == ("file", "https://example.org/get?id=7")
    assert (way_of(packed).how, way_of(packed).member) == ("archive", "x/train.json")


def test_a_specs_old_fields_are_all_it_needs() -> None:
    source = Source(path="a", origin="b")
    assert (source.url, source.member, source.size, source.md5, source.editions) == ("", "", None, None, ())


def test_names_and_queries_are_left_out_of_messages() -> None:
    assert shown("https://me:secret@example.org/a.zip?key=1#x") == "https://example.org/a.zip"
    assert shown("write to them") == "write to them"
    assert is_page("write to them")
