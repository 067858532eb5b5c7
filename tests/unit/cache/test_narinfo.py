"""Metadata files of caches."""

import pytest

from neve.cache.narinfo import NarInfo
from neve.errors import CacheError
from neve.store import PathInfo

A = f"/nix/store/{'a' * 32}-a"
B = f"/nix/store/{'b' * 32}-b"

TEXT = f"""\
StorePath: {A}
URL: nar/x.nar.xz
Compression: xz
FileHash: sha256:{"0" * 52}
FileSize: 5
NarHash: sha256:{"0" * 52}
NarSize: 120
References: {A[11:]} {B[11:]}
Deriver: {B[11:]}
Sig: k:c2ln
"""


def parse(text: str) -> NarInfo:
    return NarInfo.parse(text, "/nix/store", "a.narinfo")


def test_file_is_parsed_and_rendered() -> None:
    """All fields, and the very text again."""
    info = parse(TEXT)
    assert (info.path, info.references, info.deriver) == (A, frozenset({A, B}), B)
    assert (info.url, info.compression, info.file_size) == ("nar/x.nar.xz", "xz", 5)
    assert (info.nar_sha256, info.nar_size, info.signatures) == (
        bytes(32),
        120,
        frozenset({"k:c2ln"}),
    )
    assert info.render() == TEXT


def test_missing_fields_have_their_meaning() -> None:
    """No compression is bzip2, an unknown deriver none."""
    lines = [
        line
        for line in TEXT.splitlines(keepends=True)
        if line.split(":")[0] in {"StorePath", "URL", "NarHash", "NarSize"}
    ]
    info = parse("".join(lines) + "Deriver: unknown-deriver\nFuture: field\n")
    assert (info.compression, info.deriver, info.references, info.file_sha256) == (
        "bzip2",
        None,
        frozenset(),
        None,
    )


@pytest.mark.parametrize(
    "change",
    [
        ("StorePath: ", "Other: "),
        ("NarSize: 120", "NarSize: x"),
        ("NarSize: 120", "NarSize: 0"),
        ("NarHash: sha256:", "NarHash: "),
        (f"References: {A[11:]}", "References: nonsense"),
        ("URL: nar/x.nar.xz\n", ""),
        ("Sig: k:c2ln\n", "Sig: k:c2ln"),
    ],
)
def test_broken_files_are_errors(change: tuple[str, str]) -> None:
    """The file is named, whatever is wrong with it."""
    with pytest.raises(CacheError, match=r"NAR info file 'a\.narinfo' is corrupt"):
        parse(TEXT.replace(*change))


def test_metadata_of_a_store_is_taken_over() -> None:
    """What a store knows of an object, waiting for the archive's whereabouts."""
    info = PathInfo(A, bytes(32), 7, frozenset({B}), signatures=frozenset({"k:s"}))
    taken = NarInfo.of(info)
    assert (taken.path, taken.references, taken.signatures, taken.url) == (
        A,
        frozenset({B}),
        frozenset({"k:s"}),
        "",
    )
