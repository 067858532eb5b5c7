"""`nix store prefetch-file`: download a file into the store."""

from __future__ import annotations

import sys

from neve import _core
from neve.cli import common, hashing
from neve.cli.json_output import PRETTY, write_json
from neve.cli.options import Arguments, Command, Group, Option, flag, value
from neve.cli.stores import make_opener, open_local_store
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve._core import HashAlgorithm
    from neve.settings import Settings


class PrefetchFileArguments(Arguments):
    """What `nix store prefetch-file` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.name: str | None = None
        self.algorithm: HashAlgorithm = "sha256"
        self.expected: str | None = None
        self.must_unpack = False
        self.is_executable = False
        self.is_json = False
        self.pretty: bool | None = None


COMMAND: Final = Command(
    "nix store prefetch-file",
    "download a file into the Nix store",
    (
        Group(
            "What to do",
            (
                value("--name", "name", "NAME", "What it is called in the store."),
                value("--expected-hash", "expected", "HASH", "Refuse a file with another hash."),
                Option(
                    "--hash-type --hash-algo",
                    hashing.take_algorithm("algorithm"),
                    f"One of {', '.join(hashing.ALGORITHMS)}.",
                    ("ALGORITHM",),
                ),
                flag("--executable", "is_executable", "Make it a program; the hash is of its NAR."),
                flag("--unpack", "must_unpack", "Unpack the archive; the hash is of the tree."),
            ),
        ),
        Group("Output", (flag("--json", "is_json", "Print JSON."), *PRETTY)),
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="URL",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, PrefetchFileArguments)
    if arguments is None:
        return 0
    if len(arguments.operands) != 1:
        raise UsageError("one argument, the address of the file, is expected")
    from neve.fetch.addresses import url_opener
    from neve.fetch.prefetch import Prefetch, prefetch

    url, algorithm, expected = arguments.operands[0], arguments.algorithm, None
    if arguments.expected is not None:
        algorithm, expected = hashing.parse(arguments.expected, algorithm)
    wanted = Prefetch(
        url,
        arguments.name,
        algorithm,
        expected,
        must_unpack=arguments.must_unpack,
        is_executable=arguments.is_executable,
    )
    with make_opener(arguments) as opener, open_local_store(opener, arguments) as store:
        path, digest = prefetch(store, url_opener(opener.transfers), wanted)
    sri = _core.encode_hash(digest, algorithm, "sri")
    if arguments.is_json:
        write_json({"hash": sri, "storePath": path}, arguments.pretty)
    else:
        sys.stderr.write(f"Downloaded '{url}' to '{path}' (hash '{sri}').\n")
    return 0
