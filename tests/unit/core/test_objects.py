"""Metadata of store objects, and exchanging hash parts in them."""

import hashlib
import os
from pathlib import Path

import pytest

from neve import _core

OLD = "a3qrxr9fv07qngjdfd543q16dz6907hh"
NEW = "6gla5anvnss25221hgk6c8s5grn52cvj"


def make_tree(root: Path) -> None:
    """Files with all sorts of modes."""
    (root / "dir").mkdir(parents=True)
    for name, mode in {"plain": 0o640, "exe": 0o4711, "dir/group": 0o010, "good": 0o444}.items():
        (root / name).write_text(name)
        (root / name).chmod(mode)
    (root / "link").symlink_to("/etc/passwd")


def test_metadata_becomes_canonical(tmp_path: Path) -> None:
    """Times, modes and owner are those of store objects; links are not followed."""
    root = tmp_path / "tree"
    make_tree(root)
    before = os.stat("/etc/passwd")
    _core.canonicalise_path(str(root))
    modes = {str(p.relative_to(root)): p.lstat().st_mode & 0o7777 for p in root.rglob("*")}
    del modes["link"]
    assert modes == {
        "plain": 0o444,
        "exe": 0o555,
        "dir": 0o555,
        "dir/group": 0o444,
        "good": 0o444,
    }
    for path in [root, *root.rglob("*")]:
        status = path.lstat()
        assert status.st_mtime_ns == 1_000_000_000
        assert (status.st_uid, status.st_gid) == (os.geteuid(), os.getegid())
    assert os.stat("/etc/passwd") == before


def test_extended_attributes_are_removed(tmp_path: Path) -> None:
    """Attributes go away, but those to be ignored; a file that cannot be written to is no hindrance."""
    path = tmp_path / "file"
    path.write_text("x")
    try:
        os.setxattr(path, "user.one", b"1")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    os.setxattr(path, "user.two", b"2")
    path.chmod(0o444)
    _core.Canonicaliser(ignored_attributes=["user.two"]).canonicalise(str(path))
    assert os.listxattr(path) == ["user.two"]
    _core.canonicalise_path(bytes(path))
    assert os.listxattr(path) == []
    assert path.stat().st_mode & 0o777 == 0o444


def test_special_files_are_refused(tmp_path: Path) -> None:
    """Pipes have no place in a store."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match=f'^file "{tmp_path}/pipe" has an unsupported type$'):
        _core.canonicalise_path(str(tmp_path))


def test_foreign_files_are_refused(tmp_path: Path) -> None:
    """With a range of builders' users, files of others are refused."""
    (tmp_path / "file").write_text("x")
    own = os.geteuid()
    _core.Canonicaliser(builder_uids=(own, own)).canonicalise(str(tmp_path))
    rules = _core.Canonicaliser(builder_uids=(own + 1, own + 9))
    with pytest.raises(ValueError, match=f'^invalid ownership on file "{tmp_path}"$'):
        rules.canonicalise(str(tmp_path))


def test_missing_files_are_named(tmp_path: Path) -> None:
    """A failed system call is an `OSError` with the file's name."""
    with pytest.raises(FileNotFoundError) as caught:
        _core.canonicalise_path(str(tmp_path / "missing"))
    assert caught.value.filename == str(tmp_path / "missing")


def test_hash_parts_are_exchanged() -> None:
    """Only whole hash parts change."""
    data = f"x{OLD}y{OLD[1:]}z{OLD}".encode()
    expected = f"x{NEW}y{OLD[1:]}z{NEW}".encode()
    assert _core.rewrite_hashes(data, {OLD: NEW}) == expected
    assert _core.rewrite_hashes(data, {}) == data
    with pytest.raises(ValueError, match="is not the hash part of a store path"):
        _core.rewrite_hashes(data, {OLD: "x"})


def test_trees_are_copied_with_hash_parts_exchanged(tmp_path: Path) -> None:
    """The copy differs from the source in the hash part only."""
    source, copy = tmp_path / "source", tmp_path / "copy"
    source.mkdir()
    (source / f"{OLD}-x").write_text("." * 65_530 + OLD)
    (source / "link").symlink_to(f"/nix/store/{OLD}-x")
    summary = _core.copy_path_rewritten(str(source), str(copy), {OLD: NEW}, canonical=True)
    assert (copy / f"{NEW}-x").read_text() == "." * 65_530 + NEW
    assert os.readlink(copy / "link") == f"/nix/store/{NEW}-x"
    assert summary.sha256 == _core.summarise_path(str(copy)).sha256
    with pytest.raises(FileNotFoundError):
        _core.copy_path_rewritten(str(tmp_path / "no"), str(tmp_path / "c2"), {})


def test_hash_without_the_own_hash_part(tmp_path: Path) -> None:
    """An object that refers to itself has the content address that Nix 2.34 gave it."""
    path = tmp_path / "selfref"
    own = f"/nix/store/{NEW}-selfref"
    path.write_text(f"self {own} and again {own}\n")
    digest = _core.hash_path_modulo(str(path), "nar", "sha256", NEW)
    expected = "167xrl2afx8s382dd96wsyqpa62276bjhf1w37whx9bx5hrgy3g3"
    assert _core.encode_hash(digest, "sha256", "nix32") == expected
    flat = hashlib.sha256(path.read_bytes().replace(NEW.encode(), bytes(32))).digest()
    assert _core.hash_path_modulo(str(path), "flat", "sha256", NEW) == flat
