"""Content addresses: whether an object's name follows from what it holds."""

from collections.abc import Callable
from typing import Final

from neve import _core
from neve.store import paths
from neve.store.info import PathInfo
from neve.store.interface import Write

_ZEROS: Final = bytes(paths.HASH_LENGTH)


def nar_hash_modulo(real_path: str, algorithm: _core.HashAlgorithm, hash_part: str) -> bytes:
    """The digest of an object's archive without its own hash; see `hash_modulo`."""
    return hash_modulo(lambda write: _core.dump_path(real_path, write), algorithm, hash_part)


def hash_modulo(
    produce: Callable[[Write], object], algorithm: _core.HashAlgorithm, hash_part: str
) -> bytes:
    """The digest of bytes with a hash in them blanked, then `|<position>` for each place where it stood.

    Objects that refer to themselves have such a hash in their content address.
    """
    hasher = _core.Hasher(algorithm)
    needle = hash_part.encode()
    positions: list[int] = []
    done = 0
    rest = b""

    def write(piece: bytes) -> None:
        nonlocal done, rest
        data = rest + piece
        start = data.find(needle)
        while start >= 0:
            positions.append(done + start)
            data = data[:start] + _ZEROS + data[start + len(needle) :]
            start = data.find(needle, start + len(needle))
        # The end may hold the beginning of an occurrence.
        keep = min(len(needle) - 1, len(data))
        hasher.update(data[: len(data) - keep])
        done += len(data) - keep
        rest = data[len(data) - keep :]

    produce(write)
    hasher.update(rest)
    for position in positions:
        hasher.update(f"|{position}".encode())
    return hasher.digest()


def is_content_addressed(info: PathInfo, store_dir: str) -> bool:
    """Whether the path's name is the one that its content address demands; that makes signatures needless."""
    if info.content_address is None:
        return False
    try:
        method, algorithm, digest = paths.parse_content_address(info.content_address)
        name = paths.name_part(info.path)
        others = info.references - {info.path}
        if method == "text":
            if algorithm != "sha256" or info.path in info.references:
                return False
            kind = ":".join(["text", *sorted(others)])
            return _core.make_store_path(kind, digest, name, store_dir) == info.path
        expected = _core.make_fixed_output_path(
            name,
            method,
            algorithm,
            digest,
            others,
            store_dir,
            references_itself=info.path in info.references,
        )
    except ValueError:
        return False
    return expected == info.path
