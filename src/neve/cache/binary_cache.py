"""A binary cache: store objects as files, in a folder, on a web server, or in an object store."""

from __future__ import annotations

import io
import json
import tempfile
import threading
from typing import IO, TYPE_CHECKING, Final

from neve import _core
from neve.cache.compression import SUFFIXES, compressor, decompressing
from neve.cache.files import CONTENT_TYPES
from neve.cache.narinfo import NarInfo
from neve.errors import (
    BadStorePathError,
    CacheError,
    HashMismatchError,
    InvalidPathError,
    StoreError,
)
from neve.log import Activity, ActivityType, Level
from neve.store.keys import SecretKey
from neve.store.paths import HASH_LENGTH, base_name, hash_part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from neve.cache.disk_cache import DiskCache, KnownCache
    from neve.cache.files import CacheFiles
    from neve.cache.options import CacheOptions
    from neve.log import Logger
    from neve.store.info import PathInfo
    from neve.store.interface import Read, Write

_INFO_FILE: Final = "nix-cache-info"
_DEFAULT_PRIORITY: Final = 50
_MEMORY_LIMIT: Final = 8 << 20
_PIECE: Final = 1 << 16


class BinaryCache:
    """A store of compressed archives and their metadata; safe to use from several threads.

    Its first use reads (or, where the cache is empty and can be written, makes) `nix-cache-info`.
    """

    def __init__(
        self,
        files: CacheFiles,
        options: CacheOptions,
        log: Logger,
        *,
        store_dir: str,
        disk_cache: DiskCache | None = None,
    ) -> None:
        """`store_dir`: the store's that works with this cache; `disk_cache` spares questions to remote ones."""
        self.options: Final = options
        self.files: Final = files
        self._log: Final = log
        self._store_dir: Final = options.store_dir or store_dir
        self._disk_cache: Final = disk_cache if files.is_remote else None
        self._mutex: Final = threading.Lock()
        self._known: Final[dict[str, NarInfo | None]] = {}
        self._info: tuple[int, bool] | None = None
        self._known_cache: KnownCache | None = None
        self._signers: list[SecretKey] | None = None

    # -- the cache itself

    @property
    def uri(self) -> str:
        """The cache's address without parameters."""
        return self.files.uri

    @property
    def store_dir(self) -> str:
        """The folder that the cache's paths are named after."""
        return self._store_dir

    @property
    def priority(self) -> int:
        """The lower, the earlier it is asked."""
        return self._read_info()[0]

    @property
    def wants_mass_query(self) -> bool:
        """Whether it may be asked for very many paths just to see which it has."""
        return self._read_info()[1]

    def _read_info(self) -> tuple[int, bool]:
        with self._mutex:
            if self._info is None:
                self._info = self._find_info()
            return self._info

    def _find_info(self) -> tuple[int, bool]:
        options = self.options
        known = self._disk_cache.find_cache(self.uri) if self._disk_cache is not None else None
        if known is not None:
            self._known_cache = known
            priority, wants = known.priority, known.wants_mass_query
        else:
            priority, wants = self._fetch_info()
            if self._disk_cache is not None:
                self._known_cache = self._disk_cache.remember_cache(
                    self.uri, self._store_dir, wants_mass_query=wants, priority=priority
                )
        return (
            priority if options.priority is None else options.priority,
            wants if options.wants_mass_query is None else options.wants_mass_query,
        )

    def _fetch_info(self) -> tuple[int, bool]:
        data = self.files.read(_INFO_FILE)
        if data is None:
            try:
                self._write(_INFO_FILE, f"StoreDir: {self._store_dir}\n".encode(), "info")
            except CacheError as error:
                raise CacheError(f"'{self.uri}' does not appear to be a binary cache") from error
            return _DEFAULT_PRIORITY, False
        lines = (line.partition(":") for line in data.decode(errors="replace").splitlines())
        values = {name.strip(): value.strip() for name, colon, value in lines if colon}
        store_dir = values.get("StoreDir", self._store_dir)
        if store_dir != self._store_dir:
            raise CacheError(
                f"binary cache '{self.uri}' is for Nix stores with prefix '{store_dir}', not '{self._store_dir}'"
            )
        priority = values.get("Priority", "")
        return int(priority) if priority.isdigit() else _DEFAULT_PRIORITY, values.get(
            "WantMassQuery"
        ) == "1"

    # -- queries

    def is_valid_path(self, path: str) -> bool:
        """Whether the cache has the path."""
        return self._find(path) is not None

    def query_valid_paths(self, wanted: Iterable[str]) -> set[str]:
        """Those of the paths that the cache has, one question for each; see `parallel.map_parallel`."""
        return {path for path in wanted if self.is_valid_path(path)}

    def query_path_info(self, path: str) -> NarInfo:
        """Raises `InvalidPathError` when the cache does not have the path, `CacheError` when it cannot say."""
        info = self._find(path)
        if info is None:
            raise InvalidPathError(path)
        return info

    def query_all_valid_paths(self) -> set[str]:
        """Everything in a cache in a folder; raises `CacheError` for others, which cannot be listed."""
        self._read_info()
        names = self.files.names()
        if names is None:
            raise CacheError(f"binary cache '{self.uri}' cannot list its paths")
        parts = [name.removesuffix(".narinfo") for name in names if name.endswith(".narinfo")]
        found = (self.query_path_from_hash_part(part) for part in parts if len(part) == HASH_LENGTH)
        return {path for path in found if path is not None}

    def query_path_from_hash_part(self, hash_part: str) -> str | None:
        """The path in the cache that begins with these 32 characters."""
        info = self._find(f"{self._store_dir}/{hash_part}-x")
        return info.path if info is not None else None

    def _find(self, path: str) -> NarInfo | None:
        part = hash_part(path)
        with self._mutex:
            if part in self._known:
                return self._known[part]
        self._read_info()
        if self._disk_cache is not None and self._known_cache is not None:
            remembered = self._disk_cache.find(self._known_cache, part)
            if remembered is not None:
                return self._note(part, remembered or None)
        with Activity(
            self._log,
            ActivityType.QUERY_PATH_INFO,
            f"querying info about '{path}' on '{self.uri}'",
            fields=(path, self.uri),
        ):
            info = self._fetch(part)
        if self._disk_cache is not None and self._known_cache is not None:
            if info is None:
                self._disk_cache.remember_missing(self._known_cache, part)
            else:
                self._disk_cache.remember(self._known_cache, info, part)
        return self._note(part, info)

    def _note(self, part: str, info: NarInfo | None) -> NarInfo | None:
        with self._mutex:
            self._known[part] = info
        return info

    def _fetch(self, part: str) -> NarInfo | None:
        name = f"{part}.narinfo"
        data = self.files.read(name)
        if data is None:
            return None
        try:
            text = data.decode()
        except UnicodeDecodeError:
            raise CacheError(f"NAR info file '{name}' is corrupt: it is no text") from None
        info = NarInfo.parse(text, self._store_dir, name)
        if hash_part(info.path) != part:
            raise CacheError(f"NAR info file '{name}' of '{self.uri}' is about '{info.path}'")
        return info

    # -- archives

    def dump_nar(self, path: str, write: Write) -> None:
        """Writes an object's archive in pieces; raises `HashMismatchError` when it is not what the narinfo says."""
        info = self.query_path_info(path)
        hasher = _core.Hasher("sha256")
        size = 0
        with self.files.open(info.url) as read:
            plain = self.unpacking(info, read)
            while piece := plain(_PIECE):
                hasher.update(piece)
                size += len(piece)
                write(piece)
        if hasher.digest() != info.nar_sha256 or size != info.nar_size:
            raise HashMismatchError(
                f"the archive of '{path}' in '{self.uri}' is not what '{hash_part(path)}.narinfo' says: "
                "it was damaged, truncated or exchanged"
            )

    def open_nar(self, info: NarInfo) -> AbstractContextManager[Read]:
        """The compressed archive; raises `MissingFileError`. Whoever reads it checks it."""
        return self.files.open(info.url)

    def unpacking(self, info: NarInfo, read: Read) -> Read:
        """The plain archive behind a compressed one; reading raises `CacheError` for a damaged one."""
        return decompressing(
            read, info.compression, f"the archive of '{info.path}' in '{self.uri}'"
        )

    def add_nar(
        self, info: PathInfo, read: Read, *, repair: bool = False, check_signatures: bool = True
    ) -> None:
        """Uploads an object, references first: those that the cache lacks are a `CacheError`."""
        del check_signatures  # A cache holds what it is given; who reads from it checks.
        if not repair and self.is_valid_path(info.path):
            return
        self._check_references(info)
        with tempfile.SpooledTemporaryFile(_MEMORY_LIMIT) as file:
            packed = _Packing(file, self.options)
            listing = packed.run(read, with_listing=self.options.write_nar_listing)
            if (packed.nar_sha256, packed.nar_size) != (info.nar_sha256, info.nar_size):
                raise HashMismatchError(
                    f"cannot add '{info.path}' to '{self.uri}': its archive does not have the hash {info.nar_hash}"
                )
            narinfo = packed.describe(info)
            if listing is not None:
                self._write_listing(info.path, listing)
            if repair or not self.files.exists(narinfo.url):
                self.files.write(narinfo.url, file, narinfo.file_size, CONTENT_TYPES["nar"])
        self._write_narinfo(self._signed(narinfo))

    def _write_listing(self, path: str, listing: dict[str, object]) -> None:
        try:
            data = _json({"version": 1, "root": listing})
        except UnicodeEncodeError:
            self._log.message(
                Level.WARN,
                f"'{path}' gets no listing in '{self.uri}': names in it are not UTF-8, which JSON demands",
            )
            return
        self._write(f"{hash_part(path)}.ls", data, "json")

    def _check_references(self, info: PathInfo) -> None:
        for reference in sorted(info.references - {info.path}):
            if not self.is_valid_path(reference):
                raise CacheError(
                    f"cannot add '{info.path}' to the binary cache because the reference '{reference}' is not valid"
                )

    def _signed(self, info: NarInfo) -> NarInfo:
        if self._signers is None:
            self._signers = [SecretKey.load(file) for file in self.options.secret_key_files]
        return info.with_signatures(key.sign(info) for key in self._signers)

    def _write_narinfo(self, info: NarInfo) -> None:
        part = hash_part(info.path)
        self._write(f"{part}.narinfo", info.render().encode(), "narinfo")
        self._note(part, info)
        self._read_info()
        if self._disk_cache is not None and self._known_cache is not None:
            self._disk_cache.remember(self._known_cache, info, part)

    def _write(self, name: str, data: bytes, kind: str) -> None:
        self.files.write(name, io.BytesIO(data), len(data), CONTENT_TYPES[kind])

    def add_signatures(self, path: str, signatures: Iterable[str]) -> None:
        """Adds signatures to an object in the cache."""
        self._write_narinfo(self.query_path_info(path).with_signatures(signatures))

    # -- build logs

    def read_build_log(self, path: str) -> bytes | None:
        """The log of a derivation's build, if the cache has it."""
        try:
            return self.files.read(f"log/{base_name(path)}")
        except (CacheError, BadStorePathError) as error:
            self._log.message(Level.DEBUG, str(error))
            return None

    def write_build_log(self, derivation: str, log: bytes) -> None:
        """Uploads the log of a derivation's build."""
        self._write(f"log/{base_name(derivation)}", log, "log")


class _Packing:
    """Compresses an archive into a file, and learns all that its narinfo needs, in one pass."""

    def __init__(self, file: IO[bytes], options: CacheOptions) -> None:
        self._file: Final = file
        self._method: Final = options.compression
        self._compressor: Final = compressor(
            options.compression,
            level=options.compression_level,
            parallel=options.parallel_compression,
        )
        self._nar_hasher: Final = _core.Hasher("sha256")
        self._file_hasher: Final = _core.Hasher("sha256")
        self.nar_size = 0
        self.nar_sha256 = b""
        self._file_sha256 = b""
        self._file_size = 0

    def run(self, read: Read, *, with_listing: bool) -> dict[str, object] | None:
        def tee(size: int) -> bytes:
            piece = read(size)
            self._nar_hasher.update(piece)
            self.nar_size += len(piece)
            self._store(self._compressor.compress(piece))
            return piece

        parse: Callable[[Read], object] = _core.list_nar if with_listing else _core.summarise_nar
        try:
            found = parse(tee)
        except ValueError as error:
            raise StoreError(f"the archive is damaged: {error}") from error
        self._store(self._compressor.flush())
        self.nar_sha256 = self._nar_hasher.digest()
        self._file_sha256 = self._file_hasher.digest()
        return found if isinstance(found, dict) else None

    def _store(self, data: bytes) -> None:
        self._file_hasher.update(data)
        self._file_size += len(data)
        self._file.write(data)

    def describe(self, info: PathInfo) -> NarInfo:
        """The narinfo of the packed object."""
        narinfo = NarInfo.of(info)
        narinfo.is_ultimate = False
        narinfo.compression = self._method
        narinfo.file_sha256 = self._file_sha256
        narinfo.file_size = self._file_size
        name = _core.encode_nix32(self._file_sha256)
        narinfo.url = f"nar/{name}.nar{SUFFIXES[self._method]}"
        return narinfo


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()
