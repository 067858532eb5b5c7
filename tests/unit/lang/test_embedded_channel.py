"""The package set of this installation as generations in a store."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from neve.debian.channel import GenerationPlan, tree_state
from neve.errors import FetchError
from neve.fetch.settings import FetchSettings
from neve.lang import embedded_channel
from neve.lang.channel_lock import FILE, ChannelLock
from neve.lang.embedded_channel import EmbeddedChannel
from neve.store import Store
from neve.store.roots import find_lasting_roots


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(str(tmp_path / "root")) as store:
        yield store


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package set that stands for the installed one."""
    tree = tmp_path / "tree"
    (tree / "pkgs/debian").mkdir(parents=True)
    (tree / "nixos").mkdir()
    (tree / "nixos/default.nix").write_text("{ }")
    (tree / "default.nix").write_text("1")
    (tree / "pkgs/debian/rules.toml").write_text("")
    monkeypatch.setattr(embedded_channel, "_find_tree", lambda: tree)
    return tree


@pytest.fixture
def resolutions(monkeypatch: pytest.MonkeyPatch) -> list[GenerationPlan]:
    """Every time that an archive would have been read and resolved."""
    plans: list[GenerationPlan] = []

    def make(target: Path, plan: GenerationPlan, *_: object) -> None:
        plans.append(plan)
        (target / "index/x86_64-linux").mkdir(parents=True)
        (target / "index/x86_64-linux/names.json").write_text(f'{{ "n": {len(plans)} }}')
        (target / "default.nix").write_bytes((plan.tree / "default.nix").read_bytes())

    monkeypatch.setattr(embedded_channel, "make_generation", make)
    return plans


def provide(store: Store, tmp_path: Path, *, ttl_seconds: int = 3600) -> Path:
    settings = FetchSettings(cache_dir=str(tmp_path / "cache"), tarball_ttl=ttl_seconds)
    path = EmbeddedChannel(store, settings, "x86_64-linux").provide()
    return Path(store.real_path(path))


def test_generation_follows_the_tree(
    store: Store, tree: Path, resolutions: list[GenerationPlan], tmp_path: Path
) -> None:
    """An edit of the tree shows at once, with the index that was made before."""
    first = provide(store, tmp_path)
    assert provide(store, tmp_path) == first
    (tree / "default.nix").write_text("{ two = 2; }")
    (tree / "pkgs/debian/__pycache__").mkdir()
    (tree / "pkgs/debian/__pycache__/x.pyc").write_text("")
    second = provide(store, tmp_path)
    assert (second / "default.nix").read_text() == "{ two = 2; }"
    assert (second / "nixos/default.nix").read_text() == "{ }"
    assert (second / "index/x86_64-linux/names.json").read_text() == '{ "n": 1 }'
    assert not (second / "pkgs/debian/__pycache__").exists()
    assert len(resolutions) == 1


def test_index_follows_the_rules(
    store: Store, tree: Path, resolutions: list[GenerationPlan], tmp_path: Path
) -> None:
    """Rules of the resolution are part of what an index is made from; so is the wish for a new look at the archive."""
    provide(store, tmp_path)
    (tree / "pkgs/debian/rules.toml").write_text("# other rules")
    provide(store, tmp_path)
    assert len(resolutions) == 2
    provide(store, tmp_path, ttl_seconds=0)
    assert len(resolutions) == 3


def test_deleted_generation_is_made_again(
    store: Store, tree: Path, resolutions: list[GenerationPlan], tmp_path: Path
) -> None:
    """What the collector took is not handed out."""
    del tree
    first = provide(store, tmp_path)
    store.close()
    with Store.open(str(tmp_path / "root")) as again:
        again.delete_paths([f"{again.store_dir}/{first.name}"], ignore_liveness=True)
        assert provide(again, tmp_path).exists()
    assert len(resolutions) == 2


def test_state_ignores_byte_code_and_index(tree: Path) -> None:
    """What is made beside the tree's files by installers and by the resolution does not change its state."""
    before = tree_state(tree)
    (tree / "index").mkdir()
    (tree / "index/names.json").write_text("{}")
    (tree / "nixos/__pycache__").mkdir()
    (tree / "nixos/__pycache__/driver.pyc").write_text("")
    assert tree_state(tree) == before
    (tree / "nixos/index").write_text("a file of the tree, wherever it is not at the top")
    assert tree_state(tree) != before


RELEASES = {
    "trixie": {"date": "2026-09-12T07:55:41+00:00", "version": "13.7"},
    "trixie-security": {"date": "2026-11-21T00:53:03+00:00", "version": "13"},
}


def lock(store: Store, path: Path) -> ChannelLock:
    """The lock of a generation."""
    (found,) = [name for name in store.query_all_valid_paths() if name.endswith(path.name)]
    info = store.query_path_info(found)
    return ChannelLock(found, info.nar_hash, "x86_64-linux", RELEASES)


@pytest.mark.usefixtures("resolutions")
def test_lock_pins_a_generation(
    store: Store, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock in the project's folder or above it counts more than the newest generation."""
    first = provide(store, tmp_path)
    project = tmp_path / "project/part"
    project.mkdir(parents=True)
    lock(store, first).write(project.parent / FILE)
    (tree / "default.nix").write_text("2")
    assert provide(store, tmp_path) != first
    monkeypatch.chdir(project)
    assert provide(store, tmp_path) == first


def test_locked_generation_is_made_again(
    store: Store, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is gone comes from the archive as it was; one that cannot be had is refused."""
    asked: list[GenerationPlan] = []

    def make(target: Path, plan: GenerationPlan, *_: object) -> None:
        asked.append(plan)
        (target / "index/x86_64-linux").mkdir(parents=True)
        (target / "default.nix").write_bytes((plan.tree / "default.nix").read_bytes())

    monkeypatch.setattr(embedded_channel, "make_generation", make)
    pinned = lock(store, provide(store, tmp_path))
    with Store.open(str(tmp_path / "other")) as other:
        project = tmp_path / "project"
        project.mkdir()
        other_path = pinned.path.replace(store.store_dir, other.store_dir)
        replace(pinned, path=other_path).write(project / FILE)
        monkeypatch.chdir(project)
        settings = FetchSettings(debian_snapshot="http://snapshot.example/")
        assert EmbeddedChannel(other, settings, "x86_64-linux").provide() == other_path
        mirror = asked[-1].mirror
        assert mirror.main == "http://snapshot.example/archive/debian/20260912T135541Z"
        assert mirror.security.endswith("/archive/debian-security/20261121T065303Z")
        assert not mirror.check_valid_until
        replace(pinned, path=other_path, nar_hash="sha256:0").write(project / FILE)
        with pytest.raises(FetchError, match="has the hash"):
            EmbeddedChannel(other, settings, "x86_64-linux").provide()
    (tree / "default.nix").write_text("another version of Neve")
    with (
        Store.open(str(tmp_path / "third")) as third,
        pytest.raises(FetchError, match="use the version that wrote the lock"),
    ):
        EmbeddedChannel(third, settings, "x86_64-linux").provide()


def test_damaged_lock(tmp_path: Path) -> None:
    """What is no lock file is refused with the file's name; so is one of a later version."""
    (tmp_path / FILE).write_text("{")
    with pytest.raises(FetchError, match=r"neve.lock' is no lock file"):
        ChannelLock.find(str(tmp_path))
    (tmp_path / FILE).write_text('{ "version": 2 }')
    with pytest.raises(FetchError, match="has version 2"):
        ChannelLock.find(str(tmp_path))


def test_the_last_generation_is_kept(
    store: Store, tree: Path, resolutions: list[GenerationPlan], tmp_path: Path
) -> None:
    """Garbage collection leaves it, and only it."""
    del resolutions
    for text in ("1", "2"):
        (tree / "default.nix").write_text(text)
        path = provide(store, tmp_path)
        roots = find_lasting_roots(store, censor=False)
        assert [os.path.basename(root) for root in roots] == [path.name]
