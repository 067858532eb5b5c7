"""Channel generations."""

import json
from pathlib import Path

import pytest
from tests.unit.debian.signed_archive import SignedArchive

from neve.debian import trust
from neve.debian.channel import GenerationPlan, make_generation
from neve.debian.errors import DebianError, NotOnMirrorError, UnsupportedSystemError
from neve.debian.mirror import Mirror

LIST = "Package: hello\nVersion: 2.10\nFilename: pool/hello.deb\nSize: 1\nSHA256: aa\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A package set with a single file and no rules."""
    tree = tmp_path / "tree"
    (tree / "pkgs/debian").mkdir(parents=True)
    (tree / "default.nix").write_text("{ }")
    (tree / "pkgs/debian/rules.toml").write_text("")
    return tree


def plan(tree: Path, system: str = "x86_64-linux") -> GenerationPlan:
    """A generation of the test archive."""
    mirror = Mirror("http://mirror.example/debian", check_valid_until=False)
    return GenerationPlan(tree, mirror, [system])


def test_generation(
    archive: SignedArchive, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A generation holds the tree and the index, and is the same when made again."""
    monkeypatch.setattr(trust, "archive_keys", lambda: [archive.key])
    archive.publish("trixie", {"main": LIST})
    made = []
    for name in ("one", "two"):
        with archive.downloader() as downloader:
            make_generation(tmp_path / name, plan(tree), downloader)
        files = sorted(path for path in (tmp_path / name).rglob("*") if path.is_file())
        made.append({str(path.relative_to(tmp_path / name)): path.read_bytes() for path in files})
    assert made[0] == made[1]
    assert made[0]["default.nix"] == b"{ }"
    assert json.loads(made[0]["index/x86_64-linux/names.json"]) == {"hello": 0}


def test_failure_leaves_nothing(archive: SignedArchive, tree: Path, tmp_path: Path) -> None:
    """A mirror without the suite, or a system without packages, leaves no directory behind."""
    failures: list[tuple[str, type[DebianError]]] = [
        ("x86_64-linux", NotOnMirrorError),
        ("riscv64-linux", UnsupportedSystemError),
    ]
    for system, error in failures:
        with archive.downloader() as downloader, pytest.raises(error):
            make_generation(tmp_path / "out", plan(tree, system), downloader)
        assert not (tmp_path / "out").exists()
