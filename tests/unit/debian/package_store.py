"""A store that tests build packages into."""

import json
import os
from pathlib import Path
from typing import Any

from tests.unit.debian.deb_files import make_deb

from neve.debian.context import Context
from neve.debian.package import PackageRecipe, build_package


class Store:
    """A directory that packages are built into."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, name: str) -> str:
        """The store path of a package."""
        return f"{self.root}/{'0' * 32}-{name}"

    def build(self, name: str, debs: list[str], **inputs: Any) -> Context:
        """Builds a package from `.deb` files."""
        recipe = PackageRecipe(name, "1", "x86_64-linux", self.path(name), tuple(debs), **inputs)
        return build_package(recipe, self.path(name), lambda path: path)

    def deb(self, *entries: Any, **options: Any) -> str:
        """A package file."""
        return make_deb(self.root / f"{len(os.listdir(self.root))}.deb", entries, **options)

    def record(self, name: str) -> dict[str, Any]:
        """A package's record."""
        record: dict[str, Any] = json.loads(
            Path(self.path(name), "nix-support/debian.json").read_text()
        )
        return record


def content(path: str) -> str:
    """A file's text."""
    return Path(path).read_text()
