"""A channel generation: the package set's Nix code, with an index of the archive as it is now.

    <generation>/default.nix, lib/, pkgs/, nixos/    the tree that `<nixpkgs>` stands for
    <generation>/index/<system>/                     the index for each system

Who calls this puts the directory into the store; the same tree and the same state of the archive give the same bytes.
"""

import gc
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from neve.debian.architecture import Architecture
from neve.debian.archive import Archive, Snapshot
from neve.debian.download import Downloader
from neve.debian.index import Source, resolve_source, write_index
from neve.debian.mirror import COMPONENTS, Mirror, suites_of
from neve.debian.rules import Rules
from neve.log import SILENT, Activity, Level, Logger

RELEASE: Final = "trixie"
"""The Debian release that the package set is made for."""
_RULES: Final = "pkgs/debian/rules.toml"
_INDEX: Final = "index"
_BYTE_CODE: Final = "__pycache__"
"""What installers leave beside scripts of the tree."""


@dataclass(frozen=True)
class GenerationPlan:
    """What a generation is made from."""

    tree: Path
    """The package set's Nix code."""
    mirror: Mirror
    systems: Sequence[str]
    cache_dir: Path | None = None
    """Keeps index files by hash between runs."""
    components: Sequence[str] = COMPONENTS


def make_generation(
    target: Path, plan: GenerationPlan, downloader: Downloader, logger: Logger = SILENT
) -> dict[str, Snapshot]:
    """Makes a generation in the directory `target`, which must not exist; the archive's state by system.

    Raises `DebianError` when the archive cannot be read or trusted, `OSError` when the directory cannot be written;
    `target` is then removed again.
    """
    architectures = [Architecture.from_system(system) for system in plan.systems]
    snapshots = {}
    try:
        _copy_tree(plan.tree, target)
        for architecture in architectures:
            text = f"reading Debian {RELEASE} for {architecture.system}"
            with Activity(logger, text=text, level=Level.INFO):
                archive = Archive(plan.mirror, architecture, downloader, cache_dir=plan.cache_dir)
                snapshot = archive.read(suites_of(RELEASE), plan.components)
            text = f"resolving Debian {RELEASE} for {architecture.system}"
            with Activity(logger, text=text, level=Level.INFO), _without_collector():
                source = Source(snapshot, Rules.load(plan.tree / _RULES), architecture)
                directory = target / _INDEX / architecture.system
                write_index(directory, source, resolve_source(source))
            snapshots[architecture.system] = snapshot
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    return snapshots


def renew_generation(target: Path, tree: Path, earlier: Path) -> None:
    """Makes a generation of the Nix code in `tree`, with the index of an earlier generation.

    `target` must not exist. Raises `OSError`; `target` is then removed again.
    """
    try:
        _copy_tree(tree, target)
        shutil.copytree(earlier / _INDEX, target / _INDEX, symlinks=True)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise


def tree_state(tree: Path) -> str:
    """A digest that changes with the tree: of names, sizes and times of its files, contents are not read."""
    digest = hashlib.sha256()
    for directory, directories, files in os.walk(tree):
        directories[:] = sorted(set(directories) - set(_left_out(tree, directory)))
        for name in sorted(files):
            status = os.lstat(os.path.join(directory, name))
            place = os.path.relpath(directory, tree)
            state = (place, name, status.st_mode, status.st_size, status.st_mtime_ns)
            digest.update(repr(state).encode(errors="surrogateescape"))
    return digest.hexdigest()


def index_state(tree: Path) -> str:
    """A digest of what else an index depends on beside the archive: the tree's rules, and how they are applied."""
    digest = hashlib.sha256()
    for file in (tree / _RULES, *sorted(Path(__file__).parent.glob("*.py"))):
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _copy_tree(tree: Path, target: Path) -> None:
    def ignore(directory: str, _: list[str]) -> Sequence[str]:
        return _left_out(tree, directory)

    shutil.copytree(tree, target, symlinks=True, ignore=ignore)


def _left_out(tree: Path, directory: str) -> Sequence[str]:
    """Names in a directory of the tree that are no part of the package set."""
    return (_INDEX, _BYTE_CODE) if os.path.samefile(directory, tree) else (_BYTE_CODE,)


@contextmanager
def _without_collector() -> Iterator[None]:
    """A resolution makes a million objects and no cycles among them: the collector would only go over them again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
