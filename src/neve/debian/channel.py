"""A channel generation: the package set's Nix code, with an index of the archive as it is now.

    <generation>/default.nix, lib/, pkgs/, nixos/    the tree that `<nixpkgs>` stands for
    <generation>/index/<system>/                     the index for each system

Who calls this puts the directory into the store; the same tree and the same state of the archive give the same bytes.
"""

import gc
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
        shutil.copytree(plan.tree, target, symlinks=True, ignore=shutil.ignore_patterns("index"))
        for architecture in architectures:
            text = f"reading Debian {RELEASE} for {architecture.system}"
            with Activity(logger, text=text, level=Level.INFO):
                archive = Archive(plan.mirror, architecture, downloader, cache_dir=plan.cache_dir)
                snapshot = archive.read(suites_of(RELEASE), plan.components)
            text = f"resolving Debian {RELEASE} for {architecture.system}"
            with Activity(logger, text=text, level=Level.INFO), _without_collector():
                source = Source(snapshot, Rules.load(plan.tree / _RULES), architecture)
                directory = target / "index" / architecture.system
                write_index(directory, source, resolve_source(source))
            snapshots[architecture.system] = snapshot
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    return snapshots


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
