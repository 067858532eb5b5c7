"""What the database holds: valid paths, their references, outputs of derivations."""

from __future__ import annotations

# ruff: noqa: S608 - statements are put together from constants; paths are always parameters
import time

from neve import _core
from neve.errors import DatabaseError, InvalidPathError, PathInUseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Final

    from neve.store.database import Database, Row
    from neve.store.info import PathInfo

_COLUMNS: Final = "id, path, hash, registrationTime, deriver, narSize, ultimate, sigs, ca"
_FEW: Final = 20
"""Paths that are parameters of their own in a statement; more of them are one, a list in JSON."""


class Records:
    """Queries and changes of the database's tables."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    # -- queries

    def is_valid(self, path: str) -> bool:
        """Whether a path is registered."""
        return bool(self._database.query("select 1 from ValidPaths where path = ?", (path,)))

    def valid(self, paths: Iterable[str]) -> set[str]:
        """Those of the paths that are registered."""
        among, parameters = _among(paths)
        rows = self._database.query(f"select path from ValidPaths where path {among}", parameters)
        return {row[0] for row in rows}

    def all_valid(self) -> set[str]:
        """Every registered path."""
        return {row[0] for row in self._database.query("select path from ValidPaths")}

    def info(self, path: str) -> PathInfo:
        """Raises `InvalidPathError`."""
        rows = self._database.query(f"select {_COLUMNS} from ValidPaths where path = ?", (path,))
        if not rows:
            raise InvalidPathError(path)
        references = self._database.query(
            "select path from Refs join ValidPaths on id = reference where referrer = ?",
            (rows[0][0],),
        )
        return _to_info(rows[0], frozenset(row[0] for row in references))

    def infos(self, paths: Iterable[str] | None = None) -> dict[str, PathInfo]:
        """Metadata of those of the paths that are registered; of all when none are given."""
        among, parameters = ("", ()) if paths is None else _among(paths)
        where = among and f"where path {among}"
        with self._database.snapshot():
            rows = self._database.query(f"select {_COLUMNS} from ValidPaths {where}", parameters)
            references = self._database.query(
                "select r.referrer, t.path from Refs r join ValidPaths t on t.id = r.reference"
                f" where r.referrer in (select id from ValidPaths {where})",
                parameters,
            )
        grouped: dict[int, list[str]] = {}
        for referrer, path in references:
            grouped.setdefault(referrer, []).append(path)
        return {row[1]: _to_info(row, frozenset(grouped.get(row[0], ()))) for row in rows}

    def references(self, paths: Iterable[str]) -> dict[str, frozenset[str]]:
        """References of those of the paths that are registered."""
        among, parameters = _among(paths)
        with self._database.snapshot():
            known = self._database.query(
                f"select path from ValidPaths where path {among}", parameters
            )
            rows = self._database.query(
                "select s.path, t.path from ValidPaths s join Refs on referrer = s.id"
                " join ValidPaths t on t.id = reference"
                f" where s.path {among}",
                parameters,
            )
        grouped: dict[str, set[str]] = {row[0]: set() for row in known}
        for source, target in rows:
            grouped[source].add(target)
        return {path: frozenset(targets) for path, targets in grouped.items()}

    def referrers(self, path: str) -> set[str]:
        """The paths that refer to a path."""
        rows = self._database.query(
            "select path from Refs join ValidPaths on id = referrer"
            " where reference = (select id from ValidPaths where path = ?)",
            (path,),
        )
        return {row[0] for row in rows}

    def valid_derivers(self, path: str) -> set[str]:
        """The registered derivations that have the path as an output."""
        rows = self._database.query(
            "select v.path from DerivationOutputs d join ValidPaths v on d.drv = v.id where d.path = ?",
            (path,),
        )
        return {row[0] for row in rows}

    def derivation_outputs(self, derivation: str) -> dict[str, str]:
        """Output names to paths of a registered derivation; raises `InvalidPathError`."""
        rows = self._database.query("select id from ValidPaths where path = ?", (derivation,))
        if not rows:
            raise InvalidPathError(derivation)
        outputs = self._database.query(
            "select id, path from DerivationOutputs where drv = ?", rows[0]
        )
        return dict(outputs)

    def path_from_hash_part(self, store_dir: str, hash_part: str) -> str | None:
        """The registered path that begins with a hash."""
        prefix = f"{store_dir}/{hash_part}"
        rows = self._database.query(
            "select path from ValidPaths where path >= ? limit 1", (prefix,)
        )
        return rows[0][0] if rows and rows[0][0].startswith(prefix) else None

    def closure(
        self,
        paths: Iterable[str],
        *,
        referrers: bool,
        include_outputs: bool,
        include_derivers: bool,
    ) -> set[str]:
        """The paths and all that they lead to; raises `InvalidPathError`."""
        start = set(paths)
        missing = start - self.valid(start)
        if missing:
            raise InvalidPathError(min(missing))
        among, parameters = _among(start)
        steps = _REFERRER_STEPS if referrers else _REFERENCE_STEPS
        wanted = [steps[0]] + [steps[1]] * include_outputs + [steps[2]] * include_derivers
        sql = (
            f"with recursive closure(id) as (select id from ValidPaths where path {among} union "
            + " union ".join(wanted)
            + ") select path from closure join ValidPaths using (id)"
        )
        return {row[0] for row in self._database.query(sql, parameters)}

    # -- changes

    def register(
        self, infos: Sequence[PathInfo], derivations: Mapping[str, Mapping[str, str]]
    ) -> None:
        """Registers paths in one transaction, updating those that are there.

        `derivations` maps each derivation among them to its output names and paths. Raises `InvalidPathError` when a
        reference is neither registered nor in the batch, `StoreError` for a cycle; nothing is changed then.
        """
        from neve.store.order import sort_topologically

        by_path = {info.path: info for info in infos}
        now = int(time.time())
        with self._database.transaction():
            ids = self._ids(by_path)
            self._database.execute_many(
                "insert into ValidPaths (path, hash, registrationTime, deriver, narSize, ultimate, sigs, ca)"
                " values (?, ?, ?, ?, ?, ?, ?, ?)",
                [_to_row(info, now) for path, info in by_path.items() if path not in ids],
            )
            for path in ids:
                self._update(by_path[path])
            self._add_references(by_path)
            self._add_outputs(by_path, derivations)
            sort_topologically(by_path, lambda path: by_path[path].references)

    def update(self, info: PathInfo) -> None:
        """Writes size, hash, signatures and content address of a registered path anew."""
        with self._database.transaction():
            self._update(info)

    def add_signatures(self, path: str, signatures: Iterable[str]) -> None:
        """Adds signatures to a registered path; raises `InvalidPathError`."""
        with self._database.transaction():
            rows = self._database.query("select sigs from ValidPaths where path = ?", (path,))
            if not rows:
                raise InvalidPathError(path)
            merged = {*(rows[0][0] or "").split(), *signatures}
            self._database.execute(
                "update ValidPaths set sigs = ? where path = ?", (" ".join(sorted(merged)), path)
            )

    def invalidate(self, path: str) -> None:
        """Forgets a path; raises `PathInUseError` when others refer to it."""
        with self._database.transaction():
            users = sorted(self.referrers(path) - {path})
            if users:
                names = ", ".join(f"'{user}'" for user in users)
                raise PathInUseError(f"cannot delete path '{path}' because it is in use by {names}")
            self._database.execute("delete from ValidPaths where path = ?", (path,))

    def referenced_from_outside(self, paths: Iterable[str]) -> set[str]:
        """Those of the paths that others than these refer to; within a transaction."""
        among, parameters = _among(paths)
        members = f"select id from ValidPaths where path {among}"
        rows = self._database.query(
            f"select distinct path from Refs join ValidPaths on id = reference where reference in ({members})"
            f" and referrer not in ({members})",
            parameters * 2,
        )
        return {row[0] for row in rows}

    def delete(self, paths: Iterable[str]) -> None:
        """Forgets paths that nothing else refers to; within a transaction."""
        among, parameters = _among(paths)
        self._database.execute(
            f"delete from Refs where referrer in (select id from ValidPaths where path {among})",
            parameters,
        )
        self._database.execute(f"delete from ValidPaths where path {among}", parameters)

    def _ids(self, paths: Iterable[str]) -> dict[str, int]:
        among, parameters = _among(paths)
        rows = self._database.query(
            f"select path, id from ValidPaths where path {among}", parameters
        )
        return dict(rows)

    def _update(self, info: PathInfo) -> None:
        path, nar_hash, _, _, nar_size, ultimate, signatures, content_address = _to_row(info, 0)
        self._database.execute(
            "update ValidPaths set narSize = ?, hash = ?, ultimate = ?, sigs = ?, ca = ? where path = ?",
            (nar_size, nar_hash, ultimate, signatures, content_address, path),
        )

    def _add_references(self, by_path: Mapping[str, PathInfo]) -> None:
        ids = self._ids(
            {*by_path, *(reference for info in by_path.values() for reference in info.references)}
        )
        rows = []
        for path, info in by_path.items():
            referrer = ids[path]
            for reference in info.references:
                if reference not in ids:
                    raise InvalidPathError(reference)
                rows.append((referrer, ids[reference]))
        self._database.execute_many(
            "insert or replace into Refs (referrer, reference) values (?, ?)", rows
        )

    def _add_outputs(
        self, by_path: Mapping[str, PathInfo], derivations: Mapping[str, Mapping[str, str]]
    ) -> None:
        ids = self._ids(derivations)
        self._database.execute_many(
            "insert or replace into DerivationOutputs (drv, id, path) values (?, ?, ?)",
            [
                (ids[derivation], name, path)
                for derivation, outputs in derivations.items()
                if derivation in by_path
                for name, path in outputs.items()
            ],
        )


_REFERENCE_STEPS: Final = (
    "select reference from closure join Refs on referrer = closure.id",
    "select o.id from closure join DerivationOutputs d on d.drv = closure.id join ValidPaths o on o.path = d.path",
    "select d.id from closure join ValidPaths v on v.id = closure.id join ValidPaths d on d.path = v.deriver",
)
_REFERRER_STEPS: Final = (
    "select referrer from closure join Refs on reference = closure.id",
    "select d.drv from closure join ValidPaths v on v.id = closure.id join DerivationOutputs d on d.path = v.path",
    "select o.id from closure join DerivationOutputs d on d.drv = closure.id join ValidPaths o on o.path = d.path",
)
"""One step along references or referrers, along outputs, along derivers."""


def _among(paths: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """A condition that a path be one of these, and its parameters."""
    listed = tuple(paths)
    if len(listed) <= _FEW:
        return f"in ({','.join('?' * len(listed))})", listed
    import json

    return "in (select value from json_each(?))", (json.dumps(listed),)


def _to_row(
    info: PathInfo, now: int
) -> tuple[str, str, int, str | None, int | None, int | None, str | None, str | None]:
    return (
        info.path,
        "sha256:" + info.nar_sha256.hex(),
        info.registration_time or now,
        info.deriver,
        info.nar_size or None,
        1 if info.is_ultimate else None,
        " ".join(sorted(info.signatures)) or None,
        info.content_address,
    )


def _to_info(row: Row, references: frozenset[str]) -> PathInfo:
    from neve.store.info import PathInfo

    (
        _,
        path,
        nar_hash,
        registration_time,
        deriver,
        nar_size,
        ultimate,
        signatures,
        content_address,
    ) = row
    return PathInfo(
        path,
        _parse_nar_hash(path, nar_hash),
        nar_size or 0,
        references,
        deriver or None,
        registration_time,
        ultimate == 1,
        frozenset((signatures or "").split()),
        content_address or None,
    )


def _parse_nar_hash(path: str, text: str) -> bytes:
    try:
        if text.startswith("sha256:") and len(text) == len("sha256:") + 64:
            return bytes.fromhex(text[len("sha256:") :])
        algorithm, digest = _core.parse_hash(text)
        if algorithm == "sha256":
            return digest
    except (ValueError, AttributeError):
        pass
    raise DatabaseError(f"invalid-path entry for '{path}': '{text}' is no sha256 hash")
