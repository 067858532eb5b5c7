"""What every step of making a package works on."""

import os
import posixpath
from dataclasses import dataclass, field

from neve.debian.architecture import Architecture
from neve.debian.dependencies import Dependencies
from neve.debian.layout import Placement
from neve.debian.unpack import Tree


@dataclass(slots=True)
class Context:
    """One package in the making."""

    name: str
    tree: Tree
    output: str
    """The store path that the tree will have."""
    direct: tuple[str, ...]
    """The store paths of the direct dependencies."""
    dependencies: Dependencies
    interpreters: Dependencies
    """Where scripts find interpreters that they do not declare."""
    architecture: Architecture
    placement: Placement
    certificates: str | None = None
    """The store path of the package with the certificates of public authorities, for programs that speak TLS."""
    planned: frozenset[str] = frozenset()
    """Files that wrappers will add."""
    missing_libraries: dict[str, list[str]] = field(default_factory=dict)
    """File → names of libraries that nothing provides."""

    @property
    def private(self) -> str:
        """The directory of what stands between programs and interpreters: its name is no other package's."""
        return f"libexec/neve/{self.name}"

    def find(self, path: str) -> str | None:
        """The full store path of what a Debian system has at `path` (with a leading slash), if a package has it."""
        relative = self.placement.place(posixpath.normpath(path).lstrip("/"))
        if not relative:
            return None
        if relative in self.planned or self.has(relative):
            return f"{self.output}/{relative}"
        return self.dependencies.find(relative)

    def find_interpreter(self, path: str) -> str | None:
        """The same among the interpreters that scripts may take for granted."""
        return self.interpreters.find(self.placement.place(path.lstrip("/")))

    def has(self, relative: str) -> bool:
        """Whether this package holds a file at this place, behind links to directories too."""
        return self.tree.has(relative) or os.path.lexists(self.tree.path(relative))
