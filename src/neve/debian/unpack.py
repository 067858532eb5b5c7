"""Unpacking packages into one tree with a store object's layout.

Links are collected first and made last, when it is known what they can point at, so that no entry of a package is ever
written through a link.
"""

import os
import stat
import tarfile
from dataclasses import dataclass, field
from typing import Final

from neve.debian.deb import DebFile, check_member, refusal, relative_path
from neve.debian.errors import PackageFormatError
from neve.debian.layout import Placement, is_root_link

_PIECE: Final = 1 << 22
_SET_ID: Final = stat.S_ISUID | stat.S_ISGID
HEAD_SIZE: Final = 64
"""Bytes of each file that are kept to tell what it is."""


@dataclass(slots=True)
class Regular:
    """An unpacked file."""

    source: str
    """Its path in the package, without a leading slash."""
    is_executable: bool
    head: bytes
    """Its first bytes."""
    size: int


@dataclass(slots=True)
class Link:
    """A symbolic link that a package holds."""

    source: str
    target: str


@dataclass(slots=True)
class Tree:
    """What was unpacked; keys are paths relative to the store object."""

    root: str
    files: dict[str, Regular] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    directories: set[str] = field(default_factory=set)
    set_id: dict[str, str] = field(default_factory=dict)
    """Files that had a set-user-id or set-group-id bit → their mode in octal and `user:group`."""

    def path(self, relative: str) -> str:
        """Where a file of the tree lies."""
        return f"{self.root}/{relative}"

    def has(self, relative: str) -> bool:
        """Whether the tree holds this file, link or directory."""
        return relative in self.files or relative in self.links or relative in self.directories

    def rename(self, old: str, new: str) -> None:
        """Follows a file or link that was given another name."""
        if old in self.files:
            self.files[new] = self.files.pop(old)
        else:
            self.links[new] = self.links.pop(old)

    def add_root(self) -> None:
        """Makes the root itself."""
        os.mkdir(self.root)

    def add_directory(self, relative: str) -> None:
        """Makes a directory and those above it; raises `PackageFormatError` where there is a file."""
        if relative in self.directories or not relative:
            return
        if relative in self.files:
            raise PackageFormatError(f"'{relative}' is both a file and a directory")
        self.links.pop(relative, None)
        self.add_directory(os.path.dirname(relative))
        os.mkdir(self.path(relative))
        self.directories.add(relative)

    def add_link(self, relative: str, source: str, target: str) -> None:
        """Notes a link, to be made later; a file or directory at the same place stays."""
        if not self.has(relative):
            self.add_directory(os.path.dirname(relative))
            self.links[relative] = Link(source, target)


def unpack(package: str, tree: Tree, placement: Placement) -> dict[str, str]:
    """Adds a package's files to `tree`; the package's control files by name.

    Raises `PackageFormatError` for a damaged package and for one with entries that must not be unpacked.
    """
    deb = DebFile(package)
    with deb.data() as archive:
        for member in archive:
            source = check_member(member, package)
            relative = placement.place(source)
            if relative:
                _Unpacker(tree, placement, package).add(archive, member, source, relative)
    return deb.control_files()


@dataclass(frozen=True, slots=True)
class _Unpacker:
    tree: Tree
    placement: Placement
    package: str

    def add(
        self, archive: tarfile.TarFile, member: tarfile.TarInfo, source: str, relative: str
    ) -> None:
        if member.isdir():
            self.tree.add_directory(relative)
        elif member.issym():
            if not is_root_link(source):  # these only join places that are one here
                self.tree.add_link(relative, source, member.linkname)
        elif self._may_replace(source, relative):
            self.tree.add_directory(os.path.dirname(relative))
            if member.islnk():
                self._add_hard_link(member, source, relative)
            else:
                self._write(archive, member, source, relative)

    def _may_replace(self, source: str, relative: str) -> bool:
        """Whether a file goes to this place, which is then free: of two the architecture's own wins, else the first."""
        self.tree.links.pop(relative, None)
        other = self.tree.files.get(relative)
        if relative in self.tree.directories:
            raise PackageFormatError(f"'{relative}' is both a file and a directory")
        if other is None:
            return True
        if not self.placement.is_multiarch(source) or self.placement.is_multiarch(other.source):
            return False
        os.unlink(self.tree.path(relative))
        return True

    def _add_hard_link(self, member: tarfile.TarInfo, source: str, relative: str) -> None:
        target = self.placement.place(relative_path(member.linkname))
        original = self.tree.files.get(target)
        if original is None:
            reason = f"it is a hard link to '{member.linkname}', which the package does not hold"
            raise refusal(self.package, source, reason)
        os.link(self.tree.path(target), self.tree.path(relative))
        self.tree.files[relative] = Regular(
            source, original.is_executable, original.head, original.size
        )

    def _write(
        self, archive: tarfile.TarFile, member: tarfile.TarInfo, source: str, relative: str
    ) -> None:
        content = archive.extractfile(member)
        if content is None:
            raise PackageFormatError(f"{self.package} is damaged: '{source}' has no content")
        if member.mode & _SET_ID:
            owner = f"{member.uname or member.uid}:{member.gname or member.gid}"
            self.tree.set_id[relative] = f"{member.mode & 0o7777:o} {owner}"
        is_executable = bool(member.mode & 0o111)
        head = b""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        descriptor = os.open(self.tree.path(relative), flags, 0o755 if is_executable else 0o644)
        try:
            while piece := content.read(_PIECE):
                head = head or piece[:HEAD_SIZE]
                _write_all(descriptor, piece)
        finally:
            os.close(descriptor)
        self.tree.files[relative] = Regular(source, is_executable, head, member.size)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
