"""Putting texts, files, trees and archives into a store."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from neve import _core
from neve.errors import HashMismatchError, InvalidPathError, StoreError, UntrustedPathError
from neve.log import Level, SilentLogger
from neve.store import Ingestion, PathInfo, Store, StoreSettings, adding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from neve.store import Layout

DERIVATION = (
    b'Derive([("out","/nix/store/{path}-x","","")],[],[],"s","b",[],'
    b'[("name","x"),("out","/nix/store/{path}-x")])'
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Every kind of file that an archive can hold, with metadata that a store object has not."""
    tree = tmp_path / "tree"
    (tree / "empty").mkdir(parents=True)
    (tree / "file").write_bytes(b"content")
    (tree / "program").write_bytes(b"#!/bin/sh\n")
    (tree / "program").chmod(0o700)
    (tree / "link").symlink_to("nowhere")
    (tree / os.fsdecode(b"odd\xff")).touch()
    return tree


def archive_of(path: str) -> bytes:
    pieces: list[bytes] = []
    _core.dump_path(path, pieces.append)
    return b"".join(pieces)


def test_text_is_registered_whole(store: Store) -> None:
    """Path, hash, size, references, content address and metadata follow the rules for texts."""
    needed = store.add_text("needed", b"n")
    path = store.add_text("text", b"content", [needed])
    assert path == _core.make_text_path("text", b"content", [needed], "/nix/store")
    info = store.query_path_info(path)
    archive = archive_of(store.real_path(path))
    assert info.nar_sha256 == _core.hash_bytes("sha256", archive)
    assert info.nar_size == len(archive)
    assert info.references == {needed}
    assert info.content_address is not None
    assert info.content_address.startswith("text:sha256:")
    status = os.lstat(store.real_path(path))
    assert (status.st_mode & 0o7777, status.st_mtime) == (0o444, 1)
    assert store.is_trusted(info)


def test_texts_of_a_batch_may_refer_to_earlier_ones(store: Store) -> None:
    """Many texts are written at once; one with a name that does not fit its content is refused."""
    texts: list[adding.Text] = []
    for number in range(500):
        references = [texts[-1][0]] if texts else []
        content = f"text {number}".encode()
        path = _core.make_text_path("text", content, references, "/nix/store")
        texts.append((path, content, references))
    store.add_texts(texts)
    assert len(store.compute_closure([texts[-1][0]])) == 500
    with pytest.raises(StoreError, match="does not follow from its content"):
        store.add_texts([(texts[0][0], b"other", [])])


def test_no_collector_comes_between_the_question_what_is_valid_and_the_root(
    store: Store, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text that may be valid already is a temporary root before the database is asked for it."""
    ask = Store.query_valid_paths
    seen: list[str] = []

    def ask_and_look(asked: Store, wanted: Iterable[str]) -> set[str]:
        roots = f"{layout.temp_roots_dir}/{os.getpid()}"
        with open(roots, encoding="utf-8") as file:
            seen.append(file.read())
        return ask(asked, wanted)

    monkeypatch.setattr(Store, "query_valid_paths", ask_and_look)
    path = store.add_text("text", b"content")
    assert seen[0] == f"{path}\0"


def test_no_lock_files_stay(store: Store, layout: Layout) -> None:
    """What was added leaves its objects only."""
    path = store.add_text("a", b"a")
    assert sorted(os.listdir(layout.real_store_dir)) == [".links", os.path.basename(path)]


def test_text_with_an_invalid_reference_is_not_registered(store: Store, layout: Layout) -> None:
    """A reference must be valid; neither the file nor its lock stays behind."""
    with pytest.raises(InvalidPathError):
        store.add_text("a", b"a", [f"/nix/store/{'a' * 32}-a"])
    assert store.query_all_valid_paths() == set()
    assert os.listdir(layout.real_store_dir) == [".links"]


def test_derivation_records_its_outputs(store: Store) -> None:
    """The paths of a derivation's outputs can be asked for; a damaged derivation is not written."""
    text = DERIVATION.replace(b"{path}", b"a" * 32)
    path = store.add_text("x.drv", text)
    assert store.query_derivation_outputs(path) == {"out": f"/nix/store/{'a' * 32}-x"}
    with pytest.raises(StoreError, match="error parsing derivation"):
        store.add_text("y.drv", b"garbage")
    assert store.query_all_valid_paths() == {path}


def test_derivation_from_elsewhere_is_checked(store: Store) -> None:
    """Output paths that do not follow from a derivation are refused when it comes in an archive."""
    text = DERIVATION.replace(b"{path}", b"a" * 32)
    path = _core.make_text_path("x.drv", text, [], "/nix/store")
    with pytest.raises(StoreError, match="incorrect output"):
        add_file(store, path, text)
    assert not store.is_valid_path(path)
    assert not os.path.lexists(store.real_path(path))


def add_file(store: Store, path: str, content: bytes) -> None:
    with store.temporary_directory() as folder:
        with open(f"{folder}/x", "wb") as file:
            file.write(content)
        archive = archive_of(f"{folder}/x")
    info = PathInfo(path, _core.hash_bytes("sha256", archive), len(archive))
    store.add_nar(info, io.BytesIO(archive).read, check_signatures=False)


def test_tree_is_copied_with_canonical_metadata(store: Store, tree: Path) -> None:
    """The copy has the source's archive; modes, times and path are those of a store object."""
    info = store.add_path(str(tree))
    assert archive_of(store.real_path(info.path)) == archive_of(str(tree))
    assert info.path == _core.make_fixed_output_path(
        "tree", "nar", "sha256", info.nar_sha256, [], "/nix/store"
    )
    modes = {
        name: os.lstat(f"{store.real_path(info.path)}/{name}").st_mode & 0o777
        for name in ("file", "program", "empty")
    }
    assert modes == {"file": 0o444, "program": 0o555, "empty": 0o555}
    assert os.stat(store.real_path(info.path)).st_mtime == 1


def test_large_tree_goes_through_the_disk(
    store: Store, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An archive that does not fit into memory has the same result."""
    small = store.add_path(str(tree), name="x").path
    monkeypatch.setattr(adding, "_MEMORY_LIMIT", 10)
    assert store.add_path(str(tree), name="x").path == small
    (tree / "new").touch()
    large = store.add_path(str(tree), name="x").path
    assert archive_of(store.real_path(large)) == archive_of(str(tree))
    assert sorted(os.listdir(store.layout.real_store_dir)) == sorted(
        [".links", os.path.basename(small), os.path.basename(large)]
    )


def test_other_hashes_give_other_paths(store: Store, tree: Path) -> None:
    """Flat files and other algorithms are named by the formula of fixed outputs."""
    flat = store.add_path(str(tree / "file"), how=Ingestion("flat", "sha1"))
    digest = _core.hash_bytes("sha1", b"content")
    assert flat.path == _core.make_fixed_output_path(
        "file", "flat", "sha1", digest, [], "/nix/store"
    )
    nar = store.add_path(str(tree), how=Ingestion("nar", "sha512"))
    digest = _core.hash_bytes("sha512", archive_of(str(tree)))
    assert nar.path == _core.make_fixed_output_path(
        "tree", "nar", "sha512", digest, [], "/nix/store"
    )
    assert (
        adding.compute_path(str(tree), "tree", Ingestion("nar", "sha512"), "/nix/store") == nar.path
    )


def test_flat_file_keeps_its_permission_on_request(store: Store, tree: Path) -> None:
    """The content address of a flat file does not cover that it can be executed."""
    source = str(tree / "program")
    plain = store.add_path(source, name="plain", how=Ingestion("flat"))
    kept = store.add_path(source, name="kept", how=Ingestion("flat", keep_executable=True))
    assert not os.access(store.real_path(plain.path), os.X_OK) or os.geteuid() == 0
    assert os.stat(store.real_path(plain.path)).st_mode & 0o777 == 0o444
    assert os.stat(store.real_path(kept.path)).st_mode & 0o777 == 0o555


@pytest.mark.parametrize("how", [Ingestion("nar"), Ingestion("flat")])
def test_sources_that_cannot_be_copied_are_named(
    store: Store, tmp_path: Path, how: Ingestion
) -> None:
    """Missing files, sockets and bad names are told with the file's name; nothing stays behind."""
    os.mkfifo(tmp_path / "fifo")
    for source, name in (("missing", "x"), ("fifo", "x"), ("fifo", "bad name")):
        with pytest.raises(StoreError, match=source):
            store.add_path(str(tmp_path / source), name=name, how=how)
    assert os.listdir(store.layout.real_store_dir) == [".links"]


def test_archive_is_taken_when_it_is_what_was_promised(store: Store, tree: Path) -> None:
    """Hash and size are checked; a wrong archive leaves nothing behind."""
    archive = archive_of(str(tree))
    path = f"/nix/store/{'a' * 32}-tree"
    good = PathInfo(path, _core.hash_bytes("sha256", archive), len(archive))
    for wrong, words in (
        (PathInfo(path, bytes(32), len(archive)), "hash mismatch importing path"),
        (PathInfo(path, good.nar_sha256, 1), "size mismatch importing path"),
    ):
        with pytest.raises(HashMismatchError, match=words):
            store.add_nar(wrong, io.BytesIO(archive).read, check_signatures=False)
    with pytest.raises(StoreError, match="unpacking the archive"):
        store.add_nar(good, io.BytesIO(archive[:-9]).read, check_signatures=False)
    assert not os.path.lexists(store.real_path(path))
    store.add_nar(good, io.BytesIO(archive).read, check_signatures=False)
    assert archive_of(store.real_path(path)) == archive


def test_unsigned_archive_is_refused(open_store: Callable[..., Store], tree: Path) -> None:
    """Signatures are demanded by default; a content address makes them needless."""
    store = open_store()
    archive = archive_of(str(tree))
    info = PathInfo(
        f"/nix/store/{'a' * 32}-tree", _core.hash_bytes("sha256", archive), len(archive)
    )
    with pytest.raises(UntrustedPathError, match="lacks a signature by a trusted key"):
        store.add_nar(info, io.BytesIO(archive).read)
    addressed = store.add_path(str(tree))
    other = open_store(require_sigs=False)
    other.add_nar(info, io.BytesIO(archive).read)
    store.delete_unregistered(f"/nix/store/{'b' * 32}-x")
    store.add_nar(addressed, io.BytesIO(archive).read)


def test_false_content_address_is_refused(store: Store, tree: Path) -> None:
    """A path whose address is not that of its contents is not taken, though its name fits the address."""
    archive = archive_of(str(tree))
    digest = _core.hash_bytes("sha1", b"other")
    path = _core.make_fixed_output_path("x", "nar", "sha1", digest, [], "/nix/store")
    address = f"fixed:r:{_core.encode_hash(digest, 'sha1', 'nix32', prefix=True)}"
    info = PathInfo(
        path, _core.hash_bytes("sha256", archive), len(archive), content_address=address
    )
    assert store.is_trusted(info)
    with pytest.raises(HashMismatchError, match="ca hash mismatch"):
        store.add_nar(info, io.BytesIO(archive).read)
    assert not os.path.lexists(store.real_path(path))


def test_half_written_object_is_replaced(store: Store) -> None:
    """What a killed process left at a path does not matter."""
    path = _core.make_text_path("a", b"whole", [], "/nix/store")
    os.mkdir(store.real_path(path))
    assert store.add_text("a", b"whole") == path
    with open(store.real_path(path), "rb") as file:
        assert file.read() == b"whole"


def test_repair_replaces_a_valid_object(store: Store) -> None:
    """With `repair` the damage is undone, without it a valid path is left alone."""
    path = store.add_text("a", b"whole")
    os.chmod(store.real_path(path), 0o644)
    with open(store.real_path(path), "wb") as file:
        file.write(b"damaged")
    store.add_text("a", b"whole")
    assert not store.verify(check_contents=True)
    store.add_text("a", b"whole", repair=True)
    assert store.verify(check_contents=True)


def test_many_sources_are_added_together(store: Store, tmp_path: Path) -> None:
    """Equal files become one path; the order of results is that of the sources."""
    sources = []
    for number in range(300):
        file = tmp_path / f"file{number}"
        file.write_text(str(number % 150))
        sources.append((str(file), "file"))
    infos = store.add_paths(sources)
    assert [info.path for info in infos[:150]] == [info.path for info in infos[150:]]
    assert len(store.query_all_valid_paths()) == 150


def test_large_copies_are_warned_of(layout: Layout, tmp_path: Path) -> None:
    """`warn-large-path-threshold` counts bytes of the archive; smaller ones are silent."""
    messages: list[tuple[Level, str]] = []

    class Recorder(SilentLogger):
        @override
        def message(self, level: Level, text: str) -> None:
            messages.append((level, text))

    (tmp_path / "small").write_text("x")
    (tmp_path / "large").write_text("x" * 5000)
    settings = StoreSettings(warn_large_path_threshold=4096)
    with Store(layout, settings, Recorder()) as store:
        store.add_path(str(tmp_path / "small"))
        store.add_path(str(tmp_path / "large"))
    warning = f"copied large path '{tmp_path}/large' to the store (5.0 KiB)"
    assert messages == [(Level.WARN, warning)]


def test_ignored_attributes_stay(layout: Layout, tmp_path: Path) -> None:
    """`ignored-acls` names extended attributes that are left alone; all others go."""
    file = tmp_path / "file"
    file.write_text("x")
    try:
        os.setxattr(file, "user.kept", b"1")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    os.setxattr(file, "user.dropped", b"1")
    with Store(layout, StoreSettings(ignored_acls=("user.kept",))) as store:
        store.canonicalise(str(file))
    assert os.listxattr(file) == ["user.kept"]
