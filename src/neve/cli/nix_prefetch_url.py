"""`nix-prefetch-url`: download a file into the store and print its hash."""

from __future__ import annotations

from neve.cli import common, hashing, program
from neve.cli.options import Command, Group, Option, flag, value
from neve.errors import EvaluationError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final, NoReturn

    from neve._core import HashAlgorithm, HashFormat, Value
    from neve.fetch.prefetch import Prefetch
    from neve.settings import Settings


class PrefetchArguments(common.EvaluationArguments):
    """What `nix-prefetch-url` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.algorithm: HashAlgorithm | None = None
        self.name: str | None = None
        self.attr_path: str | None = None
        self.prints_path = settings.environment.get("PRINT_PATH") == "1"
        self.must_unpack = False
        self.is_executable = False


COMMAND: Final = Command(
    "nix-prefetch-url",
    "download a file into the store and print its hash",
    (
        Group(
            "What to do",
            (
                Option(
                    "--type",
                    hashing.take_algorithm("algorithm"),
                    f"One of {', '.join(hashing.ALGORITHMS)}; sha256 by default.",
                    ("ALGORITHM",),
                ),
                flag("--print-path", "prints_path", "Print the store path, too."),
                flag("--unpack", "must_unpack", "Unpack the archive; the hash is of the tree."),
                flag("--executable", "is_executable", "Make it a program; the hash is of its NAR."),
                value("--name", "name", "NAME", "What it is called in the store."),
                value(
                    "-A --attr",
                    "attr_path",
                    "PATH",
                    "The operand is a file with an expression; download what a fetchurl in it names.",
                ),
            ),
        ),
        common.EVALUATION,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="URL [HASH]",
    description="With a hash, nothing is downloaded when the store has the file, and another file is refused.",
)


def main() -> NoReturn:
    """The command as a process."""
    program.start(run, COMMAND.name)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, PrefetchArguments)
    if arguments is None:
        return 0
    if len(arguments.operands) > 2:
        raise UsageError("too many arguments")
    import sys

    from neve import _core
    from neve.cli.stores import make_opener, open_local_store
    from neve.fetch.addresses import url_opener
    from neve.fetch.prefetch import prefetch

    wanted = _wanted(arguments)
    with make_opener(arguments) as opener, open_local_store(opener, arguments) as store:
        path, digest = prefetch(store, url_opener(opener.transfers), wanted)
    notation: HashFormat = "base16" if wanted.algorithm == "md5" else "nix32"
    if not arguments.prints_path:
        sys.stderr.write(f"path is '{path}'\n")
    print(_core.encode_hash(digest, wanted.algorithm, notation))
    if arguments.prints_path:
        print(path)
    return 0


def _wanted(arguments: PrefetchArguments) -> Prefetch:
    from neve.fetch.prefetch import Prefetch

    url, name, must_unpack = "", arguments.name, arguments.must_unpack
    if arguments.attr_path is not None:
        url, found_name, is_tree = _from_expression(arguments, arguments.attr_path)
        name, must_unpack = name or found_name, must_unpack or is_tree
    elif arguments.operands:
        url = arguments.operands[0]
    else:
        raise UsageError("you must specify a URL")
    algorithm, expected = arguments.algorithm or "sha256", None
    if len(arguments.operands) == 2:
        algorithm, expected = hashing.parse(arguments.operands[1], algorithm)
    return Prefetch(
        resolve_mirror(url),
        name,
        algorithm,
        expected,
        must_unpack=must_unpack,
        is_executable=arguments.is_executable,
    )


def resolve_mirror(url: str) -> str:
    """An address that can be downloaded from: `mirror://` names a group of servers."""
    if not url.startswith("mirror://"):
        return url
    from neve.debian.mirror import resolve_mirror_url

    return resolve_mirror_url(url)


def _from_expression(arguments: PrefetchArguments, attr_path: str) -> tuple[str, str | None, bool]:
    """Address, name, and whether it is unpacked, of a `fetchurl` in an expression."""
    session = common.open_session(arguments)
    file = arguments.operands[0] if arguments.operands else "."
    found = session.select(session.import_argument(file), attr_path)
    urls = found.attr("urls") or found.attr("url")
    if urls is None:
        raise EvaluationError("attribute 'urls' missing")
    if urls.type == "list":
        if not len(urls):
            raise EvaluationError("'urls' list is empty")
        urls = urls.item(0)
    return (
        urls.coerce_to_string(),
        _text(found, "name"),
        _text(found, "outputHashMode")
        in {
            "recursive",
            "nar",
        },
    )


def _text(value: Value, name: str) -> str | None:
    attribute = value.attr(name)
    return None if attribute is None else attribute.coerce_to_string()
