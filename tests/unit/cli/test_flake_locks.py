"""What a lock file may hold."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from neve.cli.flake_locks import _find_unlocked
from neve.cli.nix_commands import flake_lock
from neve.errors import NeveError
from neve.fetch.lock_file import Node
from neve.settings import Settings

HASH = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
DIRTY = {"type": "git", "url": "file:///r", "dirtyRev": "1-dirty", "narHash": HASH}
ARCHIVE = {"type": "github", "owner": "o", "repo": "r", "rev": "1" * 40}


def find(locked: dict[str, Any], text: str) -> dict[str, Any] | None:
    settings = Settings({})
    settings.apply(f"experimental-features = flakes\n{text}", "test.conf")
    outer = Node(locked={"type": "tarball", "url": "u", "narHash": HASH})
    outer.inputs["inner"] = Node(locked=locked)
    return _find_unlocked(Node(inputs={"outer": outer, "same": ("outer",)}), settings)


def test_a_work_tree_with_changes_is_locked_where_that_is_allowed() -> None:
    """Such a tree has a hash, but nobody else can fetch it: `allow-dirty-locks` decides, at any depth."""
    assert find(DIRTY, "") == DIRTY
    assert find(DIRTY, "allow-dirty-locks = true") is None
    assert find({**DIRTY, "rev": "1" * 40}, "") is None


def test_a_revision_locks_an_archive_where_forges_are_trusted() -> None:
    """Without `trust-tarballs-from-git-forges` the archive needs a hash."""
    assert find(ARCHIVE, "") is None
    assert find(ARCHIVE, "trust-tarballs-from-git-forges = false") == ARCHIVE
    assert find({**ARCHIVE, "narHash": HASH}, "trust-tarballs-from-git-forges = false") is None


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_no_lock_file_is_written_for_changes_that_nobody_else_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`nix flake lock` names the input and the way out; with `--allow-dirty-locks` it writes."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NIX_CONFIG", "experimental-features = nix-command flakes")
    changed = tmp_path / "changed"
    changed.mkdir()
    (changed / "flake.nix").write_text("{ outputs = _: { }; }")
    subprocess.run(["git", "init", "--quiet", changed], check=True)
    subprocess.run(["git", "-C", changed, "add", "flake.nix"], check=True)
    flake = tmp_path / "flake"
    flake.mkdir()
    url = f"git+file://{changed}"
    (flake / "flake.nix").write_text(f'{{ inputs.a.url = "{url}"; outputs = _: {{ }}; }}')
    words = [f"path:{flake}", "--store", str(tmp_path / "store")]
    with pytest.raises(NeveError, match=r"has an unlocked input .* Use '--allow-dirty-locks'"):
        flake_lock.run(words)
    assert not (flake / "flake.lock").exists()
    assert flake_lock.run([*words, "--allow-dirty-locks"]) == 0
    assert "narHash" in (flake / "flake.lock").read_text()
