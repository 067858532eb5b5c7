"""Which paths the outputs of content-addressed derivations turned out to have.

Kept in tables of the store's database that C++ Nix makes when `ca-derivations` is enabled; so do we. A derivation is
identified by its hash modulo what its fixed inputs are fetched by, with the output's name.
"""

from __future__ import annotations

import threading

from neve._core import DerivationHashes
from neve.errors import StoreError
from neve.store.schema import REALISATIONS, REALISATIONS_MIGRATION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Final

    from neve._core import Derivation
    from neve.store import Store


class Realisations:
    """The realisations that one store knows; to be used from several threads."""

    def __init__(self, store: Store, load: Callable[[str], Derivation]) -> None:
        """`load` reads the derivation at a path."""
        self._store: Final = store
        self._mutex: Final = threading.Lock()
        self._hashes: Final = DerivationHashes(load, store.store_dir)
        self._is_ready = False

    def query(self, derivation: Derivation) -> dict[str, str]:
        """Paths of those outputs that are known and in the store."""
        found = {}
        with self._mutex:
            self._prepare()
            for name, key in self._keys(derivation).items():
                rows = self._store.database.query(
                    "select path from Realisations join ValidPaths on ValidPaths.id = outputPath"
                    " where drvPath = ? and outputName = ?",
                    (key, name),
                )
                for (path,) in rows:
                    found[name] = str(path)
        return found

    def register(self, derivation: Derivation, paths: Mapping[str, str]) -> None:
        """Notes the paths, which are valid; raises `StoreError` when the store knows other ones."""
        known = self.query(derivation)
        with self._mutex, self._store.database.transaction():
            for name, key in self._keys(derivation).items():
                if name not in paths or paths[name] == known.get(name):
                    continue
                if name in known:
                    raise StoreError(
                        f"Trying to register a realisation of '{key}!{name}', "
                        f"but we already have another one locally.\n"
                        f"Local:  {known[name]}\nRemote: {paths[name]}"
                    )
                self._store.database.execute(
                    "insert into Realisations (drvPath, outputName, outputPath, signatures)"
                    " values (?, ?, (select id from ValidPaths where path = ?), '')",
                    (key, name, paths[name]),
                )

    def complete(self, derivation: Derivation) -> Derivation:
        """A resolved derivation with the output paths that can now be known; raises `ValueError`."""
        with self._mutex:
            return self._hashes.complete(derivation)

    def _keys(self, derivation: Derivation) -> dict[str, str]:
        digests = self._hashes.output_hashes(derivation)
        return {name: f"sha256:{digest.hex()}" for name, digest in digests.items()}

    def _prepare(self) -> None:
        """Makes the tables where there are none yet."""
        if self._is_ready:
            return
        database = self._store.database
        done = database.query(
            "select 1 from SchemaMigrations where migration = ?", (REALISATIONS_MIGRATION,)
        )
        if not done:
            with database.transaction():
                for statement in _statements(REALISATIONS):
                    database.execute(statement)
                database.execute(
                    "insert or ignore into SchemaMigrations values (?)", (REALISATIONS_MIGRATION,)
                )
        self._is_ready = True


class KnownOutputs:
    """Output names to paths of derivations in the store, as far as they are known."""

    def __init__(self, store: Store, *, with_realisations: bool) -> None:
        """Realisations are looked at where content-addressed derivations are enabled."""
        self._store: Final = store
        self._realisations: Final = (
            Realisations(store, store.read_derivation) if with_realisations else None
        )

    def of(self, derivation: str) -> dict[str, str]:
        """The outputs of one derivation."""
        known = self._store.query_derivation_outputs(derivation)
        if not known and self._realisations is not None:
            known = self._realisations.query(self._store.read_derivation(derivation))
        return known


def _statements(script: str) -> list[str]:
    """The statements of a script; that of a trigger ends with its `end`."""
    statements = []
    unfinished = ""
    for line in script.splitlines():
        unfinished += f"{line}\n"
        is_inside_trigger = "begin" in unfinished and "end;" not in unfinished
        if line.rstrip().endswith(";") and not is_inside_trigger:
            statements.append(unfinished)
            unfinished = ""
    return statements
