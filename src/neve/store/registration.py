"""Metadata as text: the form of `nix-store --dump-db`, `--load-db` and `--register-validity`.

For each path a line with it; with hashes a line with the hash in base-16 and one with the size; a line with the
deriver, perhaps empty; a line with the number of references, then one with each.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from neve import _core
from neve.errors import StoreError
from neve.store.info import PathInfo
from neve.store.paths import parse_store_path

if TYPE_CHECKING:
    from collections.abc import Iterator


def render_registration(info: PathInfo) -> str:
    """The text for a path, hash included."""
    references = sorted(info.references)
    lines = [
        info.path,
        info.nar_sha256.hex(),
        str(info.nar_size),
        info.deriver or "",
        str(len(references)),
        *references,
    ]
    return "".join(f"{line}\n" for line in lines)


def parse_registrations(file: IO[str], store_dir: str, *, hash_given: bool) -> Iterator[PathInfo]:
    """The paths of a text; without hashes in it, digest and size are empty."""
    while True:
        path = file.readline().rstrip("\n")
        if not path:
            return
        yield _parse_one(file, parse_store_path(path, store_dir), store_dir, hash_given=hash_given)


def _parse_one(file: IO[str], path: str, store_dir: str, *, hash_given: bool) -> PathInfo:
    digest, size = b"", 0
    if hash_given:
        text = _line(file, path)
        try:
            algorithm, digest = _core.parse_hash(text, "sha256")
        except ValueError as error:
            raise StoreError(f"registration of '{path}': bad hash '{text}': {error}") from error
        if algorithm != "sha256":
            raise StoreError(f"registration of '{path}': '{text}' is no sha256 hash")
        size = _number(file, path)
    deriver = _line(file, path)
    references = frozenset(
        parse_store_path(_line(file, path), store_dir) for _ in range(_number(file, path))
    )
    return PathInfo(
        path,
        digest,
        size,
        references,
        deriver=parse_store_path(deriver, store_dir) if deriver else None,
    )


def _line(file: IO[str], path: str) -> str:
    line = file.readline()
    if not line.endswith("\n"):
        raise StoreError(f"registration of '{path}': missing input")
    return line[:-1]


def _number(file: IO[str], path: str) -> int:
    text = _line(file, path)
    if not text.isascii() or not text.isdigit():
        raise StoreError(f"registration of '{path}': number expected, got '{text}'")
    return int(text)
