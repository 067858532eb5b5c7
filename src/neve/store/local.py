"""The store of this machine."""

from __future__ import annotations

import contextlib
import os

from neve import _core
from neve.errors import InvalidPathError, StoreError
from neve.log import SILENT, Logger
from neve.store import opening, paths
from neve.store.auto_gc import AutoCollector
from neve.store.database import Database
from neve.store.layout import Layout
from neve.store.locks import locked_paths, try_lock
from neve.store.records import Records
from neve.store.settings import StoreSettings
from neve.store.temp_roots import close_temp_roots, open_temp_roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from types import TracebackType
    from typing import Final, Self

    from neve.store.adding import Ingestion
    from neve.store.batch import Batch
    from neve.store.gc import CollectionReport, CollectionRequest
    from neve.store.info import PathInfo
    from neve.store.interface import Read, Write
    from neve.store.optimise import OptimisationReport
    from neve.store.wire import WireReader

# What only some commands need of a store is imported by the methods that need it: most commands start at once.

_DEFAULTS: Final = StoreSettings()


class Store:
    """Objects, the database that says which are whole, and the locks around them.

    Several processes (Neve's and C++ Nix's) may use one store at once; one `Store` may be used from several threads.
    Paths are full store paths (`/nix/store/<hash>-<name>`) as `str`. Methods raise `StoreError` or one of its
    subclasses, and `HashMismatchError`.
    """

    def __init__(
        self, layout: Layout, settings: StoreSettings = _DEFAULTS, log: Logger = SILENT
    ) -> None:
        """Opens the store, creating its folders and database when they are missing."""
        self.layout: Final = layout
        self.settings = settings
        self.log: Final = log
        opening.prepare_folders(layout, settings, log)
        self.database: Final = Database(layout, settings, log)
        self.records: Final = Records(self.database)
        self._temp_roots: Final = open_temp_roots(layout)
        self._auto_collector: Final = AutoCollector()
        self._public_keys: tuple[str, ...] | None = None
        self._repairer: Callable[[str], None] | None = None
        self._is_open = True

    @classmethod
    def open(
        cls, uri: str = "auto", *, settings: StoreSettings = _DEFAULTS, log: Logger = SILENT
    ) -> Self:
        """Opens the local store that `uri` names: `auto`, `local`, `local?root=DIR`, or the root directory itself.

        `auto` is `/nix` for root and for whoever may write its database, else `~/.local/share/neve`. Parameters:
        `root`, `store`, `real`, `state`, `log`, `require-sigs`, `read-only`.
        """
        layout = opening.find_layout(uri, os.environ)
        return cls(layout, opening.apply_parameters(settings, uri), log)

    def close(self) -> None:
        """Closes the database and gives up the temporary roots."""
        if self._is_open:
            self._is_open = False
            close_temp_roots(self.layout)
            self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # -- names

    @property
    def uri(self) -> str:
        """`local`, or the parameters that make the store another one."""
        default = Layout.system({})
        if self.layout == default:
            return "local"
        fields = {
            "store": self.layout.store_dir,
            "real": self.layout.real_store_dir,
            "state": self.layout.state_dir,
            "log": self.layout.log_dir,
        }
        return "local?" + "&".join(f"{name}={value}" for name, value in fields.items())

    @property
    def store_dir(self) -> str:
        """The folder that paths are named after."""
        return self.layout.store_dir

    def real_path(self, path: str) -> str:
        """Where a store path, or a file below one, lies on this machine."""
        return self.layout.real_path(path)

    def parse_path(self, text: str) -> str:
        """The text when it names a store path directly in the store; raises `BadStorePathError`."""
        return paths.parse_store_path(text, self.store_dir)

    def follow_links(self, path: str) -> str:
        """The store path that a file name leads to: one below a store path, or a link into the store."""
        found, _ = paths.split_store_path(paths.follow_links(path, self.store_dir), self.store_dir)
        return found

    # -- queries

    def is_valid_path(self, path: str) -> bool:
        """Whether the store has the path, whole."""
        return self.records.is_valid(path)

    def query_valid_paths(self, wanted: Iterable[str]) -> set[str]:
        """Those of the paths that are valid."""
        return self.records.valid(wanted)

    def query_all_valid_paths(self) -> set[str]:
        """Everything in the store."""
        return self.records.all_valid()

    def query_path_info(self, path: str) -> PathInfo:
        """Raises `InvalidPathError`."""
        return self.records.info(path)

    def query_path_infos(self, wanted: Iterable[str]) -> dict[str, PathInfo]:
        """Metadata of those paths that are valid, in few queries."""
        return self.records.infos(wanted)

    def query_references(self, path: str) -> frozenset[str]:
        """What a path refers to, itself perhaps among them; raises `InvalidPathError`."""
        found = self.records.references([path])
        if path not in found:
            raise InvalidPathError(path)
        return found[path]

    def query_referrers(self, path: str) -> set[str]:
        """The valid paths that refer to a path; none when it is not valid."""
        return self.records.referrers(path)

    def query_valid_derivers(self, path: str) -> set[str]:
        """The valid derivations that have the path as an output."""
        return self.records.valid_derivers(path)

    def query_derivation_outputs(self, derivation: str) -> dict[str, str]:
        """Output names to paths (valid or not) of a valid derivation, as far as they are known."""
        return self.records.derivation_outputs(derivation)

    def query_path_from_hash_part(self, hash_part: str) -> str | None:
        """The valid path that begins with these 32 characters."""
        if len(hash_part) != paths.HASH_LENGTH:
            raise StoreError("invalid hash part")
        return self.records.path_from_hash_part(self.store_dir, hash_part)

    def compute_closure(
        self,
        start: Iterable[str],
        *,
        referrers: bool = False,
        include_outputs: bool = False,
        include_derivers: bool = False,
    ) -> set[str]:
        """Everything that the paths refer to, directly or not, themselves included.

        With `referrers` everything that refers to them. `include_outputs` adds the valid outputs of derivations,
        `include_derivers` the valid derivers (for referrers: the other way round). Raises `InvalidPathError` for a
        path that is not valid.
        """
        return self.records.closure(
            start,
            referrers=referrers,
            include_outputs=include_outputs,
            include_derivers=include_derivers,
        )

    def sort_topologically(self, wanted: Iterable[str]) -> list[str]:
        """The paths with each before those that it refers to."""
        from neve.store.order import sort_topologically

        listed = list(wanted)
        references = self.records.references(listed)
        return sort_topologically(listed, lambda path: references.get(path, frozenset()))

    def read_derivation(self, path: str) -> _core.Derivation:
        """A derivation in the store; it need not be valid but must exist. Raises `StoreError` for a damaged one."""
        name = paths.name_part(path).removesuffix(paths.DERIVATION_SUFFIX)
        try:
            with open(self.real_path(path), "rb") as file:
                return _core.Derivation.parse(file.read(), name, self.store_dir)
        except OSError as error:
            raise StoreError(f"reading derivation '{path}': {error.strerror}") from error
        except ValueError as error:
            raise StoreError(f"error parsing derivation '{path}': {error}") from error

    # -- adding

    def add_text(
        self, name: str, content: bytes, references: Iterable[str] = (), *, repair: bool = False
    ) -> str:
        """Writes a text object (`builtins.toFile`, a derivation); its path."""
        listed = sorted(set(references))
        try:
            path = _core.make_text_path(name, content, listed, self.store_dir)
        except ValueError as error:
            raise StoreError(f"cannot add '{name}' to the store: {error}") from error
        self.add_texts([(path, content, listed)], repair=repair)
        return path

    def add_texts(
        self, texts: Sequence[tuple[str, bytes, Sequence[str]]], *, repair: bool = False
    ) -> None:
        """Writes many text objects, each (store path, content, references), and registers them in few transactions.

        Those that an object refers to are valid or come before it. Paths are checked against the contents.
        """
        from neve.store import adding

        adding.add_texts(self, texts, repair=repair)

    def add_path(
        self, source: str, *, name: str | None = None, how: Ingestion | None = None
    ) -> PathInfo:
        """Copies a file or a tree into the store under its content address; `name` defaults to the base name."""
        [info] = self.add_paths([(source, name or os.path.basename(source))], how=how)
        return info

    def add_paths(
        self, sources: Iterable[tuple[str, str]], *, how: Ingestion | None = None
    ) -> list[PathInfo]:
        """Copies many files or trees, each (file name, name in the store); much faster than one by one."""
        from neve.store import adding

        how = how or adding.Ingestion()
        with self.batch(repair=how.repair) as batch:
            return [adding.add_path(batch, source, name, how) for source, name in sources]

    def add_nar(
        self, info: PathInfo, read: Read, *, repair: bool = False, check_signatures: bool = True
    ) -> None:
        """Takes an object from its archive; see `AnyStore.add_nar`. Its references must be valid."""
        from neve.store import adding

        adding.add_nar(self, info, read, repair=repair, check_signatures=check_signatures)

    def dump_nar(self, path: str, write: Write) -> None:
        """Writes the archive of a valid path in pieces."""
        if not self.is_valid_path(path):
            raise InvalidPathError(path)
        try:
            _core.dump_path(self.real_path(path), write)
        except ValueError as error:
            raise StoreError(f"archiving '{path}': {error}") from error

    def batch(self, *, repair: bool = False) -> Batch:
        """For whoever writes objects itself, several at a time."""
        from neve.store.batch import Batch

        return Batch(self, repair=repair)

    def register_valid_paths(
        self, infos: Iterable[PathInfo], derivations: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        """Declares objects that lie in the store to be whole, all in one transaction; those valid already are updated.

        References must be valid or in the batch. Whoever calls holds the paths' locks (`lock_paths`), has given them
        canonical metadata (`_core.canonicalise_path`), and has settled them (`settle_path`). A cycle of references is a
        `StoreError`. For derivations, names and paths of their outputs are recorded: those in `derivations`, or what
        their files say.
        """
        from neve.store import adding

        listed = list(infos)
        outputs = dict(derivations or {})
        for info in listed:
            if paths.is_derivation(info.path) and info.path not in outputs:
                outputs[info.path] = adding.read_outputs(self, info.path)
        if self.settings.sync_before_registering:
            os.sync()
        self.records.register(listed, outputs)

    def canonicalise(self, real_path: str) -> None:
        """Gives files that are to be an object its metadata, with the caller as the owner."""
        ignored = self.settings.ignored_acls
        _core.Canonicaliser(ignored_attributes=ignored).canonicalise(real_path)

    def settle_path(self, path: str) -> None:
        """What remains to be done before an object is registered.

        Equal files are linked together and all is flushed to the disk where the settings `auto-optimise-store` and
        `fsync-store-paths` ask for it.
        """
        real_path = self.real_path(path)
        if self.settings.auto_optimise_store:
            from neve.store.optimise import Linker

            Linker(self).link_tree(real_path)
        if self.settings.fsync_store_paths:
            from neve.store.adding import flush_tree

            flush_tree(real_path)

    def add_signatures(self, path: str, signatures: Iterable[str]) -> None:
        """Adds signatures to a valid path."""
        self.records.add_signatures(path, signatures)

    def is_trusted(self, info: PathInfo) -> bool:
        """Whether an object may be taken without asking: content-addressed, or signed by a trusted key."""
        from neve.store import keys
        from neve.store.content import is_content_addressed

        if is_content_addressed(info, self.store_dir):
            return True
        return keys.count_good_signatures(info, self.public_keys) > 0

    def trust_keys(self, keys: tuple[str, ...]) -> None:
        """Takes these as the setting `trusted-public-keys` from now on."""
        if keys != self.settings.trusted_public_keys:
            self.settings = self.settings._replace(trusted_public_keys=keys)
            self._public_keys = None

    @property
    def public_keys(self) -> tuple[str, ...]:
        """The keys whose signatures are trusted."""
        from neve.store import keys

        if self._public_keys is None:
            self._public_keys = keys.trusted_keys(
                self.settings.trusted_public_keys, self.settings.secret_key_files
            )
        return self._public_keys

    # -- keeping and locking

    def add_temp_root(self, path: str) -> None:
        """Keeps a path (valid or not yet) from being collected while this process lives.

        Waits for a collector that is just deleting it.
        """
        self.add_temp_roots([path])

    def add_temp_roots(self, wanted: Iterable[str]) -> None:
        """The same for several."""
        if not self.settings.read_only:
            self._temp_roots.add(wanted)

    def lock_paths(
        self, wanted: Iterable[str], *, wait: bool = True, message: str | None = None
    ) -> AbstractContextManager[bool]:
        """Holds the locks of store paths while its block runs, in one order everywhere so that nobody deadlocks.

        The value is false when `wait` is false and another process holds one. `message` is said before waiting.
        """
        real_paths = [self.real_path(path) for path in wanted]
        return locked_paths(real_paths, self.log, wait=wait, message=message)

    @contextlib.contextmanager
    def temporary_directory(self) -> Iterator[str]:
        """A folder beside the store objects (mode 0700), removed in the end; no collector touches it meanwhile."""
        from neve.store.removal import remove_path

        directory, descriptor = self._make_temporary_directory()
        try:
            yield directory
        finally:
            os.close(descriptor)
            remove_path(directory)

    def _make_temporary_directory(self) -> tuple[str, int]:
        import tempfile

        while True:
            try:
                directory = tempfile.mkdtemp(prefix="tmp-", dir=self.layout.real_store_dir)
                descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise StoreError(
                    f"creating a folder in '{self.layout.real_store_dir}': {error.strerror}"
                ) from error
            # A collector may take it before it is locked.
            if try_lock(descriptor, exclusive=True) and os.path.exists(directory):
                return directory, descriptor
            os.close(descriptor)

    def delete_unregistered(self, path: str) -> None:
        """Removes what lies at a store path that is not valid; whoever calls holds its lock."""
        from neve.store.removal import remove_path

        if self.is_valid_path(path):
            raise StoreError(f"'{path}' is valid and cannot be replaced")
        remove_path(self.real_path(path))

    def collect_if_full(self) -> None:
        """Collects garbage when the disk has less space than the setting `min-free`."""
        self._auto_collector.run(self)

    # -- roots and collection

    def add_permanent_root(self, path: str, link: str) -> str:
        """Makes `link` (a file name outside the store) point to a path and registers it as an indirect root.

        Gives its absolute name. Refuses to replace what is not a link into the store.
        """
        from neve.store import roots

        return roots.add_permanent_root(self, path, link)

    def add_indirect_root(self, link: str) -> None:
        """Registers a link that exists somewhere as a root."""
        from neve.store import roots

        roots.add_indirect_root(self, os.path.abspath(link))

    def find_roots(self, *, censor: bool = False) -> dict[str, set[str]]:
        """Store path → links (or descriptions such as `{temp:123}`) that keep it."""
        from neve.store import roots

        return roots.find_roots(self, censor=censor)

    def collect_garbage(self, request: CollectionRequest | None = None) -> CollectionReport:
        """Finds or deletes what no root reaches; deletes all of it when nothing else is asked."""
        from neve.store.gc import CollectionRequest, collect_garbage

        return collect_garbage(self, request or CollectionRequest())

    def delete_paths(
        self, wanted: Iterable[str], *, ignore_liveness: bool = False
    ) -> CollectionReport:
        """Deletes paths; raises `PathAliveError` when a root or another path needs one of them.

        With `ignore_liveness`, roots do not count; other paths do.
        """
        from neve.store.gc import CollectionAction, CollectionRequest, collect_garbage

        return collect_garbage(
            self,
            CollectionRequest(
                CollectionAction.DELETE_SPECIFIC,
                paths=frozenset(wanted),
                ignore_liveness=ignore_liveness,
            ),
        )

    # -- care

    def verify(self, *, check_contents: bool = False, repair: bool = False) -> bool:
        """Compares database and disk, tells the log of every difference; whether all is well.

        Paths that have gone from the disk are forgotten where nothing needs them. With `repair`, damaged links are
        removed and good copies of damaged paths fetched (`set_repairer`).
        """
        from neve.store import verify

        repairer = (self._repairer or _no_repairer) if repair else None
        return verify.verify_store(self, check_contents=check_contents, repairer=repairer)

    def set_repairer(self, repair: Callable[[str], None]) -> None:
        """How `verify` gets a good copy of a damaged path: substitution or a build, which this layer cannot do."""
        self._repairer = repair

    def optimise(self) -> OptimisationReport:
        """Links equal files of all objects together."""
        from neve.store import optimise

        return optimise.optimise_store(self)

    # -- build logs

    def write_build_log(self, derivation: str, log: bytes) -> None:
        """Keeps a build log (compressed with bzip2 where C++ Nix looks for it) unless there is one."""
        from neve.store import build_logs

        build_logs.write_build_log(self, derivation, log)

    def build_log_path(self, derivation: str) -> str:
        """Where a finished log of a derivation lies or would lie, `.bz2` included."""
        from neve.store import build_logs

        return build_logs.build_log_path(self, derivation)

    def read_build_log(self, path: str) -> bytes | None:
        """The log of a derivation, or of a valid path's deriver; nothing when there is none."""
        from neve.store import build_logs

        return build_logs.read_build_log(self, path)

    # -- transport

    def export_paths(self, wanted: Iterable[str], write: Write) -> None:
        """Writes objects and their metadata in the form of `nix-store --export`, references first."""
        from neve.store import transport

        transport.export_paths(self, wanted, write)

    def import_paths(self, read: Read, *, check_signatures: bool = True) -> list[str]:
        """Reads what `export_paths` wrote; the paths."""
        from neve.store.wire import WireReader

        return self.import_stream(WireReader(read), check_signatures=check_signatures)

    def import_stream(self, stream: WireReader, *, check_signatures: bool = True) -> list[str]:
        """The same from a stream that goes on behind the export."""
        from neve.store import transport

        return transport.import_paths(self, stream, check_signatures=check_signatures)


def _no_repairer(path: str) -> None:
    raise StoreError(f"cannot repair path '{path}'")
