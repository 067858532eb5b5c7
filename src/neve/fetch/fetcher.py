"""Fetching for expressions: what `builtins.fetchurl`, `fetchTarball`, `fetchGit` and `fetchTree` ask for.

fetcher = Fetcher(store, transfers, FetchSettings(cache_dir=…))
fetcher.fetch("fetchTarball", {"url": "https://example.org/x.tar.gz"})["outPath"]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from neve import _core
from neve.errors import FetchError, HashMismatchError
from neve.fetch.downloads import Downloads, Wanted
from neve.fetch.git import GitFetcher, GitInput
from neve.fetch.provider import stands_for_nixpkgs
from neve.fetch.remembered import Memory
from neve.fetch.trees import TreeFetcher, describe, parse_reference
from neve.log import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from neve.fetch.settings import FetchSettings
    from neve.store import Store
    from neve.transfer import Transfers

    Provide = Callable[[], str]
    """The store path of the package set that comes with this installation."""

_HASH_MISMATCH_STATUS: Final = 102


class Fetcher:
    """Fetches into one store. Close it in the end."""

    def __init__(
        self,
        store: Store,
        transfers: Transfers,
        settings: FetchSettings,
        *,
        provide: Provide | None = None,
    ) -> None:
        """`provide` answers addresses of nixpkgs without a hash; without it they are fetched like others."""
        self._store: Final = store
        self._settings: Final = settings
        self._provide: Final = provide
        self._memory: Final = Memory(settings.cache_dir, settings.tarball_ttl)
        self._downloads: Final = Downloads(store, transfers, self._memory)
        self._git: Final = GitFetcher(store, settings, self._memory)
        self._trees: Final = TreeFetcher(store, settings, self._downloads, self._git)
        self._said: Final[set[str]] = set()

    def close(self) -> None:
        """Closes what is remembered; the store and the transfers are the caller's."""
        self._memory.close()

    def fetch(self, function: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The result attributes of a builtin, `outPath` among them.

        Raises `FetchError`, `TransferError`, `HashMismatchError` (exit status 102), `StoreError`.
        """
        if function == "fetchurl":
            return {"outPath": self._fetch_file(arguments, is_archive=False)}
        if function == "fetchTarball":
            return {"outPath": self._fetch_file(arguments, is_archive=True)}
        if function == "fetchGit":
            return self._fetch_git(arguments, function)
        if function == "fetchTree":
            return self._fetch_tree(arguments)
        raise FetchError(f"'{function}' is not supported by this version of Neve")

    def _fetch_file(self, arguments: Mapping[str, Any], *, is_archive: bool) -> str:
        """`fetchurl` and `fetchTarball`: `url`, `sha256` or `hash`, `name` → the store path."""
        url = str(arguments["url"])
        if is_archive:
            url = resolve_channel(url)
        self._settings.check_address(url)
        function = "fetchTarball" if is_archive else "fetchurl"
        name = self._name(arguments, url, function)
        digest = self._digest(arguments)
        if digest is not None:
            method: Any = "nar" if is_archive else "flat"
            path = _core.make_fixed_output_path(
                name, method, "sha256", digest, (), self._store.store_dir
            )
            if self._is_there(path):
                return path
        elif is_archive and self._provide is not None and stands_for_nixpkgs(url):
            return self.provide(str(arguments["url"]))
        found = self._downloads.get(Wanted(url, name, is_archive, is_pinned=digest is not None))
        if digest is not None and found.sha256 != digest:
            raise _mismatch(url, digest, found.sha256)
        return found.path

    def _fetch_git(self, arguments: Mapping[str, Any], function: str) -> dict[str, Any]:
        wanted = GitInput.parse(arguments, function)
        self._settings.check_address(wanted.url)
        return self._git.fetch(wanted)

    def _fetch_tree(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        if "type" not in arguments:
            if set(arguments) != {"url"}:
                raise FetchError("argument 'type' is missing in call to 'fetchTree'")
            arguments = parse_reference(str(arguments["url"]))
        if "name" in arguments:
            raise FetchError("argument 'name' isn’t supported in call to 'fetchTree'")  # noqa: RUF001 - Nix's words
        if arguments["type"] == "indirect" and not self._provides(arguments):
            arguments = self._trees.look_up(arguments)
        if not self._provides(arguments):
            return self._trees.fetch(arguments)
        path = self.provide(describe(arguments))
        sha256 = self._store.query_path_info(path).nar_sha256
        return {"outPath": path, "narHash": _core.encode_hash(sha256, "sha256", "sri")}

    def _provides(self, arguments: Mapping[str, Any]) -> bool:
        """Whether a tree is nixpkgs, whatever its version."""
        is_pinned = bool(arguments.get("rev") or arguments.get("narHash"))
        return (
            self._provide is not None and not is_pinned and stands_for_nixpkgs(describe(arguments))
        )

    def provide(self, address: str) -> str:
        """The package set of this installation in place of an address, which is said once."""
        assert self._provide is not None  # noqa: S101 - asked for before
        if address not in self._said:
            self._said.add(address)
            self._store.log.message(
                Level.NOTICE,
                f"using Neve's own package set for '{address}' "
                "(the setting 'nixpkgs-provider' is 'embedded'; 'upstream' fetches it)",
            )
        return self._provide()

    def _is_there(self, path: str) -> bool:
        self._store.add_temp_root(path)
        return self._store.is_valid_path(path)

    def _name(self, arguments: Mapping[str, Any], url: str, function: str) -> str:
        default = "source" if function == "fetchTarball" else url.rstrip("/").rpartition("/")[2]
        name = str(arguments.get("name") or default)
        try:
            _core.check_store_path_name(name)
        except ValueError as error:
            what = "change the value for the 'name' attribute passed to"
            if "name" not in arguments:
                what = "pass an attribute set with 'url' and a valid 'name' to"
            raise FetchError(
                f"invalid store path name when fetching URL '{url}': {error}. Please {what} '{function}', "
                "so that it can create a valid store path."
            ) from error
        return name

    def _digest(self, arguments: Mapping[str, Any]) -> bytes | None:
        text = arguments.get("sha256", arguments.get("hash"))
        if text is None:
            return None
        if not text:
            digest = bytes(32)
            sri = _core.encode_hash(digest, "sha256", "sri")
            self._store.log.message(Level.WARN, f"found empty hash, assuming '{sri}'")
            return digest
        try:
            return _core.parse_hash(str(text), "sha256")[1]
        except ValueError as error:
            raise FetchError(str(error)) from error


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
