"""The store of this machine."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Final, Literal, Self

from neve._core import Derivation, HashAlgorithm
from neve.log import SILENT, Logger
from neve.store.gc import CollectionReport, CollectionRequest
from neve.store.info import PathInfo
from neve.store.interface import Read, Write
from neve.store.layout import Layout
from neve.store.settings import StoreSettings

IngestionMethod = Literal["flat", "nar", "text", "git"]


class Store:
    """Objects, the database that says which are whole, and the locks around them.

    Several processes (Neve's and C++ Nix's) may use one store at once; one `Store` may be used from several threads.
    Paths are full store paths (`/nix/store/<hash>-<name>`) as `str`. Every method raises `StoreError` or one of its
    subclasses, and `OSError` never.
    """

    def __init__(self, layout: Layout, settings: StoreSettings = StoreSettings(), log: Logger = SILENT) -> None:
        """Opens the store, creating its folders and database when they are missing."""
        self.layout: Final = layout
        self.settings: Final = settings
        self.log: Final = log

    @classmethod
    def open(cls, uri: str = "auto", *, settings: StoreSettings = StoreSettings(), log: Logger = SILENT) -> Self:
        """Opens the local store that `uri` names: `auto`, `local`, `local?root=DIR`, or the root directory itself.

        `auto` is `/nix` where it can be written (or its creator is root), else `~/.local/share/neve`.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Closes the database and gives up the temporary roots."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- names

    @property
    def uri(self) -> str:
        """`local`, or the root directory of a store that has one."""
        raise NotImplementedError

    @property
    def store_dir(self) -> str:
        """The folder that paths are named after."""
        return self.layout.store_dir

    def real_path(self, path: str) -> str:
        """Where a store path, or a file below one, lies on this machine."""
        return self.layout.real_path(path)

    def parse_path(self, text: str) -> str:
        """The text when it names a store path directly in the store; raises `BadStorePathError`."""
        raise NotImplementedError

    def follow_links(self, path: str) -> str:
        """The store path that a file name leads to: one below a store path, or a link into the store."""
        raise NotImplementedError

    # -- queries

    def is_valid_path(self, path: str) -> bool:
        """Whether the store has the path, whole."""
        raise NotImplementedError

    def query_valid_paths(self, paths: Iterable[str]) -> set[str]:
        """Those of the paths that are valid."""
        raise NotImplementedError

    def query_all_valid_paths(self) -> set[str]:
        """Everything in the store."""
        raise NotImplementedError

    def query_path_info(self, path: str) -> PathInfo:
        """Raises `InvalidPathError`."""
        raise NotImplementedError

    def query_path_infos(self, paths: Iterable[str]) -> dict[str, PathInfo]:
        """Metadata of those paths that are valid, in few queries."""
        raise NotImplementedError

    def query_references(self, path: str) -> frozenset[str]:
        """What a path refers to, itself perhaps among them; raises `InvalidPathError`."""
        raise NotImplementedError

    def query_referrers(self, path: str) -> set[str]:
        """The valid paths that refer to a path; none when it is not valid."""
        raise NotImplementedError

    def query_valid_derivers(self, path: str) -> set[str]:
        """The valid derivations that have the path as an output."""
        raise NotImplementedError

    def query_derivation_outputs(self, derivation: str) -> dict[str, str]:
        """Output names to paths (valid or not) of a valid derivation, as far as they are known."""
        raise NotImplementedError

    def query_path_from_hash_part(self, hash_part: str) -> str | None:
        """The valid path that begins with these 32 characters."""
        raise NotImplementedError

    def compute_closure(
        self,
        paths: Iterable[str],
        *,
        referrers: bool = False,
        include_outputs: bool = False,
        include_derivers: bool = False,
    ) -> set[str]:
        """Everything that the paths refer to, directly or not, themselves included.

        With `referrers` everything that refers to them. `include_outputs` adds the valid outputs of derivations,
        `include_derivers` the valid derivers. Raises `InvalidPathError` for a path that is not valid.
        """
        raise NotImplementedError

    def sort_topologically(self, paths: Iterable[str]) -> list[str]:
        """The paths with each before those that it refers to."""
        raise NotImplementedError

    def read_derivation(self, path: str) -> Derivation:
        """A derivation in the store; it need not be valid but must exist. Raises `StoreError` for a damaged one."""
        raise NotImplementedError

    # -- adding

    def add_text(self, name: str, content: bytes, references: Iterable[str] = (), *, repair: bool = False) -> str:
        """Writes a text object (`builtins.toFile`, a derivation); its path."""
        raise NotImplementedError

    def add_texts(self, texts: Sequence[tuple[str, bytes, Sequence[str]]]) -> None:
        """Writes many text objects, each (store path, content, references), and registers them together.

        An object may refer to others of the batch. Paths are checked against the contents.
        """
        raise NotImplementedError

    def add_path(
        self,
        source: str,
        *,
        name: str | None = None,
        method: IngestionMethod = "nar",
        algorithm: HashAlgorithm = "sha256",
        references: Iterable[str] = (),
        repair: bool = False,
    ) -> PathInfo:
        """Copies a file or a tree into the store under its content address; `name` defaults to the base name."""
        raise NotImplementedError

    def add_nar(self, info: PathInfo, read: Read, *, repair: bool = False, check_signatures: bool = True) -> None:
        """Takes an object from its archive; see `AnyStore.add_nar`."""
        raise NotImplementedError

    def dump_nar(self, path: str, write: Write) -> None:
        """Writes the archive of a valid path in pieces."""
        raise NotImplementedError

    def register_valid_paths(self, infos: Iterable[PathInfo]) -> None:
        """Declares objects that lie in the store to be whole, all in one transaction; those valid already are updated.

        References must be valid or in the batch. Whoever calls holds the paths' locks (`lock_paths`), has given them
        canonical metadata (`_core.canonicalise_path`) and, for outputs of several names, no cycle among them
        (`StoreError`). Outputs of derivations in the batch are recorded.
        """
        raise NotImplementedError

    def optimise_path(self, path: str) -> None:
        """Links equal files together if the setting `auto-optimise-store` says so; before the path is registered."""
        raise NotImplementedError

    def sign_and_update(self, path: str, signatures: Iterable[str]) -> None:
        """Adds signatures to a valid path."""
        raise NotImplementedError

    # -- keeping and locking

    def add_temp_root(self, path: str) -> None:
        """Keeps a path (valid or not yet) from being collected while this process lives; waits for a collector that
        is deleting it."""
        raise NotImplementedError

    def add_temp_roots(self, paths: Iterable[str]) -> None:
        """The same for several."""
        raise NotImplementedError

    def lock_paths(
        self, paths: Iterable[str], *, wait: bool = True, message: str | None = None
    ) -> AbstractContextManager[bool]:
        """Holds the locks of store paths while its block runs, in one order everywhere so that nobody deadlocks.

        The value is false when `wait` is false and another process holds one. `message` is said before waiting.
        """
        raise NotImplementedError

    def temporary_directory(self) -> AbstractContextManager[str]:
        """A folder beside the store objects (mode 0700), removed in the end; no collector touches it meanwhile."""
        raise NotImplementedError

    def add_permanent_root(self, path: str, link: str) -> str:
        """Makes `link` (a file name outside the store) point to a path and registers it as an indirect root; its
        absolute name. Refuses to replace what is not a link into the store."""
        raise NotImplementedError

    def add_indirect_root(self, link: str) -> None:
        """Registers a link that exists somewhere as a root."""
        raise NotImplementedError

    def find_roots(self, *, censor: bool = False) -> dict[str, set[str]]:
        """Store path → links (or descriptions such as `{temp:123}`) that keep it."""
        raise NotImplementedError

    def collect_garbage(self, request: CollectionRequest) -> CollectionReport:
        """Finds or deletes what no root reaches."""
        raise NotImplementedError

    # -- care

    def delete_paths(self, paths: Iterable[str], *, ignore_liveness: bool = False) -> CollectionReport:
        """Deletes paths; raises `PathAliveError`."""
        raise NotImplementedError

    def verify(self, *, check_contents: bool = False, repair: bool = False) -> bool:
        """Compares database and disk, tells the log of every difference; whether all is well."""
        raise NotImplementedError

    def optimise(self) -> None:
        """Links equal files of all objects together."""
        raise NotImplementedError

    def set_repairer(self, repair: Callable[[str], None]) -> None:
        """How `verify` gets a good copy of a damaged path: substitution or a build, which this layer cannot do."""
        raise NotImplementedError

    # -- build logs

    def write_build_log(self, derivation: str, log: bytes) -> None:
        """Keeps a build log (compressed with bzip2 where C++ Nix looks for it) unless there is one."""
        raise NotImplementedError

    def build_log_path(self, derivation: str) -> str:
        """Where a finished log of a derivation lies or would lie, `.bz2` included."""
        raise NotImplementedError

    def read_build_log(self, path: str) -> bytes | None:
        """The log of a derivation, or of a valid path's deriver; nothing when there is none."""
        raise NotImplementedError

    # -- transport

    def export_paths(self, paths: Iterable[str], write: Write) -> None:
        """Writes objects and their metadata in the form of `nix-store --export`, references first."""
        raise NotImplementedError

    def import_paths(self, read: Read, *, check_signatures: bool = True) -> list[str]:
        """Reads what `export_paths` wrote; the paths."""
        raise NotImplementedError

    def query_roots_of(self, paths: Iterable[str]) -> Mapping[str, set[str]]:
        """The roots that keep any of the paths."""
        raise NotImplementedError
