"""Saving space: equal files become hard links to one file in `.links`, named after the hash of its archive."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from neve import _core
from neve.errors import StoreError
from neve.log import Activity, ActivityType, Level, ResultType
from neve.store.sizes import render_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neve.store.local import Store

_CANONICAL_TIME: Final = 1
_DIRECTORY_MODE: Final = 0o555


@dataclass
class OptimisationReport:
    """What linking saved."""

    files_linked: int = 0
    bytes_freed: int = 0


def optimise_store(store: Store) -> OptimisationReport:
    """See `Store.optimise`."""
    with Activity(store.log, ActivityType.OPTIMISE_STORE) as activity:
        linker = Linker(store, activity)
        linker.load_known_inodes()
        wanted = sorted(store.query_all_valid_paths())
        activity.progress(0, len(wanted))
        for done, path in enumerate(wanted, 1):
            store.add_temp_root(path)
            if store.is_valid_path(path):
                store.log.message(Level.TALKATIVE, f"optimising path '{path}'")
                linker.link_tree(store.real_path(path))
            activity.progress(done, len(wanted))
    report = linker.report
    store.log.message(
        Level.INFO,
        f"{render_size(report.bytes_freed)} freed by hard-linking {report.files_linked} files",
    )
    return report


class Linker:
    """Replaces files by links to equal ones."""

    def __init__(
        self, store: Store, activity: Activity | None = None, *, repair: bool = False
    ) -> None:
        """With `repair`, a link is trusted only after its contents were hashed again."""
        self.report: Final = OptimisationReport()
        self._store: Final = store
        self._activity: Final = activity
        self._repair: Final = repair
        self._links_dir: Final = store.layout.links_dir
        self._known_inodes: Final[set[int]] = set()

    def load_known_inodes(self) -> None:
        """Learns which files are linked already, so that they need not be hashed."""
        with _explained(self._links_dir), os.scandir(self._links_dir) as entries:
            self._known_inodes.update(entry.inode() for entry in entries)

    def link_tree(self, real_path: str) -> None:
        """Links all files of an object, which must have canonical metadata."""
        with _explained(real_path):
            self._visit(real_path)

    def _visit(self, path: str) -> None:
        status = os.lstat(path)
        if stat.S_ISDIR(status.st_mode):
            with os.scandir(path) as entries:
                names = [entry.name for entry in entries if entry.inode() not in self._known_inodes]
            for name in names:
                self._visit(f"{path}/{name}")
        elif stat.S_ISREG(status.st_mode) and status.st_mode & stat.S_IWUSR:
            self._store.log.message(Level.WARN, f'skipping suspicious writable file "{path}"')
        elif status.st_nlink > 1 and status.st_ino in self._known_inodes:
            return
        elif stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode):
            self._link(path, status)

    def _link(self, path: str, status: os.stat_result) -> None:
        # The hash covers the permission to execute, so files that differ in it alone stay apart.
        digest = _core.summarise_path(path).sha256
        link = f"{self._links_dir}/{_core.encode_nix32(digest)}"
        self._remove_damaged(link, status, digest)
        existing = self._find_link(link) or self._create_link(path, link)
        if existing is None or existing.st_ino == status.st_ino:
            return
        self._store.log.message(Level.TALKATIVE, f"linking '{path}' to '{link}'")
        if self._replace(path, link):
            self._known_inodes.add(existing.st_ino)
            self.report.files_linked += 1
            self.report.bytes_freed += status.st_size
            if self._activity is not None:
                self._activity.result(ResultType.FILE_LINKED, status.st_size, status.st_blocks)

    def _remove_damaged(self, link: str, status: os.stat_result, digest: bytes) -> None:
        try:
            existing = os.lstat(link)
        except FileNotFoundError:
            return
        if existing.st_size == status.st_size and not (
            self._repair and _core.summarise_path(link).sha256 != digest
        ):
            return
        self._store.log.message(Level.WARN, f'removing corrupted link "{link}"')
        self._store.log.message(
            Level.WARN,
            "There may be more corrupted paths.\n"
            "You should run `nix-store --verify --check-contents --repair` to fix them all",
        )
        os.unlink(link)

    def _find_link(self, link: str) -> os.stat_result | None:
        try:
            return os.lstat(link)
        except FileNotFoundError:
            return None

    def _create_link(self, path: str, link: str) -> os.stat_result | None:
        """Makes a file the one that others are linked to; nothing when the folder of links is full."""
        try:
            os.link(path, link, follow_symlinks=False)
        except FileExistsError:
            pass
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            self._store.log.message(
                Level.INFO, f"cannot link '{link}' to '{path}': {error.strerror}"
            )
            return None
        created = os.lstat(link)
        self._known_inodes.add(created.st_ino)
        return created

    def _replace(self, path: str, link: str) -> bool:
        """Puts a link in a file's place; false when the file system allows no more links to it."""
        parent = os.path.dirname(path)
        temporary = (
            f"{self._store.layout.real_store_dir}/.tmp-link-{os.getpid()}-{random.getrandbits(31)}"
        )
        with _writable(parent, unless=self._store.layout.real_store_dir):
            try:
                os.link(link, temporary, follow_symlinks=False)
                try:
                    os.rename(temporary, path)
                finally:
                    with contextlib.suppress(FileNotFoundError):
                        os.unlink(temporary)
            except OSError as error:
                if error.errno != errno.EMLINK:
                    raise
                return False
        return True


@contextlib.contextmanager
def _writable(directory: str, *, unless: str) -> Iterator[None]:
    """Lets entries of an object's folder be replaced, and gives it back its metadata."""
    if directory == unless:
        yield
        return
    mode = stat.S_IMODE(os.lstat(directory).st_mode)
    os.chmod(directory, mode | stat.S_IWUSR)
    try:
        yield
    finally:
        os.chmod(directory, _DIRECTORY_MODE)
        os.utime(directory, (_CANONICAL_TIME, _CANONICAL_TIME))


@contextlib.contextmanager
def _explained(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"optimising '{path}': {error.strerror} ('{error.filename}')") from error
