"""Fetching for expressions: what the builtins that fetch ask for.

fetcher = Fetcher(store, transfers, FetchSettings(cache_dir=…))
fetcher.fetch("fetchTarball", {"url": "https://example.org/x.tar.gz", "name": "source"})["outPath"]
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from neve import _core
from neve.errors import FetchError, HashMismatchError, NeveError
from neve.fetch import lock_file
from neve.fetch.downloads import Downloads, Wanted
from neve.fetch.flakes import LockedFlake, Locker, LockWishes, Tree
from neve.fetch.provider import stands_for_nixpkgs
from neve.fetch.registry import Registries
from neve.fetch.remembered import Memory
from neve.fetch.trees import TreeFetcher, describe, locked_attributes
from neve.log import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from neve.fetch.flakes import FlakeFile
    from neve.fetch.registry import Entry
    from neve.fetch.settings import FetchSettings
    from neve.store import Store
    from neve.transfer import Transfers

    Arguments = Mapping[str, Any]

_HASH_MISMATCH_STATUS: Final = 102


@dataclass(frozen=True)
class Services:
    """What fetching asks of others; each may be missing."""

    provide: Callable[[], str] | None = None
    """The store path of the package set of this installation, for addresses of nixpkgs without a hash."""
    substitute: Callable[[str], bool] | None = None
    """Gets a store path from a binary cache; false when none has it."""
    read_flake_file: Callable[[str], FlakeFile] | None = None
    """Evaluates the file at a path."""


class Fetcher:
    """Fetches into one store. Close it in the end."""

    def __init__(
        self,
        store: Store,
        transfers: Transfers,
        settings: FetchSettings,
        *,
        services: Services | None = None,
    ) -> None:
        self._store: Final = store
        self._settings: Final = settings
        self._services: Final = services or Services()
        self._memory: Final = Memory(settings.cache_dir, settings.tarball_ttl)
        self._downloads: Final = Downloads(store, transfers, self._memory)
        self._trees: Final = TreeFetcher(store, settings, self._downloads, self._memory)
        self._said: Final[set[str]] = set()
        self._locked_flakes: Final[dict[str, LockedFlake]] = {}
        self.overrides: Final[list[Entry]] = []
        """Entries that count before those of all registries."""

    def close(self) -> None:
        """Closes what is remembered; the store and the transfers are the caller's."""
        self._memory.close()

    def fetch(self, function: str, arguments: Arguments) -> dict[str, Any]:
        """The answer of `neve._core.Host.fetch`, but for `fetchClosure`.

        Raises `FetchError`, `TransferError`, `HashMismatchError` (exit status 102), `StoreError`.
        """
        match function:
            case "fetchurl" | "fetchTarball":
                return {"outPath": self._fetch_file(arguments, function == "fetchTarball")}
            case "fetchTree" | "fetchGit" | "fetchMercurial":
                return self.fetch_tree(arguments).result
            case "resolveTree":
                found = self._resolve(arguments, is_limited=True)
                return {name: value for name, value in found.items() if name != "dir"}
            case "getFlake":
                return self._get_flake(arguments)
        raise FetchError(f"'{function}' is not supported by this version of Neve")

    # -- files

    def _fetch_file(self, arguments: Arguments, is_archive: bool) -> str:  # noqa: FBT001 - which of two
        """`fetchurl` and `fetchTarball`: `url`, `sha256`, `name` → the store path."""
        url = str(arguments["url"])
        if is_archive:
            url = resolve_channel(url)
        name = str(arguments.get("name", "source"))
        digest = _digest(arguments)
        if digest is not None:
            path = _core.make_fixed_output_path(
                name,
                "nar" if is_archive else "flat",
                "sha256",
                digest,
                (),
                self._store.store_dir,
            )
            if self._is_there(path):
                return path
        elif is_archive and self._services.provide is not None and stands_for_nixpkgs(url):
            return self.provide(str(arguments["url"]))
        found = self._downloads.get(Wanted(url, name, is_archive, is_pinned=digest is not None))
        if digest is not None and found.sha256 != digest:
            raise _mismatch(url, digest, found.sha256)
        return found.path

    # -- trees

    def fetch_tree(self, arguments: Arguments, *, is_limited: bool = False) -> Tree:
        """A tree by its attributes. With `is_limited`, a flake asks for it: see `Registries.resolve`."""
        if not arguments.get("__final"):
            return self._fetch_any(self._resolve(arguments, is_limited=is_limited))
        path = self._final_path(arguments)
        if path is None:
            return self._fetch_any(arguments)
        return self._tree(arguments, {**arguments, "outPath": path})

    def _resolve(self, arguments: Arguments, *, is_limited: bool) -> Arguments:
        if arguments["type"] != "indirect":
            return arguments
        if not self._settings.use_registries:
            raise FetchError(
                f"'{describe(arguments)}' is an indirect flake reference, but registry lookups are not allowed"
            )
        own = self._registries(with_global=False).resolve(arguments, is_limited=is_limited)
        if own["type"] != "indirect" or self._provides(own):
            return own
        found = self._registries(with_global=True).resolve(own, is_limited=is_limited)
        if found["type"] == "indirect":
            raise FetchError(f"cannot find flake '{describe(found)}' in the flake registries")
        return found

    def _registries(self, *, with_global: bool) -> Registries:
        settings = self._settings
        has_global = with_global and bool(settings.flake_registry)
        return Registries(
            settings.registry_files,
            self._read_global_registry if has_global else None,
            settings.flake_registry,
            self.overrides,
        )

    def _read_global_registry(self) -> str:
        path = self._settings.flake_registry
        if "://" in path:
            path = self._store.real_path(
                self._downloads.get(Wanted(path, "flake-registry.json")).path
            )
        try:
            with open(path, encoding="utf-8") as file:
                return file.read()
        except (OSError, UnicodeDecodeError) as error:
            raise FetchError(f"cannot read the flake registry '{path}': {error}") from error

    def _fetch_any(self, arguments: Arguments) -> Tree:
        if not self._provides(arguments):
            return self._tree(arguments, self._trees.fetch(arguments))
        path = self.provide(describe(arguments))
        sha256 = self._store.query_path_info(path).nar_sha256
        digest = _core.encode_hash(sha256, "sha256", "sri")
        # The tree itself, since the address names another.
        located = {"type": "path", "path": path}
        return self._tree(located, {"outPath": path, "narHash": digest, "lastModified": 1})

    def _tree(self, arguments: Arguments, result: dict[str, Any]) -> Tree:
        folder = self._store.real_path(str(result["outPath"]))
        return Tree(locked_attributes(arguments, result), result, folder)

    def _final_path(self, arguments: Arguments) -> str | None:
        """Where a tree is whose hash a lock file says, if it need not be fetched from its source."""
        text = arguments.get("narHash")
        if text is None:
            return None
        digest = _core.parse_hash(str(text), "sha256")[1]
        path = _core.make_fixed_output_path(
            "source", "nar", "sha256", digest, (), self._store.store_dir
        )
        if self._is_there(path):
            return path
        if self._services.substitute is None:
            return None
        try:
            return path if self._services.substitute(path) else None
        except NeveError as error:
            self._store.log.message(Level.DEBUG, str(error))
            return None

    def _provides(self, arguments: Arguments) -> bool:
        """Whether a tree is nixpkgs, whatever its version."""
        is_pinned = bool(arguments.get("rev") or arguments.get("narHash"))
        return (
            self._services.provide is not None
            and not is_pinned
            and stands_for_nixpkgs(describe(arguments))
        )

    # -- flakes

    def lock_flake(self, reference: Arguments, wishes: LockWishes | None = None) -> LockedFlake:
        """A flake and the versions of all that it needs; no file is written."""
        read_file = self._services.read_flake_file
        if read_file is None:
            raise FetchError("flakes cannot be read here: there is nothing to evaluate their files")

        def warn(text: str) -> None:
            self._store.log.message(Level.WARN, text)

        return Locker(self.fetch_tree, read_file, warn).lock(reference, wishes)

    def remember_flake(self, flake: LockedFlake) -> dict[str, Any]:
        """The reference by which expressions get just this flake, with what it is locked to here."""
        reference = locate_tree(flake.tree.result, flake.folder)
        self._locked_flakes[_core.show_flake_ref(reference)] = flake
        return reference

    def _get_flake(self, reference: Arguments) -> dict[str, Any]:
        known = self._locked_flakes.get(_core.show_flake_ref(dict(reference)))
        flake = known or self.lock_flake(reference)
        value, keys = lock_file.to_json(flake.root)
        overrides = {
            keys[node]: {"sourceInfo": place.tree.result, "dir": place.folder}
            for node, place in flake.fetched.items()
            # What lies within another flake is found there.
            if node in keys and node.parent is None
        }
        source = flake.tree.result
        if flake.is_changed:
            # With the lock file that it should have, the flake would be another than its commit.
            if known is None:
                shown = _core.show_flake_ref(dict(reference))
                message = f"not writing modified lock file of flake '{shown}'"
                self._store.log.message(Level.WARN, message)
            source = {name: source[name] for name in source if name not in {"rev", "revCount"}}
        overrides[keys[flake.root]] = {"sourceInfo": source, "dir": flake.folder}
        return {"lockFile": json.dumps(value), "overrides": overrides}

    def provide(self, address: str) -> str:
        """The package set of this installation in place of an address, which is said once."""
        assert self._services.provide is not None  # noqa: S101 - asked for before
        if address not in self._said:
            self._said.add(address)
            self._store.log.message(
                Level.NOTICE,
                f"using Neve's own package set for '{address}' "
                "(the setting 'nixpkgs-provider' is 'embedded'; 'upstream' fetches it)",
            )
        return self._services.provide()

    def _is_there(self, path: str) -> bool:
        self._store.add_temp_root(path)
        return self._store.is_valid_path(path)


def _digest(arguments: Arguments) -> bytes | None:
    text = arguments.get("sha256")
    return None if text is None else _core.parse_hash(str(text), "sha256")[1]


def locate_tree(result: Arguments, folder: str) -> dict[str, Any]:
    """The reference to a tree that is in the store, from what `fetchTree` answers; `folder` is where its flake lies."""
    names = ("narHash", "rev", "revCount", "lastModified")
    return {
        "type": "path",
        "path": result["outPath"],
        **{name: result[name] for name in names if name in result},
        **({"dir": folder} if folder else {}),
    }


def resolve_channel(url: str) -> str:
    """The address of an archive: `channel:NAME` stands for that channel's newest one."""
    if url.startswith("channel:"):
        return f"https://channels.nixos.org/{url.removeprefix('channel:')}/nixexprs.tar.xz"
    return url


def _mismatch(url: str, specified: bytes, got: bytes) -> HashMismatchError:
    specified_text, got_text = (
        _core.encode_hash(digest, "sha256", "nix32", prefix=True) for digest in (specified, got)
    )
    error = HashMismatchError(
        f"hash mismatch in file downloaded from '{url}':\n  specified: {specified_text}\n  got:       {got_text}"
    )
    error.exit_status = _HASH_MISMATCH_STATUS
    return error
