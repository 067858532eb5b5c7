"""Logs of builds: `<log dir>/drvs/<2 characters>/<rest of the derivation's name>`, compressed with bzip2 or not."""

from __future__ import annotations

import bz2
import os
from typing import TYPE_CHECKING

from neve.errors import InvalidPathError, StoreError
from neve.store import paths

if TYPE_CHECKING:
    from neve.store.local import Store


def build_log_path(store: Store, derivation: str) -> str:
    """See `Store.build_log_path`."""
    name = paths.base_name(derivation)
    return f"{store.layout.log_dir}/drvs/{name[:2]}/{name[2:]}.bz2"


def write_build_log(store: Store, derivation: str, log: bytes) -> None:
    """See `Store.write_build_log`."""
    path = build_log_path(store, derivation)
    if os.path.exists(path):
        return
    temporary = f"{path}.tmp.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(temporary, "wb") as file:
            file.write(bz2.compress(log))
        os.rename(temporary, path)
    except OSError as error:
        raise StoreError(f"writing build log '{path}': {error.strerror}") from error


def read_build_log(store: Store, path: str) -> bytes | None:
    """See `Store.read_build_log`."""
    derivation: str | None = path
    if not paths.is_derivation(path):
        try:
            derivation = store.query_path_info(path).deriver
        except InvalidPathError:
            return None
    if derivation is None:
        return None
    compressed = build_log_path(store, derivation)
    plain = compressed.removesuffix(".bz2")
    try:
        if os.path.exists(plain):
            with open(plain, "rb") as file:
                return file.read()
        if os.path.exists(compressed):
            with open(compressed, "rb") as file:
                return bz2.decompress(file.read())
    except (OSError, ValueError) as error:
        raise StoreError(f"reading the build log of '{derivation}': {error}") from error
    return None
