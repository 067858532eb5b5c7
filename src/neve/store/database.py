"""The SQLite database of a local store: opening, upgrading, transactions."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading

from neve.errors import DatabaseError
from neve.log import Level, Logger
from neve.store import schema
from neve.store.locks import open_lock_file, try_lock, unlock, wait_lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any, Final

    from neve.store.layout import Layout
    from neve.store.settings import StoreSettings

    Row = tuple[Any, ...]

_BUSY_TIMEOUT_SECONDS: Final = 3600
_AUTOCHECKPOINT_PAGES: Final = 40000
"""So many that instantiating a whole system ends in a single flush to the disk."""
_JOURNAL_SIZE_LIMIT: Final = 1 << 40


class Database:
    """A connection that several threads may share; statements outside `transaction` commit by themselves."""

    def __init__(self, layout: Layout, settings: StoreSettings, log: Logger) -> None:
        """Opens the database, creating or upgrading it; the store's folders exist."""
        self._layout: Final = layout
        self._settings: Final = settings
        self._log: Final = log
        self._mutex: Final = threading.RLock()
        self._big_lock: int | None = None
        self._connection: sqlite3.Connection | None = None
        self.path: Final = f"{layout.database_dir}/db.sqlite"
        try:
            if settings.read_only:
                self._open_read_only()
            else:
                self._open_writable()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Closes the connection and gives up the lock that keeps others from upgrading the database."""
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None
        if self._big_lock is not None:
            os.close(self._big_lock)
            self._big_lock = None

    # -- statements

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """All rows of a query."""
        with self._mutex, self._errors():
            rows: list[Row] = self._open_connection().execute(sql, parameters).fetchall()
            return rows

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Runs a statement; how many rows it changed."""
        with self._mutex, self._errors():
            return self._open_connection().execute(sql, parameters).rowcount

    def execute_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Runs a statement once for each row."""
        with self._mutex, self._errors():
            self._open_connection().executemany(sql, rows)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All statements of the block take effect together when it ends, none when it raises; blocks do not nest."""
        with self._mutex:
            connection = self._open_connection()
            with self._errors():
                connection.execute("begin immediate")
            try:
                yield
                with self._errors():
                    connection.execute("commit")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("rollback")
                raise

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """All queries of the block see the same state."""
        with self._mutex:
            connection = self._open_connection()
            with self._errors():
                connection.execute("begin")
            try:
                yield
            finally:
                if connection.in_transaction:
                    connection.execute("rollback")

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise DatabaseError(_explain(self.path, error)) from error

    def _open_connection(self) -> sqlite3.Connection:
        if self._connection is None:
            raise DatabaseError("the store has been closed")
        return self._connection

    # -- opening

    def _open_read_only(self) -> None:
        version = self._read_version()
        if version < schema.SCHEMA_VERSION:
            raise DatabaseError(
                "database does not exist, and cannot be created in read-only mode"
                if version == 0
                else "database schema needs migrating, but this cannot be done in read-only mode"
            )
        self._check_version(version)
        try:
            self._connect("?mode=ro")
            self.query("select 1 from ValidPaths limit 1")
        except DatabaseError:
            # The folder cannot be written, so nobody else writes either, and SQLite may do without its locks.
            self.close()
            self._connect("?immutable=1")

    def _open_writable(self) -> None:
        self._big_lock = self._open_big_lock()
        if not try_lock(self._big_lock, exclusive=False):
            self._log.message(Level.INFO, "waiting for the big Nix store lock...")
            wait_lock(self._big_lock, exclusive=False)
        version = self._read_version()
        self._check_version(version)
        if version == schema.SCHEMA_VERSION:
            self._connect("?mode=rw")
        elif version == 0:
            self._connect("?mode=rwc")
            with self._errors():
                self._open_connection().executescript(schema.TABLES)
            self._write_version()
        else:
            self._upgrade(self._big_lock)
        self.execute(schema.MIGRATIONS_TABLE)

    def _open_big_lock(self) -> int:
        directory = self._layout.database_dir
        if not os.access(directory, os.R_OK | os.W_OK):
            raise DatabaseError(
                f"the database directory '{directory}' is not writable: "
                "use a store of your own (--store DIR), or run this as the user that owns the store"
            )
        return open_lock_file(f"{directory}/big-lock")

    def _connect(self, mode: str) -> None:
        quoted = self.path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
        with self._errors():
            connection = sqlite3.connect(
                f"file:{quoted}{mode}",
                uri=True,
                timeout=_BUSY_TIMEOUT_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
            self._connection = connection
            connection.execute("pragma foreign_keys = 1")
            if self._settings.read_only:
                return
            connection.execute(
                f"pragma synchronous = {'normal' if self._settings.fsync_metadata else 'off'}"
            )
            wanted = "wal" if self._settings.use_sqlite_wal else "truncate"
            if connection.execute("pragma main.journal_mode").fetchone()[0] != wanted:
                connection.execute(f"pragma main.journal_mode = {wanted}")
            if wanted == "wal":
                connection.execute(f"pragma main.journal_size_limit = {_JOURNAL_SIZE_LIMIT}")
                connection.execute(f"pragma wal_autocheckpoint = {_AUTOCHECKPOINT_PAGES}")

    # -- versions

    def _read_version(self) -> int:
        path = f"{self._layout.database_dir}/schema"
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                return int(file.read())
        except FileNotFoundError:
            return 0
        except ValueError:
            raise DatabaseError(
                f"'{path}' is corrupt: it must hold the number of the database's version, "
                f"{schema.SCHEMA_VERSION} in Nix 2"
            ) from None
        except OSError as error:
            raise DatabaseError(f"reading '{path}': {error.strerror}") from error

    def _check_version(self, version: int) -> None:
        if version > schema.SCHEMA_VERSION:
            raise DatabaseError(
                f"current Nix store schema is version {version}, but I only support {schema.SCHEMA_VERSION}"
            )
        if 0 < version < schema.OLDEST_VERSION:
            raise DatabaseError(
                f"the store's database has version {version}, which is too old to convert: "
                "open it once with Nix 1.11, then come back"
            )

    def _write_version(self) -> None:
        path = f"{self._layout.database_dir}/schema"
        temporary = f"{path}.tmp-{os.getpid()}"
        try:
            descriptor = os.open(
                temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644
            )
            try:
                os.write(descriptor, str(schema.SCHEMA_VERSION).encode())
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            os.rename(temporary, path)
        except OSError as error:
            raise DatabaseError(f"writing '{path}': {error.strerror}") from error

    def _upgrade(self, big_lock: int) -> None:
        if not try_lock(big_lock, exclusive=True):
            self._log.message(Level.INFO, "waiting for exclusive access to the Nix store...")
            unlock(big_lock)
            wait_lock(big_lock, exclusive=True)
        version = self._read_version()
        self._connect("?mode=rw")
        with self.transaction():
            for target in range(version + 1, schema.SCHEMA_VERSION + 1):
                for statement in schema.UPGRADES.get(target, ()):
                    self.execute(statement)
        self._write_version()
        wait_lock(big_lock, exclusive=False)


def _explain(path: str, error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    advice = {
        sqlite3.SQLITE_CORRUPT: _DAMAGED,
        sqlite3.SQLITE_NOTADB: _DAMAGED,
        sqlite3.SQLITE_FULL: "the disk is full: free some space, for instance with nix-collect-garbage",
        sqlite3.SQLITE_READONLY: "it cannot be written: is the file system read-only?",
        sqlite3.SQLITE_CANTOPEN: "it cannot be opened: check that the file exists and that you may write its folder",
        sqlite3.SQLITE_IOERR: "the disk reports an error",
    }.get(code)
    return f"store database '{path}': {error}" + (f"\n{advice}" if advice else "")


_DAMAGED: Final = (
    "The database is damaged. The objects in the store are not lost. Keep a copy of the database's folder, then\n"
    "either restore the last good copy of db.sqlite, or write what is readable to a new one\n"
    "(sqlite3 db.sqlite .recover | sqlite3 new.sqlite, then put new.sqlite in its place),\n"
    "and run: nix-store --verify --check-contents --repair"
)
