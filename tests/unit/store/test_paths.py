"""Names of store paths."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from neve import _core
from neve.errors import BadStorePathError
from neve.store import paths

HASH = "0123456789abcdfghijklmnpqrsvwxyz"
STORE = "/nix/store"


@pytest.mark.parametrize("name", ["a", "a.b", "A+b-c._?=", ".a", "..a", "...", "x" * 211])
def test_legal_names_are_taken(name: str) -> None:
    """What the formula of store paths allows is a store path."""
    path = f"{STORE}/{HASH}-{name}"
    assert paths.parse_store_path(path, STORE) == path
    assert paths.name_part(path) == name
    assert paths.hash_part(path) == HASH


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/nix/store/short", "too short"),
        (f"{STORE}/{HASH[:-1]}e-a", "illegal base-32 character 'e'"),
        (f"{STORE}/{HASH}-a b", "illegal character"),
        (f"{STORE}/{HASH}-.", "not valid"),
        (f"{STORE}/{HASH}-..-a", "not valid"),
        (f"{STORE}/{HASH}-{'x' * 212}", "no longer than 211"),
        (f"{STORE}/{HASH}-a/b", "not in the Nix store"),
        (f"/elsewhere/{HASH}-a", "not in the Nix store"),
        (f"{HASH}-a", "not in the Nix store"),
    ],
)
def test_illegal_names_are_refused_with_the_reason(text: str, words: str) -> None:
    """Each way to break the rules has its message."""
    with pytest.raises(BadStorePathError, match=words):
        paths.parse_store_path(text, STORE)


def test_paths_are_made_canonical() -> None:
    """Doubled slashes, dots and a slash at the end do not matter."""
    assert paths.parse_store_path(f"/nix//store/./{HASH}-a/", STORE) == f"{STORE}/{HASH}-a"


def test_file_in_a_store_path_is_split() -> None:
    """The store path and the rest of a longer name."""
    assert paths.split_store_path(f"{STORE}/{HASH}-a/b/c", STORE) == (f"{STORE}/{HASH}-a", "/b/c")
    with pytest.raises(BadStorePathError):
        paths.split_store_path("/tmp/a", STORE)


def test_links_are_followed_into_the_store(tmp_path: Path) -> None:
    """A chain of relative and absolute links ends at the store path."""
    os.symlink(f"{STORE}/{HASH}-a/bin", tmp_path / "last")
    os.symlink("last", tmp_path / "first")
    assert paths.follow_links(str(tmp_path / "first"), STORE) == f"{STORE}/{HASH}-a/bin"


def test_endless_links_are_an_error(tmp_path: Path) -> None:
    """A link to itself does not hang."""
    os.symlink("loop", tmp_path / "loop")
    with pytest.raises(BadStorePathError, match="too many symbolic links"):
        paths.follow_links(str(tmp_path / "loop"), STORE)


def test_plain_file_is_not_in_the_store(tmp_path: Path) -> None:
    """What is no link and not in the store is refused."""
    with pytest.raises(BadStorePathError, match="not in the Nix store"):
        paths.follow_links(str(tmp_path), STORE)


@pytest.mark.parametrize("method", paths.INGESTION_METHODS)
def test_content_addresses_survive_a_round_trip(method: paths.IngestionMethod) -> None:
    """Text and parts of a content address say the same."""
    digest = bytes(range(32))
    text = paths.content_address(method, "sha256", digest)
    assert _core.parse_content_address(text) == (method, "sha256", digest)
