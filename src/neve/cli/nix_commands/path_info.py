"""`nix path-info`: what a store knows of paths."""

from __future__ import annotations

from neve import terminal
from neve.cli import common
from neve.cli.json_output import PRETTY, write_json
from neve.cli.options import Command, Group, Option, flag
from neve.cli.store_paths import INSTALLABLES, STORE_PATHS, StorePathArguments, select_paths
from neve.cli.stores import make_opener, open_store
from neve.errors import InvalidPathError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from neve.settings import Settings
    from neve.store import AnyStore, PathInfo


class PathInfoArguments(StorePathArguments):
    """What `nix path-info` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.shows_size = False
        self.shows_closure_size = False
        self.is_human_readable = False
        self.shows_signatures = False
        self.is_json = False
        self.pretty: bool | None = None
        self.json_format: int | None = None


def _take_format(arguments: PathInfoArguments, word: str) -> None:
    if word not in {"1", "2"}:
        raise UsageError(
            f"unsupported path info JSON format version {word}; supported versions are 1 and 2"
        )
    arguments.json_format = int(word)


COMMAND: Final = Command(
    "nix path-info",
    "query information about store paths",
    (
        STORE_PATHS,
        Group(
            "Output",
            (
                flag("-s --size", "shows_size", "Print the size of each path's archive."),
                flag(
                    "-S --closure-size", "shows_closure_size", "Of all that it refers to as well."
                ),
                flag("-h --human-readable", "is_human_readable", "Print sizes with units."),
                flag("--sigs", "shows_signatures", "Print signatures."),
                flag("--json", "is_json", "Print JSON."),
                Option("--json-format", _take_format, "Its form: 1 or 2.", ("VERSION",)),
                *PRETTY,
            ),
        ),
        *INSTALLABLES,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[PATH | ATTRIBUTE]…",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, PathInfoArguments)
    if arguments is None:
        return 0
    with make_opener(arguments) as opener:
        store = open_store(opener, arguments)
        paths = select_paths(opener, store, arguments)
        if arguments.is_json:
            _print_json(store, paths, arguments)
        else:
            _print_lines(store, paths, arguments)
    return 0


def _print_lines(store: AnyStore, paths: list[str], arguments: PathInfoArguments) -> None:
    width = max(map(len, paths), default=0)
    has_columns = arguments.shows_size or arguments.shows_closure_size or arguments.shows_signatures
    for path in paths:
        info = store.query_path_info(path)
        line = info.path.ljust(width) if has_columns else info.path
        if arguments.shows_size:
            line += _column(info.nar_size, arguments)
        if arguments.shows_closure_size:
            line += _column(_closure_size(store, info), arguments)
        if arguments.shows_signatures:
            line += "\t" + " ".join(_signatures(info))
        print(line)


def _column(size: int, arguments: PathInfoArguments) -> str:
    if not arguments.is_human_readable:
        return f"\t{size:11d}"
    from neve.store.sizes import render_size

    number, unit = render_size(size).split(" ")
    return f"\t{number:>6} {unit}"


def _closure_size(store: AnyStore, info: PathInfo) -> int:
    from neve.cache.copying import compute_closure

    return sum(other.nar_size for other in compute_closure(store, [info.path]).values())


def _signatures(info: PathInfo) -> list[str]:
    marks = ["ultimate"] if info.is_ultimate else []
    if info.content_address is not None:
        marks.append(f"ca:{info.content_address}")
    return marks + sorted(info.signatures)


def _print_json(store: AnyStore, paths: list[str], arguments: PathInfoArguments) -> None:
    version = arguments.json_format
    if version is None:
        terminal.warn(
            "'--json' without '--json-format' is deprecated; please specify '--json-format 1' or "
            "'--json-format 2'. This will become an error in a future release."
        )
        version = 1
    values: dict[str, Any] = {}
    for path in paths:
        try:
            info = store.query_path_info(path)
        except InvalidPathError:
            values[_name(path, version)] = None
            continue
        value = describe(info, store.store_dir, version)
        if arguments.shows_closure_size:
            value |= _closure_sizes(store, info)
        values[_name(info.path, version)] = value
    if version == 2:
        values = {"version": 2, "storeDir": store.store_dir, "info": values}
    write_json(values, arguments.pretty)


def _closure_sizes(store: AnyStore, info: PathInfo) -> dict[str, int]:
    from neve.cache.copying import compute_closure
    from neve.cache.narinfo import NarInfo

    closure = compute_closure(store, [info.path]).values()
    sizes = {"closureSize": sum(other.nar_size for other in closure)}
    if isinstance(info, NarInfo):
        sizes["closureDownloadSize"] = sum(
            other.file_size for other in closure if isinstance(other, NarInfo)
        )
    return sizes


def _name(path: str, version: int) -> str:
    return path if version == 1 else path.rpartition("/")[2]


def describe(info: PathInfo, store_dir: str, version: int) -> dict[str, Any]:
    """A path's metadata as JSON; version 1 has full paths and hashes as text, version 2 base names and structures."""
    from neve.cache.narinfo import NarInfo

    value: dict[str, Any] = {
        "version": version,
        "storeDir": store_dir,
        "narHash": _hash(info.nar_sha256),
        "narSize": info.nar_size,
        "references": [_name(path, version) for path in sorted(info.references)],
        "ca": _content_address(info, version),
        "deriver": _name(info.deriver, version) if info.deriver else None,
        "registrationTime": info.registration_time or None,
        "ultimate": info.is_ultimate,
        "signatures": sorted(info.signatures),
    }
    if isinstance(info, NarInfo):
        value |= {"url": info.url, "compression": info.compression}
        if info.file_sha256 is not None:
            value["downloadHash"] = _hash(info.file_sha256)
        if info.file_size:
            value["downloadSize"] = info.file_size
    return value


def _hash(digest: bytes) -> str:
    from neve import _core

    return _core.encode_hash(digest, "sha256", "sri")


def _content_address(info: PathInfo, version: int) -> str | dict[str, str] | None:
    if info.content_address is None or version == 1:
        return info.content_address
    from neve import _core

    method, algorithm, digest = _core.parse_content_address(info.content_address)
    return {"hash": _core.encode_hash(digest, algorithm, "sri"), "method": method}
