"""What the hash commands share: algorithms, notations, hashing a path."""

from __future__ import annotations

from neve import _core, terminal
from neve.errors import NeveError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from neve._core import HashAlgorithm, HashFormat
    from neve.cli.options import Arguments

ALGORITHMS: Final[tuple[HashAlgorithm, ...]] = ("blake3", "md5", "sha1", "sha256", "sha512")
FORMATS: Final[dict[str, HashFormat]] = {
    "base16": "base16",
    "nix32": "nix32",
    "base32": "nix32",
    "base64": "base64",
    "sri": "sri",
}


def parse_algorithm(text: str) -> HashAlgorithm:
    """An algorithm by its name; raises `UsageError`."""
    for algorithm in ALGORITHMS:
        if text == algorithm:
            return algorithm
    raise UsageError(
        f"unknown hash algorithm '{text}', expect 'blake3', 'md5', 'sha1', 'sha256', or 'sha512'"
    )


def parse_format(text: str) -> HashFormat:
    """A notation by its name; raises `UsageError`."""
    if text not in FORMATS:
        raise UsageError(
            f"unknown hash format '{text}', expect 'base16', 'base32', 'base64', or 'sri'"
        )
    return FORMATS[text]


def take_algorithm(attribute: str) -> Callable[..., None]:
    """For an option whose value is an algorithm."""

    def apply(arguments: Arguments, word: str) -> None:
        algorithm = parse_algorithm(word)
        if algorithm == "blake3" and not arguments.settings.has_feature("blake3-hashes"):
            raise NeveError(
                "experimental Nix feature 'blake3-hashes' is disabled; "
                "add '--extra-experimental-features blake3-hashes' to enable it"
            )
        setattr(arguments, attribute, algorithm)

    return apply


def take_format(attribute: str) -> Callable[..., None]:
    """For an option whose value is a notation."""

    def apply(arguments: Arguments, word: str) -> None:
        if word == "base32":
            terminal.warn('"base32" is a deprecated alias for hash format "nix32".')
        setattr(arguments, attribute, parse_format(word))

    return apply


def hash_path(path: str, algorithm: HashAlgorithm, *, is_flat: bool) -> bytes:
    """The digest of a file's bytes, or of the archive of a path."""
    if is_flat:
        return _core.hash_file(algorithm, path)
    hasher = _core.Hasher(algorithm)
    _core.dump_path(path, hasher.update)
    return hasher.digest()


def show(digest: bytes, algorithm: HashAlgorithm, hash_format: HashFormat) -> str:
    """A digest, or one folded to fewer bytes, as the hash commands print it: only SRI names the algorithm."""
    if hash_format == "base16":
        return digest.hex()
    if hash_format == "nix32":
        return _core.encode_nix32(digest)
    import base64

    text = base64.b64encode(digest).decode("ascii")
    return f"{algorithm}-{text}" if hash_format == "sri" else text


def parse(text: str, algorithm: HashAlgorithm | None) -> tuple[HashAlgorithm, bytes]:
    """A hash in any notation; raises `NeveError`."""
    try:
        return _core.parse_hash(text, algorithm)
    except ValueError as error:
        raise NeveError(str(error)) from None


def notation(text: str, digest: bytes) -> HashFormat:
    """The notation in which a hash that was parsed is written."""
    rest = text.partition(":")[2] or text
    if "-" in rest:
        return "sri"
    size = len(digest)
    lengths: dict[int, HashFormat] = {
        size * 2: "base16",
        (size * 8 - 1) // 5 + 1: "nix32",
        (4 * size // 3 + 3) & ~3: "base64",
    }
    return lengths[len(rest)]
