"""The compiled half of Neve: the byte formats of a Nix store, and the language.

Everything here is implemented in Rust (`crates/bindings`). Functions that touch a file system or hash more than a
few kilobytes release the interpreter lock. Bad input raises `ValueError`, a failed system call the matching `OSError`
with its file name; neither leaves a half-written file behind.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Literal, Self, final

HashAlgorithm = Literal["md5", "sha1", "sha256", "sha512", "blake3"]
HashFormat = Literal["base16", "nix32", "base64", "sri"]

# -- hashes ---------------------------------------------------------------------------------------------------------

def hash_bytes(algorithm: HashAlgorithm, data: bytes, /) -> bytes:
    """The digest of `data`."""

def hash_file(algorithm: HashAlgorithm, path: str | bytes, /) -> bytes:
    """The digest of a file's bytes, in constant memory."""

@final
class Hasher:
    """An incremental hash."""

    def __new__(cls, algorithm: HashAlgorithm, /) -> Self: ...
    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...

def encode_hash(digest: bytes, algorithm: HashAlgorithm, hash_format: HashFormat, /, *, prefix: bool = False) -> str:
    """A digest as text; with `prefix`, as `<algorithm>:<text>` (SRI always names its algorithm)."""

def parse_hash(text: str, algorithm: HashAlgorithm | None = None, /) -> tuple[HashAlgorithm, bytes]:
    """Any of Nix's notations: `algo:base16|nix32|base64`, SRI, or bare text when `algorithm` is given."""

def encode_nix32(data: bytes, /) -> str:
    """Nix's base-32 of any bytes."""

def decode_nix32(text: str, /) -> bytes: ...

# -- store paths ----------------------------------------------------------------------------------------------------

def make_store_path(kind: str, inner_sha256: bytes, name: str, store_dir: str, /) -> str:
    """`<store_dir>/<hash>-<name>`; `kind` is the TYPE of the store path formula (`text:…`, `source:…`, `output:out`)."""

def make_text_path(name: str, content: bytes, references: Iterable[str], store_dir: str, /) -> str:
    """The path of a file made of `content` (`toFile`, derivations)."""

def make_fixed_output_path(
    name: str,
    method: Literal["flat", "nar", "text", "git"],
    algorithm: HashAlgorithm,
    digest: bytes,
    references: Iterable[str],
    store_dir: str,
    /,
    *,
    references_itself: bool = False,
) -> str:
    """The path of a content-addressed object."""

def check_store_path_name(name: str, /) -> None:
    """Raises `ValueError`, worded as Nix does, if `name` is not a legal name of a store path."""

# -- archives -------------------------------------------------------------------------------------------------------

@final
class NarSummary:
    """What one pass over a tree yields."""

    sha256: bytes
    size: int
    """Bytes of the archive."""
    references: set[str]
    """Those of the candidate hash parts that occur in it."""

def summarise_path(path: str | bytes, candidates: Iterable[str] = (), /) -> NarSummary:
    """Archives `path` without writing it anywhere: its hash, its size, and which 32-character hash parts occur."""

def summarise_nar(read: Callable[[int], bytes], candidates: Iterable[str] = (), /) -> NarSummary:
    """The same for an archive in a stream; it is checked to be well formed."""

def dump_path(path: str | bytes, write: Callable[[bytes], object], /) -> None:
    """Writes the archive of `path` in pieces of up to 64 KiB."""

def restore_path(path: str | bytes, read: Callable[[int], bytes], /, *, sync: bool = False) -> NarSummary:
    """Unpacks an archive to `path`, which must not exist; what was written is removed again on failure.

    Refuses names that are empty, `.`, `..`, or hold `/` or NUL, and entries out of order, so nothing is written
    outside `path`.
    """

def list_nar(read: Callable[[int], bytes], /) -> dict[str, Any]:
    """The listing of an archive in the form of a binary cache's `.ls` file (its `root` value)."""

def canonicalise_path(path: str | bytes, /, *, uid: int | None = None, gid: int | None = None) -> None:
    """Gives a tree the metadata of a store object: mtime 1, modes 0444 or 0555, owner, no extended attributes.

    Refuses anything but regular files, directories and symbolic links.
    """

def rewrite_hashes(data: bytes, replacements: Mapping[str, str], /) -> bytes:
    """Replaces hash parts by others of the same length."""

# -- derivations ----------------------------------------------------------------------------------------------------

@final
class DerivationOutput:
    """One output; which fields are set tells its kind (input-addressed, fixed, floating, deferred)."""

    path: str | None
    method: Literal["flat", "nar", "text", "git"] | None
    algorithm: HashAlgorithm | None
    digest: bytes | None
    is_impure: bool

@final
class Derivation:
    """A parsed `.drv`."""

    name: str
    outputs: dict[str, DerivationOutput]
    input_drvs: dict[str, set[str]]
    """Derivation path → output names."""
    input_srcs: set[str]
    system: str
    builder: str
    args: list[str]
    env: dict[str, str]
    structured_attrs: dict[str, Any] | None

    @staticmethod
    def parse(text: bytes, name: str, store_dir: str = "/nix/store", /) -> Derivation:
        """Parses ATerm text (`Derive(…)` or `DrvWithVersion(…)`); `name` is the path's name without `.drv`."""

    @staticmethod
    def from_json(value: Mapping[str, Any], store_dir: str = "/nix/store", /) -> Derivation:
        """From the JSON form of `nix derivation show`, format version 4."""

    def to_aterm(self, store_dir: str = "/nix/store", /) -> bytes: ...
    def to_json(self, store_dir: str = "/nix/store", /) -> dict[str, Any]: ...
    def store_path(self, store_dir: str = "/nix/store", /) -> str:
        """Where this derivation's own file belongs."""

# The evaluator's part of this module is described below.
