"""The package set of this installation as generations in a store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from neve.debian.channel import GenerationPlan, tree_state
from neve.fetch.settings import FetchSettings
from neve.lang import embedded_channel
from neve.lang.embedded_channel import EmbeddedChannel
from neve.store import Store


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
