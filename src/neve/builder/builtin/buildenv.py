"""`builtin:buildenv`: a folder of links to what packages hold, the form of profiles.

Packages of a higher priority (a smaller number) win where two have a file of the same name. The variable `derivations`
lists packages: whether it is active, its priority, how many paths follow, and these.
"""

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from neve.builder.builtin import BuiltinContext, BuiltinError
from neve.log import Level
from neve.store import Store
from neve.store.paths import is_in_store

_FIRST_PROPAGATED_PRIORITY: Final = 1000
_MAX_LINKS: Final = 40
_LEFT_OUT: Final = (
    "/propagated-build-inputs",
    "/nix-support",
    "/perllocal.pod",
    "/info/dir",
    "/log",
    "/manifest.nix",
    "/manifest.json",
)
"""Ends of file names that would collide all the time and are of no use in a profile."""


@dataclass(frozen=True, slots=True)
class Package:
    """A store path in a profile."""

    path: str
    is_active: bool
    priority: int


def build(context: BuiltinContext) -> None:
    """Makes the output `out`."""
    out = context.outputs.get("out")
    if out is None:
        raise BuiltinError("'builtin:buildenv' requires an 'out' output")
    os.mkdir(out)
    packages = list(parse_packages(context.attribute("derivations")))
    builder = EnvironmentBuilder(context.store, out, context)
    builder.add_all(packages)
    os.symlink(context.attribute("manifest"), f"{out}/manifest.nix")


def parse_packages(text: str) -> Iterator[Package]:
    """The packages in the variable `derivations`; raises `BuiltinError`."""
    words = iter(text.split())
    try:
        for word in words:
            is_active = word != "false"
            priority = int(next(words))
            for _ in range(int(next(words))):
                yield Package(next(words), is_active, priority)
    except (RuntimeError, StopIteration, ValueError):
        raise BuiltinError(f"attribute 'derivations' makes no sense: '{text}'") from None


class EnvironmentBuilder:
    """Fills a folder with links."""

    def __init__(self, store: Store, out: str, context: BuiltinContext | None = None) -> None:
        """Writes to `out`, which exists."""
        self._store: Final = store
        self._out: Final = out
        self._context: Final = context
        self._priorities: Final[dict[str, int]] = {}
        """File name below `out` → the priority of the package that it links to."""
        self._done: Final[set[str]] = set()
        self._postponed: set[str] = set()

    def add_all(self, packages: list[Package]) -> None:
        """Links what packages hold, then what they want to be installed with them; raises `BuiltinError`."""
        for package in sorted(packages, key=lambda item: (item.priority, item.path)):
            if package.is_active:
                self._add(package.path, package.priority)
        priority = _FIRST_PROPAGATED_PRIORITY
        while self._postponed:
            wanted, self._postponed = self._postponed, set()
            for path in sorted(wanted):
                self._add(path, priority)
                priority += 1

    def _add(self, path: str, priority: int) -> None:
        if path in self._done:
            return
        self._done.add(path)
        self._link_folder(path, "", priority)
        wanted = f"{path}/nix-support/propagated-user-env-packages"
        try:
            with open(self._resolve(wanted), encoding="utf-8") as file:
                self._postponed |= set(file.read().split()) - self._done
        except OSError as error:
            if error.errno not in {errno.ENOENT, errno.ENOTDIR}:
                raise

    def _link_folder(self, source: str, below: str, priority: int) -> None:
        """Links the entries of a folder of a package into the folder `below` of the output."""
        if self._context is not None:
            self._context.check_stop()
        try:
            names = sorted(os.listdir(self._resolve(source)))
        except NotADirectoryError:
            self._warn(
                f'not including "{source}" in the user environment because it\'s not a directory'
            )
            return
        for name in names:
            if not name.startswith("."):
                self._link(f"{source}/{name}", f"{below}/{name}", priority)

    def _link(self, source: str, below: str, priority: int) -> None:
        try:
            is_folder = stat.S_ISDIR(os.stat(self._resolve(source)).st_mode)
        except FileNotFoundError:
            self._warn(f"skipping dangling symlink '{self._out}{below}'")
            return
        if source.endswith(_LEFT_OUT):
            return
        target = self._out + below
        try:
            there = os.lstat(target).st_mode
        except FileNotFoundError:
            self._make_link(source, below, priority)
            return
        if is_folder:
            self._merge_folder(source, below, priority, there)
        elif stat.S_ISDIR(there):
            raise BuiltinError(
                f"collision between non-directory '{source}' and directory '{target}'"
            )
        else:
            self._choose(source, below, priority)

    def _merge_folder(self, source: str, below: str, priority: int, there: int) -> None:
        if stat.S_ISLNK(there):
            # So far a link to another package's folder: becomes a folder of links to its entries.
            other = os.readlink(self._out + below)
            if not stat.S_ISDIR(os.stat(self._resolve(other)).st_mode):
                raise BuiltinError(f'collision between "{source}" and non-directory "{other}"')
            os.unlink(self._out + below)
            os.mkdir(self._out + below)
            self._link_folder(other, below, self._priorities[below])
        self._link_folder(source, below, priority)

    def _choose(self, source: str, below: str, priority: int) -> None:
        previous = self._priorities[below]
        if previous == priority:
            raise BuiltinError(conflict(os.readlink(self._out + below), source, priority))
        if previous > priority:
            os.unlink(self._out + below)
            self._make_link(source, below, priority)

    def _make_link(self, source: str, below: str, priority: int) -> None:
        os.symlink(source, self._out + below)
        self._priorities[below] = priority

    def _resolve(self, path: str) -> str:
        """Where a file in the store lies on this machine, links followed by their names in the store."""
        for _ in range(_MAX_LINKS):
            path, link = self._find_link(path)
            if link is None:
                return self._store.real_path(path)
            path = os.path.normpath(os.path.join(os.path.dirname(path), link))
            if not is_in_store(path, self._store.store_dir):
                return path
        raise BuiltinError(f"too many symbolic links encountered while resolving '{path}'")

    def _find_link(self, path: str) -> tuple[str, str | None]:
        """The path with its first link replaced by what the link says; no link, no replacement."""
        real_path = self._store.real_path(path)
        if real_path == path:
            # The kernel follows links itself.
            return path, None
        parts = path[len(self._store.store_dir) + 1 :].split("/")
        current = self._store.store_dir
        for index, part in enumerate(parts):
            current = f"{current}/{part}"
            try:
                link = os.readlink(self._store.real_path(current))
            except OSError:
                continue
            return current, os.path.join(link, *parts[index + 1 :])
        return path, None

    def _warn(self, text: str) -> None:
        self._store.log.message(Level.WARN, text)


def conflict(first: str, second: str, priority: int) -> str:
    """Two packages of one priority have the same file."""
    return (
        f"Unable to build profile. There is a conflict for the following files:\n\n  {first}\n  {second}\n\n"
        f"Both have the priority {priority}: give one of them another, or remove it."
    )
