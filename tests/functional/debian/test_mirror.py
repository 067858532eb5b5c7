"""The real archive: read, resolved, and one package of it unpacked and run."""

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from neve.debian.channel import GenerationPlan, make_generation
from neve.debian.download import Downloader
from neve.debian.errors import DownloadError
from neve.debian.mirror import Mirror
from neve.debian.package import PackageRecipe, build_package

NIXPKGS = Path(__file__).parents[3] / "nixpkgs"

pytestmark = [pytest.mark.functional, pytest.mark.network]


class Channel:
    """A generation from this machine's mirror, and packages built from it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.mirror = Mirror.find()
        self.downloader = Downloader(proxy=self.mirror.proxy)
        self.index = root / "generation/index/x86_64-linux"
        plan = GenerationPlan(NIXPKGS, self.mirror, ["x86_64-linux"])
        make_generation(root / "generation", plan, self.downloader)

    def entry(self, name: str) -> dict[str, Any]:
        """What the index has under a name."""
        shard = hashlib.sha256(name.encode()).hexdigest()[:3]
        entry: dict[str, Any] = json.loads((self.index / f"shards/{shard}.json").read_text())[name]
        return entry

    def path(self, unit: str) -> str:
        """The store path of a unit."""
        return f"{self.root}/store/{'0' * 32}-{unit}"

    def build(self, unit: str) -> None:
        """Builds a unit after its dependencies."""
        if Path(self.path(unit)).exists():
            return
        entry = self.entry(unit)
        for dependency in entry["depends"]:
            self.build(dependency)
        debs = tuple(self._download(member) for member in entry.get("members", [unit]))
        dependencies = tuple(self.path(dependency) for dependency in entry["depends"])
        recipe = PackageRecipe(unit, "1", "x86_64-linux", self.path(unit), debs, dependencies)
        build_package(recipe, self.path(unit), lambda path: path)

    def _download(self, package: str) -> str:
        entry = self.entry(package)
        data = self.downloader.get(
            self.mirror.resolve(f"mirror://{entry.get('archive', 'debian')}/{entry['path']}")
        )
        assert hashlib.sha256(data).hexdigest() == entry["sha256"]
        target = self.root / Path(entry["path"]).name
        target.write_bytes(data)
        return str(target)


def test_hello_from_the_archive(tmp_path: Path) -> None:
    """GNU hello runs from a store of its own with an empty environment."""
    (tmp_path / "store").mkdir()
    try:
        channel = Channel(tmp_path)
    except DownloadError as error:
        pytest.skip(f"no mirror within reach: {error}")
    with channel.downloader:
        channel.build("hello")
    program = f"{channel.path('hello')}/bin/hello"
    result = subprocess.run([program], env={}, capture_output=True, text=True, check=True)
    assert result.stdout == "Hello, world!\n"
    listing = subprocess.run(
        [f"{channel.path('libc6')}/lib/ld-linux-x86-64.so.2", "--list", program],
        env={}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert f"{channel.path('libc6')}/lib/libc.so.6" in listing.stdout
