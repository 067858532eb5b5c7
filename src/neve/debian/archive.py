"""The archive's package lists: fetched, checked against the signed release file, unpacked.

A mirror may change while it is read: then the release file in hand names indexes that are gone, and everything starts
over with the new one. Index files are kept by hash, so that an unchanged one is not fetched again.
"""

import gzip
import hashlib
import lzma
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from neve.debian.architecture import Architecture
from neve.debian.download import Downloader
from neve.debian.errors import ArchiveMismatchError, DownloadError, NotOnMirrorError
from neve.debian.mirror import COMPONENTS, Mirror, Suite
from neve.debian.trust import IndexFile, Release

_ATTEMPTS: Final = 3
_DECOMPRESSORS: Final[dict[str, Callable[[bytes], bytes]]] = {
    ".xz": lzma.decompress,
    ".gz": gzip.decompress,
    "": bytes,
}


@dataclass(frozen=True)
class PackageList:
    """One `Packages` file."""

    suite: Suite
    component: str
    data: bytes


@dataclass(frozen=True)
class Snapshot:
    """The archive at one moment: signed release files and the package lists that they vouch for."""

    releases: tuple[Release, ...]
    lists: tuple[PackageList, ...]

    @property
    def date(self) -> datetime:
        """When its youngest suite was published."""
        return max(release.date for release in self.releases)


class Archive:
    """Reads a mirror's suites for one architecture."""

    def __init__(
        self,
        mirror: Mirror,
        architecture: Architecture,
        downloader: Downloader,
        *,
        cache_dir: Path | None = None,
    ) -> None:
        """`cache_dir` keeps index files by hash between runs."""
        self._mirror: Final = mirror
        self._architecture: Final = architecture
        self._downloader: Final = downloader
        self._cache_dir: Final = cache_dir

    def read(self, suites: Iterable[Suite], components: Iterable[str] = COMPONENTS) -> Snapshot:
        """Fetches and checks everything.

        Raises `ArchiveSignatureError`, `ArchiveDateError` or `ArchiveMismatchError` for a mirror that cannot be
        trusted, `DownloadError` for one that cannot be read; suites that a mirror may lack are left out.
        """
        wanted = tuple(components)
        with ThreadPoolExecutor(max_workers=4) as pool:
            found = pool.map(lambda suite: self._read_suite(suite, wanted), suites)
            results = [result for result in found if result is not None]
        return Snapshot(
            tuple(release for release, _ in results),
            tuple(package_list for _, lists in results for package_list in lists),
        )

    def read_release(self, suite: Suite) -> Release:
        """Fetches a suite's release file and checks its signature and dates."""
        url = f"{self._mirror.base(suite.archive)}/{suite.directory}/InRelease"
        release = Release.verify(suite, self._downloader.get(url))
        release.check_dates(self._mirror)
        return release

    def _read_suite(
        self, suite: Suite, components: tuple[str, ...]
    ) -> tuple[Release, list[PackageList]] | None:
        problem: Exception | None = None
        for _ in range(_ATTEMPTS):
            try:
                release = self.read_release(suite)
            except NotOnMirrorError:
                if suite.is_optional:
                    return None
                raise
            try:
                return release, list(self._read_lists(release, components))
            except (ArchiveMismatchError, NotOnMirrorError) as error:
                problem = error
        raise DownloadError(
            f"the mirror's suite {suite.name} kept changing while it was read ({problem}); try again in a few minutes, "
            "or choose another mirror with the setting debian-mirror"
        ) from problem

    def _read_lists(self, release: Release, components: tuple[str, ...]) -> Iterator[PackageList]:
        for component in components:
            path = f"{component}/binary-{self._architecture.debian}/Packages"
            found = _smallest(release, path)
            if found is not None:
                suffix, entry = found
                data = _DECOMPRESSORS[suffix](self._read_index(release, entry))
                yield PackageList(release.suite, component, data)

    def _read_index(self, release: Release, entry: IndexFile) -> bytes:
        cached = self._cached(entry)
        if cached is not None:
            return cached
        directory = f"{self._mirror.base(release.suite.archive)}/{release.suite.directory}"
        url = f"{directory}/{entry.path}"
        data = None
        if release.by_hash:
            folder = url.rpartition("/")[0]
            try:
                data = self._downloader.get(f"{folder}/by-hash/SHA256/{entry.sha256}")
            except NotOnMirrorError:
                data = None  # a mirror may lag behind with these names; the plain name is checked just as well
        if data is None:
            data = self._downloader.get(url)
        entry.check(data, url)
        self._keep(entry, data)
        return data

    def _cached(self, entry: IndexFile) -> bytes | None:
        if self._cache_dir is None:
            return None
        try:
            data = (self._cache_dir / entry.sha256).read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == entry.sha256 else None

    def _keep(self, entry: IndexFile, data: bytes) -> None:
        if self._cache_dir is None:
            return
        self._cache_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._cache_dir, delete=False) as file:
            file.write(data)
        os.replace(file.name, self._cache_dir / entry.sha256)


def _smallest(release: Release, path: str) -> tuple[str, IndexFile] | None:
    for suffix in _DECOMPRESSORS:
        entry = release.files.get(path + suffix)
        if entry is not None:
            return suffix, entry
    return None
