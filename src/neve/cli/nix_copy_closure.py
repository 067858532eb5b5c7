"""`nix-copy-closure`: copy paths and all that they refer to from or to another store."""

from __future__ import annotations

from neve import terminal
from neve.cli import common, program
from neve.cli.options import Arguments, Command, Group, Option, flag
from neve.cli.stores import find_path, make_opener, open_local_store
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final, NoReturn

    from neve.cache.opening import StoreOpener
    from neve.settings import Settings
    from neve.store import AnyStore


class CopyClosureArguments(Arguments):
    """What `nix-copy-closure` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.is_to = True
        self.is_compressed = False
        self.includes_outputs = False
        self.substitutes_there = False
        self.is_dry_run = False


def _compress(name: str) -> Option:
    def apply(arguments: CopyClosureArguments) -> None:
        if name != "--gzip":
            terminal.warn(f"'{name}' is not implemented, falling back to gzip")
        arguments.is_compressed = True

    return Option(name, apply, "Compress what goes through ssh.")


COMMAND: Final = Command(
    "nix-copy-closure",
    "copy store objects to or from a remote machine",
    (
        Group(
            "How",
            (
                flag("--to", "is_to", "Copy to the other store (the default)."),
                flag("--from", "is_to", "Copy from the other store.", to=False),
                _compress("--gzip"),
                _compress("--bzip2"),
                _compress("--xz"),
                flag("--include-outputs", "includes_outputs", "Outputs of derivations as well."),
                flag(
                    "-s --use-substitutes",
                    "substitutes_there",
                    "Let the other store fetch from its caches what they have.",
                ),
                flag("--dry-run", "is_dry_run", "Copy nothing."),
            ),
        ),
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[USER@]HOST[:PORT]|STORE PATH…",
    description="""
The other store is a host that ssh reaches, or an address such as file:///srv/cache or https://cache.example.org.
""",
)


def main() -> NoReturn:
    """The command as a process."""
    program.start(run, COMMAND.name)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, CopyClosureArguments)
    if arguments is None:
        return 0
    if not arguments.operands:
        raise UsageError("no host name specified")
    from neve.cache.copying import copy_paths, substitute_in

    with make_opener(arguments, is_old_command=True) as opener:
        other = _open_other(opener, arguments)
        here = open_local_store(opener, arguments)
        source, target = (here, other) if arguments.is_to else (other, here)
        paths = [find_path(source, operand) for operand in arguments.operands[1:]]
        closure = _closure(source, paths, arguments)
        if arguments.is_dry_run:
            return 0
        if arguments.substitutes_there and arguments.is_to:
            substitute_in(other, closure)
        copy_paths(source, target, closure, log=opener.log, check_signatures=False)
    return 0


def _open_other(opener: StoreOpener, arguments: CopyClosureArguments) -> AnyStore:
    name = arguments.operands[0]
    if "://" in name:
        return opener.open(name)
    return opener.open(f"ssh://{name}" + ("?compress=true" if arguments.is_compressed else ""))


def _closure(source: AnyStore, paths: list[str], arguments: CopyClosureArguments) -> set[str]:
    from neve.cache.copying import compute_closure
    from neve.cache.ssh import SshStore
    from neve.store import Store

    if not arguments.includes_outputs:
        return set(compute_closure(source, paths))
    if isinstance(source, Store):
        return source.compute_closure(paths, include_outputs=True)
    if isinstance(source, SshStore):
        return set(source.compute_closure(paths, include_outputs=True))
    raise UsageError(
        f"'--include-outputs' works with a store of a machine, not with '{source.uri}'"
    )
