"""Opening and upgrading the database, and what its errors say."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from neve.errors import DatabaseError
from neve.log import SILENT
from neve.store import Store, StoreSettings
from neve.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable

    from neve.store import Layout


def test_new_database_has_the_tables_of_version_10(store: Store, layout: Layout) -> None:
    """Tables, indices and triggers carry the names that C++ Nix gives them."""
    names = {
        row[0]
        for row in store.database.query(
            "select name from sqlite_master where name not like 'sqlite_%'"
        )
    }
    assert names == {
        "ValidPaths",
        "Refs",
        "IndexReferrer",
        "IndexReference",
        "DeleteSelfRefs",
        "DerivationOutputs",
        "IndexDerivationOutputs",
        "SchemaMigrations",
    }
    assert Path(layout.database_dir, "schema").read_text() == "10"
    assert store.database.query("pragma main.journal_mode") == [("wal",)]
    assert store.database.query("pragma foreign_keys") == [(1,)]


def test_failed_transaction_changes_nothing(store: Store) -> None:
    """An exception in the block takes its statements back."""

    def fail() -> None:
        with store.database.transaction():
            store.database.execute(
                "insert into ValidPaths (path, hash, registrationTime) values ('a', 'b', 1)"
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert store.query_all_valid_paths() == set()


@pytest.mark.parametrize(
    ("version", "words"),
    [("11", "version 11, but I only support 10"), ("5", "too old"), ("ten", "corrupt")],
)
def test_unusable_versions_are_refused(
    open_store: Callable[..., Store], layout: Layout, version: str, words: str
) -> None:
    """A newer, an ancient and a broken version are told apart."""
    open_store().close()
    Path(layout.database_dir, "schema").write_text(version)
    with pytest.raises(DatabaseError, match=words):
        open_store()


def test_old_database_is_upgraded(open_store: Callable[..., Store], layout: Layout) -> None:
    """A database of version 7 gets the columns that came since."""
    os.makedirs(layout.database_dir)
    connection = sqlite3.connect(f"{layout.database_dir}/db.sqlite")
    connection.executescript(
        "create table ValidPaths (id integer primary key autoincrement not null, path text unique not null,"
        " hash text not null, registrationTime integer not null, deriver text, narSize integer);"
        "create table Refs (referrer integer not null, reference integer not null);"
        "create table FailedPaths (path text);"
    )
    connection.close()
    Path(layout.database_dir, "schema").write_text("7")
    store = open_store()
    columns = {row[1] for row in store.database.query("pragma table_info(ValidPaths)")}
    assert {"ultimate", "sigs", "ca"} <= columns
    assert Path(layout.database_dir, "schema").read_text() == "10"


def test_damaged_database_says_how_to_repair_it(
    open_store: Callable[..., Store], layout: Layout
) -> None:
    """A file that is no database is named, with what can be done."""
    open_store().close()
    Path(layout.database_dir, "db.sqlite").write_bytes(b"garbage" * 1000)
    with pytest.raises(DatabaseError, match=r"(?s)db\.sqlite.*damaged.*recover"):
        open_store()


def test_missing_database_is_not_made_anew(
    open_store: Callable[..., Store], layout: Layout
) -> None:
    """A store whose database has gone must not look like an empty one."""
    open_store().close()
    for name in os.listdir(layout.database_dir):
        if name.startswith("db.sqlite"):
            os.unlink(f"{layout.database_dir}/{name}")
    with pytest.raises(DatabaseError, match="cannot be opened"):
        open_store()


def test_read_only_store_sees_what_is_there(open_store: Callable[..., Store]) -> None:
    """Without taking locks or writing, a store can be asked; it cannot be changed."""
    writer = open_store()
    path = writer.add_text("a", b"a")
    reader = open_store(read_only=True)
    assert reader.is_valid_path(path)
    with pytest.raises(DatabaseError):
        reader.database.execute("delete from ValidPaths")


def test_read_only_store_is_not_created(open_store: Callable[..., Store], layout: Layout) -> None:
    """A store that is not there cannot be opened for reading, and leaves nothing behind."""
    with pytest.raises(DatabaseError, match="does not exist"):
        open_store(read_only=True)
    assert not os.path.exists(layout.state_dir)


def test_closed_database_says_so(layout: Layout, open_store: Callable[..., Store]) -> None:
    """A closed store is an error of ours, not of SQLite's."""
    open_store()
    database = Database(layout, StoreSettings(), SILENT)
    database.close()
    with pytest.raises(DatabaseError, match="closed"):
        database.query("select 1")
