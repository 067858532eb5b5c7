"""The compiled half of Neve: the byte formats of a Nix store, and the language.

Everything here is implemented in Rust (`crates/bindings`). Functions that touch a file system or hash more than a
few kilobytes release the interpreter lock. Bad input raises `ValueError`, a failed system call the matching `OSError`
with its file name; neither leaves a half-written file behind.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Literal, Protocol, Self, TypeAlias, final

from neve.errors import Frame

HashAlgorithm: TypeAlias = Literal["md5", "sha1", "sha256", "sha512", "blake3"]
HashFormat: TypeAlias = Literal["base16", "nix32", "base64", "sri"]

# -- hashes ---------------------------------------------------------------------------------------------------------

def hash_bytes(algorithm: HashAlgorithm, data: bytes, /) -> bytes:
    """The digest of `data`."""

def hash_file(algorithm: HashAlgorithm, path: str | bytes, /) -> bytes:
    """The digest of a file's bytes, in constant memory."""

@final
class XzReader:
    """The plain bytes of an xz file, of several streams perhaps; `read` gives the compressed bytes, none at the end.

    Raises `OSError` for a file that is damaged or ends early, and what `read` raises.
    """

    def __new__(cls, read: Callable[[int], bytes], /) -> Self: ...
    def read(self, size: int, /) -> bytes:
        """That many bytes, fewer only at the end, or of more than 4 MiB."""

class Hasher:
    """An incremental hash."""

    def __new__(cls, algorithm: HashAlgorithm, /) -> Self: ...
    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...

def encode_hash(
    digest: bytes, algorithm: HashAlgorithm, hash_format: HashFormat, /, *, prefix: bool = False
) -> str:
    """A digest as text; with `prefix`, as `<algorithm>:<text>` (SRI always names its algorithm)."""

def parse_hash(text: str, algorithm: HashAlgorithm | None = None, /) -> tuple[HashAlgorithm, bytes]:
    """Any of Nix's notations: `algo:base16|nix32|base64`, SRI, or bare text when `algorithm` is given."""

def compress_hash(digest: bytes, /) -> bytes:
    """A digest folded to the 20 bytes of a store path's hash part."""

def encode_nix32(data: bytes, /) -> str:
    """Nix's base-32 of any bytes."""

def decode_nix32(text: str, /) -> bytes: ...

# -- store paths ----------------------------------------------------------------------------------------------------

def make_store_path(kind: str, inner_sha256: bytes, name: str, store_dir: str, /) -> str:
    """`<store_dir>/<hash>-<name>`; `kind` is the TYPE of the store path formula (`text:…`, `source:…`, `output:…`)."""

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

def parse_store_path(path: str, store_dir: str = "/nix/store", /) -> tuple[str, str]:
    """Hash part and name of a whole path; raises `ValueError`, worded as Nix does, if it is none."""

def parse_content_address(
    text: str, /
) -> tuple[Literal["flat", "nar", "text", "git"], HashAlgorithm, bytes]:
    """Method, algorithm and digest of `text:…` or `fixed:…`."""

def placeholder(output: str, /) -> str:
    """What stands for a derivation's own output in it, as `builtins.placeholder` returns it."""

def downstream_placeholder(drv_path: str, /, *outputs: str, store_dir: str = "/nix/store") -> str:
    """What stands for an output of another derivation until it was built; with several names, for an output of the
    derivation that the output before is."""

# -- archives -------------------------------------------------------------------------------------------------------

@final
class NarSummary:
    """What one pass over a tree yields."""

    @property
    def sha256(self) -> bytes: ...
    @property
    def size(self) -> int:
        """Bytes of the archive."""

    @property
    def references(self) -> set[str]:
        """Those of the candidate hash parts that occur in it."""

def summarise_path(path: str | bytes, candidates: Iterable[str] | None = None, /) -> NarSummary:
    """Archives `path` without writing it anywhere: its hash, its size, and which 32-character hash parts occur."""

def summarise_nar(
    read: Callable[[int], bytes],
    candidates: Iterable[str] | None = None,
    /,
    *,
    exact: bool = False,
) -> NarSummary:
    """The same for an archive in a stream; it is checked to be well formed.

    `read(count)` returns up to `count` bytes, none at the end. With `exact` it is asked for nothing beyond the
    archive, so that what follows can be read from the stream; that takes more and smaller reads.
    """

def summarise_contents(contents: bytes, /, *, executable: bool = False) -> NarSummary:
    """The same for the archive of a file with these contents, which need not exist."""

def dump_path(
    path: str | bytes,
    write: Callable[[bytes], object],
    /,
    *,
    kept: AbstractSet[bytes] | None = None,
) -> None:
    """Writes the archive of `path` in pieces of up to 64 KiB; of what is below it, only the paths in `kept`."""

def restore_path(
    path: str | bytes,
    read: Callable[[int], bytes],
    /,
    *,
    sync: bool = False,
    canonical: bool = False,
    exact: bool = False,
) -> NarSummary:
    """Unpacks an archive to `path`, which must not exist; what was written is removed again on failure.

    Refuses names that are empty, `.`, `..`, or hold `/` or NUL, and entries out of order, so nothing is written
    outside `path`. `sync` waits until all is on the disk, `canonical` gives everything the modes and times of store
    objects at once, `exact` is that of `summarise_nar`.
    """

def list_nar(read: Callable[[int], bytes], /) -> dict[str, Any]:
    """The listing of an archive in the form of a binary cache's `.ls` file (its `root` value)."""

def make_export_trailer(
    path: str, references: Iterable[str], deriver: str | None, store_dir: str = "/nix/store", /
) -> bytes:
    """What follows an object's archive in the stream of `nix-store --export`."""

def read_export_trailer(
    read: Callable[[int], bytes], store_dir: str = "/nix/store", /
) -> tuple[str, set[str], str | None]:
    """Path, references and deriver from such a trailer; reads nothing beyond it."""

def canonicalise_path(
    path: str | bytes, /, *, uid: int | None = None, gid: int | None = None
) -> None:
    """Gives a tree the metadata of a store object: mtime 1, modes 0444 or 0555, owner (by default the calling user), no
    extended attributes.

    Refuses anything but regular files, directories and symbolic links.
    """

@final
class Canonicaliser:
    """`canonicalise_path` for the outputs of one build, with more rules."""

    def __new__(
        cls,
        *,
        uid: int | None = None,
        gid: int | None = None,
        builder_uids: tuple[int, int] | None = None,
        ignored_attributes: Iterable[str] | None = None,
    ) -> Self:
        """`builder_uids` (first, last) refuses files of other owners unless they are hard links to files that were
        canonicalised before. `ignored_attributes` are extended attributes to leave alone, by default those that
        cannot be removed: `security.selinux`, `system.nfs4_acl`, `security.csm`."""

    def canonicalise(self, path: str | bytes, /) -> None: ...

def rewrite_hashes(data: bytes, replacements: Mapping[str, str], /) -> bytes:
    """Replaces hash parts by others."""

def hash_path_modulo(
    path: str | bytes,
    method: Literal["flat", "nar", "text"],
    algorithm: HashAlgorithm,
    hash_part: str,
    /,
) -> bytes:
    """The digest of a file or of a tree's archive in which zeros stand for `hash_part`: what the content address of
    an object that refers to itself is made from."""

def copy_path_rewritten(
    source: str | bytes,
    destination: str | bytes,
    replacements: Mapping[str, str],
    /,
    *,
    sync: bool = False,
    canonical: bool = False,
) -> NarSummary:
    """Copies a tree with hash parts replaced in contents, link targets and names, in constant memory; `destination`
    must not exist. Options and result are those of `restore_path`."""

# -- derivations ----------------------------------------------------------------------------------------------------

@final
class DerivationOutput:
    """One output; which fields are set tells its kind: `path` alone input-addressed, `digest` fixed, `method` and
    `algorithm` floating or impure, nothing deferred."""

    @property
    def path(self) -> str | None: ...
    @property
    def method(self) -> Literal["flat", "nar", "text", "git"] | None: ...
    @property
    def algorithm(self) -> HashAlgorithm | None: ...
    @property
    def digest(self) -> bytes | None: ...
    @property
    def is_impure(self) -> bool: ...

@final
class Derivation:
    """A build recipe. It does not change, and collections that it returns are copies.

    Bytes that are not UTF-8 become lone surrogates in text, as in file names.
    """

    @staticmethod
    def parse(text: bytes, name: str, store_dir: str = "/nix/store", /) -> Derivation:
        """Parses ATerm text (`Derive(…)` or `DrvWithVersion(…)`); `name` is the path's name without `.drv`."""

    @staticmethod
    def from_json(value: Mapping[str, Any], store_dir: str = "/nix/store", /) -> Derivation:
        """From the JSON form of `nix derivation show`, format version 4. Output paths are taken as they are: see
        `DerivationHashes.complete`."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> Literal["input-addressed", "deferred", "fixed", "floating", "impure"]:
        """What its outputs make it; raises `ValueError` when they contradict each other."""

    @property
    def outputs(self) -> dict[str, DerivationOutput]: ...
    @property
    def input_drvs(self) -> dict[str, set[str]]:
        """Derivation path → output names."""

    @property
    def dynamic_inputs(self) -> dict[str, dict[str, Any]]:
        """Derivation path → name of an output that is itself a derivation → `outputs`, the names needed of that, and
        `dynamic`, the same again for outputs that are derivations. Only derivations where there is such."""

    @property
    def input_srcs(self) -> set[str]: ...
    @property
    def system(self) -> str: ...
    @property
    def builder(self) -> str: ...
    @property
    def args(self) -> list[str]: ...
    @property
    def env(self) -> dict[str, str]: ...
    @property
    def structured_attrs(self) -> dict[str, Any] | None: ...
    def to_aterm(self, store_dir: str | None = None, /) -> bytes:
        """The text of its file; by default with the store directory that it was read with."""

    def to_json(self) -> dict[str, Any]:
        """As `from_json` takes it; raises `ValueError` for what is not UTF-8."""

    def store_path(self, store_dir: str | None = None, /) -> str:
        """Where its file belongs."""

    def resolve(self, output_paths: Mapping[tuple[str, ...], str], /) -> Derivation:
        """The derivation with built inputs in place of input derivations and their placeholders.

        `output_paths`: (derivation path, output name) → path; for outputs of outputs the names from the outside in.
        Deferred outputs are still to be filled in: see `DerivationHashes.complete`.
        """

@final
class DerivationHashes:
    """Hashes in which input derivations stand for what they produce: what output paths are made from. Those of inputs
    are remembered."""

    def __new__(cls, load: Callable[[str], Derivation], store_dir: str = "/nix/store", /) -> Self:
        """`load` reads the derivation at a path; what it raises is passed on."""

    def output_hashes(self, derivation: Derivation, /) -> dict[str, bytes]:
        """SHA-256 digest for each output name: with `!` and the name they identify a realisation."""

    def complete(self, derivation: Derivation, /) -> Derivation:
        """The derivation with the paths of its outputs filled in, in outputs and variables, where they are missing and
        can be known. Raises `ValueError` for paths that are there and wrong."""

    def check(self, derivation: Derivation, /) -> None:
        """Raises `ValueError`, worded as Nix does, if a path of an output is wrong."""

# -- binary caches --------------------------------------------------------------------------------------------------

@final
class NarInfo:
    """A `.narinfo` file: what a binary cache says of a store object."""

    def __new__(
        cls,
        path: str,
        /,
        *,
        url: str,
        compression: str,
        file_hash: str | None,
        file_size: int,
        nar_sha256: bytes,
        nar_size: int,
        references: Iterable[str] | None = None,
        deriver: str | None = None,
        signatures: Iterable[str] | None = None,
        content_address: str | None = None,
        store_dir: str = "/nix/store",
    ) -> Self: ...
    @staticmethod
    def parse(text: str, file: str, store_dir: str = "/nix/store", /) -> NarInfo:
        """Raises `ValueError`, worded as Nix does, for what is no such file; `file` is its name in messages."""

    def to_text(self) -> str: ...
    def fingerprint(self) -> str:
        """The text that signatures cover."""

    @property
    def path(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def compression(self) -> str: ...
    @property
    def file_hash(self) -> str | None:
        """Of the compressed archive: `<algorithm>:<base-32>`."""

    @property
    def file_size(self) -> int:
        """Bytes of the compressed archive; 0 when unknown."""

    @property
    def nar_sha256(self) -> bytes: ...
    @property
    def nar_size(self) -> int: ...
    @property
    def references(self) -> set[str]:
        """Store paths."""

    @property
    def deriver(self) -> str | None: ...
    @property
    def signatures(self) -> set[str]: ...
    @property
    def content_address(self) -> str | None: ...

def path_fingerprint(
    path: str,
    nar_sha256: bytes,
    nar_size: int,
    references: Iterable[str],
    store_dir: str = "/nix/store",
    /,
) -> str:
    """The text that signatures of a store object cover."""

def generate_key(name: str, /) -> str:
    """A new Ed25519 secret key: `<name>:<base-64>`."""

def public_key(secret_key: str, /) -> str:
    """The half of a secret key that checks signatures."""

def sign(secret_key: str, data: bytes, /) -> str:
    """A signature: `<name>:<base-64>`."""

def verify(data: bytes, signature: str, public_keys: Iterable[str], /) -> bool:
    """Whether one of the keys, by name, made the signature of this data. Raises `ValueError` for what is no key or
    signature."""

# -- the language ---------------------------------------------------------------------------------------------------

def parse_flake_ref(text: str, /) -> dict[str, str | int | bool]:
    """The attributes of a flake reference: a name (`nixpkgs/23.05`), a URL (`github:owner/repo?dir=sub`) or an absolute
    path; `type` says which, `dir` is where `flake.nix` lies unless at the top. `ValueError` for anything else."""

def show_flake_ref(attrs: Mapping[str, str | int | bool], /) -> str:
    """The other way round: the URL of a reference."""

DebuggerStop: TypeAlias = Literal["breakpoint", "step", "error", "tried error"]
DebuggerDecision: TypeAlias = Literal["continue", "step", "quit"]

class Host(Protocol):
    """What the evaluator asks of the world outside the language; implemented in `neve.lang.host`.

    Methods may raise any `neve.errors.NeveError`; it ends the evaluation and keeps its class.
    """

    def message(self, level: Literal["trace", "warning", "notice", "info"], text: str, /) -> None:
        """Prints what `builtins.trace` (`trace`), `builtins.warn` (`warning`) and the evaluator itself (`notice`: a
        warning that is not the expression's; `info`: calls, with `trace_function_calls`) have to say."""

    def lookup_path_entry(self, value: str, /) -> str | None:
        """The directory that a lookup path entry which is no plain path stands for (URL, `channel:`, `flake:`)."""

    def fetch(self, function: str, arguments: dict[str, Any], /) -> dict[str, Any]:
        """Fetches. The evaluator has checked the arguments; `outPath` of an answer is a store path that exists.

        `fetchurl`, `fetchTarball`: `url` (`fetchTarball` takes `channel:NAME`, too), `name` of the store path, and
        `sha256` (SRI) if it is fixed: of the file, or of the unpacked tree as an archive → `outPath`.
        `fetchTree`, `fetchGit`, `fetchMercurial`: the attributes of an input as `parse_flake_ref` gives them;
        with `__final`, they come from a lock file and say all there is to know → `outPath` and the attributes of the
        locked input: `narHash` (SRI), and where there is such a thing `rev` (hexadecimal), `ref`, `revCount`,
        `lastModified` (seconds since 1970), `dirtyRev`, `dirtyShortRev`. A tree with `narHash` in its attributes has
        that hash, or a `HashMismatchError` is raised. Inputs of type `indirect` are looked up in the registries.
        `resolveTree`: the attributes of an input of type `indirect` → those of the input that registries name for it,
        but for those of the user and of the system.
        `fetchClosure`: `fromStore` (URL), `fromPath`, `toPath` (may be empty), `inputAddressed` → `outPath`.
        `getFlake`: the attributes of a flake reference, `dir` among them → `lockFile`, the text of the flake's lock
        file (version 7), made or completed as need be, and `overrides`: for nodes of it whose trees are fetched
        already, the flake itself (the root) among them, `sourceInfo`, as `fetchTree` answers, and `dir` in it."""

    def realise(self, drv_outputs: list[tuple[str, str]], /) -> dict[tuple[str, str], str]:
        """Builds outputs (import from derivation): (derivation path, output name) → output path."""

    def is_valid_path(self, store_path: str, /) -> bool: ...
    def ensure_path(self, store_path: str, /) -> None:
        """Makes a path valid if a binary cache has it; raises `StoreError` otherwise."""

    def path_references(self, store_path: str, /) -> list[str]: ...
    def real_store_dir(self) -> str:
        """The folder that holds the paths of the store, if that is another than their names say."""

    def add_path(
        self,
        path: str,
        method: Literal["flat", "nar"],
        expected: str,
        kept: frozenset[bytes] | None,
        /,
    ) -> None:
        """Copies a path to the store path `expected`, which the evaluator worked out from its contents.

        `kept` are the paths below it that are copied, if it was filtered.
        """

    def keep_texts(self, paths: list[str], /) -> set[str]:
        """Keeps text objects from being collected; those that the store lacks, which are written next."""

    def add_texts(self, texts: list[tuple[str, bytes, list[str]]], /) -> None:
        """Writes text objects, derivations mostly: (store path, content, references), inputs before users."""

    def debug(
        self,
        reason: DebuggerStop,
        error: Exception | None,
        frames: list[tuple[Frame, str]],
        /,
    ) -> DebuggerDecision:
        """With the setting `debugger`: asked at `builtins.break`, before anything catches an error (which alone has
        `error`; a "tried error" is one inside a `tryEval`), and after each step that it wanted. `frames`: what is under
        way with an excerpt of the source, innermost first; at a breakpoint or an error, the first stands for that
        itself. Called on the thread that waits for the evaluation, and may evaluate meanwhile."""

    def interrupt(self) -> None:
        """Called on the thread that waits for the evaluation, when a signal's handler raised: to end what the host is
        doing for the evaluator at the time."""

@final
class Evaluator:
    """One evaluator: a heap, a table of imported files, and the settings it was made with.

    Evaluation runs on a thread of its own with a deep stack; calls from several threads take turns.
    """

    def __new__(cls, host: Host, settings: Mapping[str, Any], /) -> Self:
        """`settings`: `store_dir`, `system`, `lookup_path` (list of (prefix, value)), `pure`, `restricted`,
        `allowed_paths`, `allowed_uris`, `experimental_features`, `max_call_depth`, `max_heap_bytes`, `read_only`
        (derivations are hashed, not written), `import_from_derivation`, `current_time`, `trace_verbose`,
        `trace_function_calls`, `abort_on_warn`, `show_trace`, `current_dir`, `home`, `environment`,
        `lint_url_literals`, `lint_short_path_literals`, `lint_absolute_path_literals`, `debugger`, `ignore_try`,
        `debugger_on_trace`, `debugger_on_warn`.
        """

    def parse_to_text(self, text: bytes, /, *, base_dir: str, origin: str | None = None) -> str:
        """The syntax tree as `nix-instantiate --parse` prints it. `origin`: a file name, `-` for standard input, `None`
        for an expression given as text."""

    def evaluate(
        self,
        text: bytes,
        /,
        *,
        base_dir: str,
        origin: str | None = None,
        scope: Scope | None = None,
        lazy: bool = False,
    ) -> Value:
        """Parses an expression and evaluates it to weak head normal form; with `lazy`, only when it is asked for."""

    def evaluate_bindings(self, text: bytes, /, *, base_dir: str, scope: Scope) -> Value:
        """The set that the bindings of an interactive line define (`x = 1`, `inherit (y) z; a.b = 2`); the last `;` may
        be missing. Raises `ParseError` for a text that is something else."""

    def import_file(self, path: str, /) -> Value:
        """Evaluates a file or a directory's `default.nix`, once."""

    def find_file(self, name: str, /) -> str:
        """What `<name>` stands for."""

    def from_python(self, value: object, /) -> Value:
        """A value from `None`, bool, int, float, str, `Path`, `Value`, mappings and sequences of these."""

    def builtin_documentation(self, name: str, /) -> tuple[str, list[str], str] | None:
        """Name, argument names, and manual text of a builtin."""

    def new_scope(self) -> Scope: ...
    def frame_scope(self, index: int, /, *, base: Scope | None = None) -> Scope:
        """While the debugger asks: the variables visible in the frame of this number, on top of those of `base`."""

    def frame_levels(self, index: int, /) -> list[tuple[list[str], list[str] | None]]:
        """While the debugger asks: the scopes around that frame, innermost first, but for the builtins: the names
        written there, and those of its set if it is a `with` whose set is known."""

    def set_show_trace(self, enabled: bool, /) -> None:
        """Whether `EvaluationError.rendered` shows the whole trace from now on (the setting `show_trace`)."""

    def forget_files(self) -> None:
        """Drops the table of imported files, so that the next import reads them again."""

    def flush(self) -> None:
        """Hands derivations that are still in memory to `Host.add_texts`."""

    def collect_garbage(self) -> None:
        """Frees what no `Value`, `Scope` or imported file reaches."""

    def statistics(self) -> dict[str, int]: ...

@final
class Scope:
    """The variables of an interactive session, on top of the builtins."""

    def names(self) -> list[str]: ...
    def add(self, name: str, value: Value, /) -> None: ...
    def add_attrs(self, value: Value, /) -> int:
        """Adds all attributes of a set; how many."""

ValueType: TypeAlias = Literal[
    "int", "float", "bool", "string", "path", "null", "set", "list", "lambda"
]

Surveyed: TypeAlias = Literal["derivation", "searched", "other", "failed"]

@final
class Value:
    """A value of an evaluator; attributes and elements are evaluated when they are asked for."""

    @property
    def type(self) -> ValueType: ...
    @property
    def is_derivation(self) -> bool: ...
    @property
    def identity(self) -> int:
        """Of a set or a list: equal for values that share it in memory, for as long as one of them lives."""

    def force_deep(self) -> None: ...
    def as_python(self) -> bool | int | float | str | bytes | None:
        """A scalar; a string's bytes when they are not UTF-8, a path as its text."""

    def string_context(self) -> list[str]:
        """Context elements in the notation of `builtins.getContext`'s keys: `path`, `=drv`, `!output!drv`."""

    def coerce_to_string(self, *, copy_paths: bool = False, context: str = ...) -> str:
        """The value as in `"${…}"`; `context` is what the trace of an error says of it."""

    def attr_names(self) -> list[str]: ...
    def attr(self, name: str, /) -> Value | None: ...
    def survey(
        self, names: Sequence[str], texts: Sequence[Sequence[str]], /
    ) -> list[tuple[Surveyed, int, Value | None, list[str | None]]]:
        """What attributes of a set are, in one call: kind, `identity`, value, and of a derivation the strings at paths.

        Evaluates the attributes; one that fails is `failed`, and asking for it alone raises the error.
        """

    def attr_position(self, name: str, /) -> tuple[str, int, int] | None: ...
    def select_path(
        self, path: Sequence[str], /, *, auto_call: Mapping[str, Value] | None = None
    ) -> Value:
        """Follows an attribute path as `-A` does: numbers index lists, functions are called with `auto_call`."""

    def auto_call(self, arguments: Mapping[str, Value], /) -> Value:
        """Calls a function whose pattern these arguments (and its defaults) satisfy; anything else is itself."""

    def __len__(self) -> int: ...
    def item(self, index: int, /) -> Value: ...
    def call(self, *arguments: Value) -> Value: ...
    def function_args(self) -> dict[str, bool] | None: ...
    def documentation(self) -> tuple[str, list[str], str] | None:
        """Name, argument names and text of a builtin or of a function with a documentation comment."""

    def function_position(self) -> tuple[str, int, int] | None: ...
    def to_json(self, *, strict: bool = True, copy_paths: bool = True) -> str: ...
    def to_xml(self, *, strict: bool, locations: bool) -> str: ...
    def show(self, *, strict: bool = False) -> str:
        """As `nix-instantiate --eval` prints it."""

    def print(
        self,
        *,
        max_depth: int | None = None,
        colour: bool = False,
        multiline: bool = True,
        force: bool = True,
    ) -> str:
        """As `nix eval` and the REPL print it."""
