"""Roots: links and running processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from neve.errors import StoreError
from neve.store import roots
from neve.store.runtime_roots import find_runtime_roots

if TYPE_CHECKING:
    from tests.unit.store.conftest import RecordingLogger

    from neve.store import Layout, Store


def lasting(store: Store) -> dict[str, set[str]]:
    return {
        path: {link for link in links if not link.startswith("/proc/")}
        for path, links in roots.find_lasting_roots(store, censor=False).items()
    }


def test_permanent_root_is_an_indirect_link(store: Store, layout: Layout, tmp_path: Path) -> None:
    """The link points to the path, `gcroots/auto` to the link; both are found."""
    path = store.add_text("a", b"a")
    link = store.add_permanent_root(path, str(tmp_path / "sub" / "result"))
    assert os.readlink(link) == path
    [name] = os.listdir(f"{layout.gc_roots_dir}/auto")
    assert len(name) == 32
    assert os.readlink(f"{layout.gc_roots_dir}/auto/{name}") == link
    assert lasting(store)[path] == {link}


def test_root_can_be_moved_to_another_path(store: Store, tmp_path: Path) -> None:
    """A link into the store is replaced; anything else is not."""
    first, second = store.add_text("a", b"a"), store.add_text("b", b"b")
    link = str(tmp_path / "result")
    store.add_permanent_root(first, link)
    store.add_permanent_root(second, link)
    assert os.readlink(link) == second
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="already exists"):
        store.add_permanent_root(first, str(tmp_path / "file"))
    with pytest.raises(StoreError, match="in the Nix store"):
        store.add_permanent_root(first, f"{first}-result")


def test_every_kind_of_root_is_found(store: Store, layout: Layout, tmp_path: Path) -> None:
    """Links below `gcroots` and `profiles`, links to links, and files named after a path."""
    path = store.add_text("a", b"a")
    gcroots = Path(layout.gc_roots_dir)
    (gcroots / "sub").mkdir()
    (gcroots / "sub" / "direct").symlink_to(f"{path}/bin")
    (tmp_path / "outside").symlink_to(path)
    (gcroots / "indirect").symlink_to(tmp_path / "outside")
    (gcroots / os.path.basename(path)).touch()
    (Path(layout.profiles_dir) / "profile").symlink_to(path)
    assert lasting(store) == {
        path: {
            str(gcroots / "sub" / "direct"),
            str(tmp_path / "outside"),
            str(gcroots / os.path.basename(path)),
            f"{layout.profiles_dir}/profile",
        }
    }


def test_dead_links_are_dropped(store: Store, layout: Layout, log: RecordingLogger) -> None:
    """A link to nothing is removed from `auto` only; a link to an invalid path is passed over."""
    roots.make_link(f"{layout.gc_roots_dir}/auto/x", "/nowhere")
    roots.make_link(f"{layout.gc_roots_dir}/kept", "/nowhere")
    roots.make_link(f"{layout.gc_roots_dir}/invalid", f"/nix/store/{'a' * 32}-a")
    assert lasting(store) == {}
    assert sorted(os.listdir(layout.gc_roots_dir)) == ["auto", "invalid", "kept", "per-user"]
    assert os.listdir(f"{layout.gc_roots_dir}/auto") == []
    assert sorted(message.split()[0] for message in log.messages) == ["removing", "skipping"]


def test_running_processes_keep_paths(store: Store, layout: Layout) -> None:
    """Programs, folders, open and mapped files, and names in the environment count."""
    opened, named = store.add_text("opened", b"x"), store.add_text("named", b"y")
    code = "import sys; f = open(sys.argv[1]); print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, store.real_path(opened)],
        env={"SOME_PATH": f"/x:{named}/bin"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        found = find_runtime_roots(layout)
        process.communicate()
    assert any(source.endswith(f"{process.pid}/environ") for source in found[named])
    assert any(f"{process.pid}/fd/" in source for source in found[opened])


def test_censored_roots_do_not_tell_who(store: Store) -> None:
    """Other users' processes are nobody's business."""
    path = store.add_text("a", b"a")
    assert store.find_roots(censor=True)[path] == {roots.CENSORED}
