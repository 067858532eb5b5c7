"""Names of store paths: `<store dir>/<32 characters of base-32>-<name>`."""

from __future__ import annotations

import os
from functools import cache

from neve import _core
from neve.errors import BadStorePathError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from typing import Final, Literal

    IngestionMethod = Literal["flat", "nar", "text", "git"]
    """How an object's content address is made: of a file's bytes, of its archive, as a text, or as git does it."""

INGESTION_METHODS: Final[tuple[IngestionMethod, ...]] = ("flat", "nar", "text", "git")
HASH_LENGTH: Final = 32
DERIVATION_SUFFIX: Final = ".drv"
MAX_LINKS_FOLLOWED: Final = 1024

_BASE32: Final = frozenset("0123456789abcdfghijklmnpqrsvwxyz")


@cache
def _base_name_pattern() -> re.Pattern[str]:
    import re

    return re.compile(r"[0-9a-df-np-sv-z]{32}-(?!\.\.?(?:-|\Z))[0-9a-zA-Z+\-._?=]{1,211}\Z")


def base_name(path: str) -> str:
    """`<hash>-<name>` of a store path."""
    return path[path.rindex("/") + 1 :]


def hash_part(path: str) -> str:
    """The 32 characters that identify a store path."""
    start = path.rindex("/") + 1
    return path[start : start + HASH_LENGTH]


def name_part(path: str) -> str:
    """What follows the hash."""
    return path[path.rindex("/") + 2 + HASH_LENGTH :]


def is_derivation(path: str) -> bool:
    """Whether a store path is named as a derivation."""
    return path.endswith(DERIVATION_SUFFIX)


def is_base_name(text: str) -> bool:
    """Whether a file name is that of a store path."""
    return _base_name_pattern().match(text) is not None


def is_in_store(path: str, store_dir: str) -> bool:
    """Whether a file name lies below the store directory."""
    return path.startswith(f"{store_dir}/") and len(path) > len(store_dir) + 1


def check_base_name(text: str) -> None:
    """Raises `BadStorePathError`, saying why, unless `text` is `<hash>-<name>`."""
    if is_base_name(text):
        return
    if len(text) < HASH_LENGTH + 1:
        raise BadStorePathError(f"'{text}' is too short to be a valid store path")
    for character in text[:HASH_LENGTH]:
        if character not in _BASE32:
            raise BadStorePathError(
                f"store path '{text}' contains illegal base-32 character '{character}'"
            )
    try:
        _core.check_store_path_name(text[HASH_LENGTH + 1 :])
    except ValueError as error:
        raise BadStorePathError(f"path '{text}' is not a valid store path: {error}") from error
    raise BadStorePathError(f"path '{text}' is not a valid store path")


def parse_store_path(text: str, store_dir: str) -> str:
    """The store path that `text` names, made canonical; raises `BadStorePathError`."""
    path = (
        text
        if text.startswith("/") and "//" not in text and "/." not in text
        else os.path.abspath(text)
    )
    path = path.rstrip("/")
    head, _, name = path.rpartition("/")
    if head != store_dir or not text.startswith("/"):
        raise BadStorePathError(f'path "{path}" is not in the Nix store')
    check_base_name(name)
    return path


def split_store_path(path: str, store_dir: str) -> tuple[str, str]:
    """A file name below the store directory → the store path and what follows it, which begins with `/` or is empty."""
    if not is_in_store(path, store_dir):
        raise BadStorePathError(f"path '{path}' is not in the Nix store")
    name, slash, rest = path[len(store_dir) + 1 :].partition("/")
    check_base_name(name)
    return f"{store_dir}/{name}", slash + rest


def follow_links(path: str, store_dir: str) -> str:
    """Follows symbolic links from `path` until it lies in the store; the whole name, below a store path perhaps."""
    current = os.path.abspath(path)
    for _ in range(MAX_LINKS_FOLLOWED):
        if is_in_store(current, store_dir):
            return current
        try:
            target = os.readlink(current)
        except OSError:
            raise BadStorePathError(f'path "{current}" is not in the Nix store') from None
        current = os.path.abspath(os.path.join(os.path.dirname(current), target))
    raise BadStorePathError(f"too many symbolic links encountered while resolving '{path}'")


_ADDRESS_PREFIXES: Final[dict[IngestionMethod, str]] = {
    "text": "text:",
    "flat": "fixed:",
    "nar": "fixed:r:",
    "git": "fixed:git:",
}


def content_address(method: IngestionMethod, algorithm: _core.HashAlgorithm, digest: bytes) -> str:
    """The text form of a content address, the inverse of `_core.parse_content_address`."""
    return _ADDRESS_PREFIXES[method] + _core.encode_hash(digest, algorithm, "nix32", prefix=True)
