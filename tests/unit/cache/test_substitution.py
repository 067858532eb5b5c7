"""Getting objects from caches."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from neve.cache.copying import copy_closure
from neve.errors import CacheError
from neve.log import SILENT
from neve.store import StoreSettings
from neve.store.keys import SecretKey

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.cache.conftest import RecordingLogger, WebServer

    from neve.cache.opening import StoreOpener
    from neve.store import Store

KEY = SecretKey.generate("trusted")


@pytest.fixture
def paths(store: Store, tmp_path: Path) -> list[str]:
    """Two objects, one referring to the other, neither content-addressed; a key file beside them."""
    (tmp_path / "key").write_text(KEY.text)
    first = store.add_text("first", b"1")
    second = store.add_text("second", b"2" * 1000, [first])
    store.database.execute("update ValidPaths set ca = null")
    return [first, second]


@pytest.fixture
def target(make_opener: Callable[..., StoreOpener]) -> StoreOpener:
    settings = StoreSettings(gc_reserved_space=0, trusted_public_keys=(KEY.public_key,))
    return make_opener(store=settings, fallback=False)


def make_cache(
    opener: StoreOpener, store: Store, paths: list[str], folder: Path, *, signed: bool = True
) -> str:
    key = f"&secret-key={folder.parent}/key" if signed else ""
    uri = f"file://{folder}?compression=none{key}"
    copy_closure(store, opener.open_cache(uri), paths, log=SILENT)
    return f"file://{folder}"


def test_closure_is_fetched(
    opener: StoreOpener, target: StoreOpener, store: Store, paths: list[str], tmp_path: Path
) -> None:
    """A plan says what and how much; then all is valid."""
    uri = make_cache(opener, store, paths, tmp_path / "cache")
    here = target.open_local(str(tmp_path / "target"))
    substituters = target.substituters(here, [uri])
    plan = substituters.plan([paths[1]])
    assert plan.offers.keys() == set(paths)
    assert plan.nar_size == sum(store.query_path_info(path).nar_size for path in paths)
    assert plan.download_size == plan.nar_size
    assert substituters.substitute_closure([paths[1]]) == set()
    assert here.query_all_valid_paths() == set(paths)
    assert here.verify(check_contents=True)


def test_unknown_paths_are_given_back(
    opener: StoreOpener, target: StoreOpener, store: Store, paths: list[str], tmp_path: Path
) -> None:
    """What no cache has is no error; a path that needs such is not fetched."""
    uri = make_cache(opener, store, paths, tmp_path / "cache")
    os.unlink(tmp_path / "cache" / f"{paths[0][11:43]}.narinfo")
    here = target.open_local(str(tmp_path / "target"))
    missing = f"/nix/store/{'0' * 32}-x"
    substituters = target.substituters(here, [uri])
    assert substituters.substitute_closure([paths[1], missing]) == {paths[1], missing}
    assert here.query_all_valid_paths() == set()
    assert not substituters.substitute(missing)


@pytest.mark.parametrize("damage", ["truncated", "altered", "missing", "other"])
def test_damaged_archive_sends_us_to_the_next_cache(
    opener: StoreOpener,
    target: StoreOpener,
    store: Store,
    paths: list[str],
    tmp_path: Path,
    damage: str,
) -> None:
    """Whatever is wrong with an archive, it is refused and another cache tried; nothing half stays behind."""
    bad = make_cache(opener, store, paths, tmp_path / "bad")
    good = make_cache(opener, store, paths, tmp_path / "good")
    url = opener.open_cache(bad).query_path_info(paths[0]).url
    archive = tmp_path / "bad" / url
    content = archive.read_bytes()
    if damage == "truncated":
        archive.write_bytes(content[:-20])
    elif damage == "altered":
        archive.write_bytes(content.replace(b"1", b"x", 1))
    elif damage == "missing":
        archive.unlink()
    else:
        other = opener.open_cache(bad).query_path_info(paths[1]).url
        archive.write_bytes((tmp_path / "bad" / other).read_bytes())
    here = target.open_local(str(tmp_path / "target"))
    assert target.substituters(here, [bad, good]).substitute_closure([paths[1]]) == set()
    assert here.verify(check_contents=True)


def test_damaged_archive_without_another_cache_is_an_error(
    opener: StoreOpener, target: StoreOpener, store: Store, paths: list[str], tmp_path: Path
) -> None:
    """The path is named; it is not valid."""
    uri = make_cache(opener, store, paths, tmp_path / "cache")
    archive = tmp_path / "cache" / opener.open_cache(uri).query_path_info(paths[0]).url
    archive.write_bytes(archive.read_bytes()[:-20])
    here = target.open_local(str(tmp_path / "target"))
    with pytest.raises(CacheError, match=f"no substituter could deliver '{paths[0]}'"):
        target.substituters(here, [uri]).substitute_closure([paths[1]])
    assert here.query_all_valid_paths() == set()
    assert os.listdir(here.layout.real_store_dir) == [".links"]


def test_unsigned_objects_are_passed_over(
    opener: StoreOpener,
    target: StoreOpener,
    store: Store,
    paths: list[str],
    tmp_path: Path,
    log: RecordingLogger,
) -> None:
    """Without a trusted signature a cache does not count, unless its address says that it is trusted."""
    uri = make_cache(opener, store, paths, tmp_path / "cache", signed=False)
    here = target.open_local(str(tmp_path / "target"))
    assert not target.substituters(here, [uri]).substitute(paths[0])
    assert any("it's not signed by any of the keys" in message for message in log.messages)
    assert target.substituters(here, [f"{uri}?trusted=true"]).substitute(paths[0])


def test_signature_covers_the_references(
    opener: StoreOpener, target: StoreOpener, store: Store, paths: list[str], tmp_path: Path
) -> None:
    """Metadata that were changed after signing are not believed."""
    uri = make_cache(opener, store, paths, tmp_path / "cache")
    narinfo = tmp_path / "cache" / f"{paths[1][11:43]}.narinfo"
    narinfo.write_text(narinfo.read_text().replace(f"References: {paths[0][11:]}", "References: "))
    here = target.open_local(str(tmp_path / "target"))
    assert not target.substituters(here, [uri]).substitute(paths[1])


def test_caches_are_asked_by_priority(
    opener: StoreOpener, target: StoreOpener, store: Store, paths: list[str], tmp_path: Path
) -> None:
    """The lowest number first, then by position."""
    uris = []
    for name, priority in (("a", 50), ("b", 30), ("c", 30)):
        uris.append(make_cache(opener, store, paths, tmp_path / name))
        (tmp_path / name / "nix-cache-info").write_text(
            f"StoreDir: /nix/store\nPriority: {priority}\n"
        )
    here = target.open_local(str(tmp_path / "target"))
    substituters = target.substituters(here, uris)
    assert [cache.uri[-1] for cache in substituters.caches] == ["b", "c", "a"]
    assert substituters.find([paths[0]])[paths[0]].source.uri == uris[1]


def test_dead_cache_is_left_out(
    opener: StoreOpener,
    target: StoreOpener,
    store: Store,
    paths: list[str],
    tmp_path: Path,
    log: RecordingLogger,
) -> None:
    """One that cannot be reached is a warning, and the others serve."""
    uri = make_cache(opener, store, paths, tmp_path / "cache")
    here = target.open_local(str(tmp_path / "target"))
    substituters = target.substituters(here, ["http://127.0.0.1:1", "nonsense://x", uri])
    assert substituters.substitute_closure(paths) == set()
    assert any("127.0.0.1:1" in message for message in log.messages)
    assert any("nonsense" in message for message in log.messages)


def test_failing_cache_is_an_error_unless_building_is_a_fallback(
    make_opener: Callable[..., StoreOpener], web: WebServer, tmp_path: Path
) -> None:
    """A cache that may have the path and does not say so must not silently mean a build."""
    web.files["/nix-cache-info"] = b"StoreDir: /nix/store\n"
    web.before = lambda path, handler: path.endswith(".narinfo") and web.send(handler, 500, b"")
    path = f"/nix/store/{'0' * 32}-x"
    strict = make_opener()
    with pytest.raises(CacheError, match="HTTP error 500"):
        strict.substituters(strict.open_local(str(tmp_path / "a")), [web.url]).find([path])
    lenient = make_opener(fallback=True)
    here = lenient.open_local(str(tmp_path / "b"))
    assert lenient.substituters(here, [web.url]).find([path]) == {}


def test_local_store_can_be_a_source(
    target: StoreOpener, store: Store, paths: list[str], tmp_path: Path
) -> None:
    """A store on the disk serves as a cache does."""
    info = store.query_path_info(paths[0])
    store.add_signatures(paths[0], [KEY.sign(info)])
    here = target.open_local(str(tmp_path / "target"))
    assert target.substituters(here, [str(tmp_path / "source")]).substitute(paths[0])


def test_damaged_path_is_replaced_on_repair(
    opener: StoreOpener, target: StoreOpener, store: Store, paths: list[str], tmp_path: Path
) -> None:
    """A valid path is fetched again when it is to be repaired."""
    uri = make_cache(opener, store, paths, tmp_path / "cache")
    here = target.open_local(str(tmp_path / "target"))
    substituters = target.substituters(here, [uri])
    substituters.substitute_closure(paths)
    os.chmod(here.real_path(paths[0]), 0o644)
    with open(here.real_path(paths[0]), "ab") as file:
        file.write(b"damage")
    assert substituters.substitute(paths[0])
    assert not here.verify(check_contents=True)
    assert substituters.substitute(paths[0], repair=True)
    assert here.verify(check_contents=True)


def test_substitution_can_be_switched_off(
    make_opener: Callable[..., StoreOpener], tmp_path: Path
) -> None:
    """With `substitute = false` the caches of the settings are not used."""
    opener = make_opener(substitute=False, substituters=("http://127.0.0.1:1",))
    assert opener.substituters(opener.open_local(str(tmp_path / "a"))).caches == []
