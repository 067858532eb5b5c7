"""`nix copy`: copy paths from one store to another."""

from __future__ import annotations

from neve.cli import common
from neve.cli.options import Command, Group, flag, value
from neve.cli.stores import (
    STORE_PATHS,
    StorePathArguments,
    make_opener,
    open_store,
    select_paths,
)
from neve.errors import StoreError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve.settings import Settings
    from neve.store import AnyStore


class CopyArguments(StorePathArguments):
    """What `nix copy` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.is_recursive = True
        self.source: str | None = None
        self.target: str | None = None
        self.checks_signatures = True
        self.out_link: str | None = None
        self.profile: str | None = None
        self.substitutes_there = False


STORES: Final = Group(
    "The stores",
    (
        value("--from", "source", "STORE", "Where paths come from (the store in use)."),
        value("--to", "target", "STORE", "Where paths go (the store in use)."),
    ),
)

COMMAND: Final = Command(
    "nix copy",
    "copy paths between Nix stores",
    (
        STORES,
        Group(
            "How",
            (
                flag(
                    "--no-check-sigs",
                    "checks_signatures",
                    "Take what no trusted key has signed.",
                    to=False,
                ),
                flag(
                    "-s --substitute-on-destination",
                    "substitutes_there",
                    "Let a store over ssh fetch from its caches what they have.",
                ),
                value("-o --out-link", "out_link", "LINK", "Keep the paths by links (-1, -2 …)."),
                value("--profile", "profile", "PROFILE", "Make the path a profile's generation."),
            ),
        ),
        STORE_PATHS,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="PATH…",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, CopyArguments)
    if arguments is None:
        return 0
    if arguments.source is None and arguments.target is None:
        raise UsageError("you must pass '--from' and/or '--to'")
    from neve.cache.copying import copy_paths, substitute_in

    with make_opener(arguments) as opener:
        source = (
            opener.open(arguments.source) if arguments.source else open_store(opener, arguments)
        )
        target = (
            opener.open(arguments.target) if arguments.target else open_store(opener, arguments)
        )
        paths = select_paths(source, arguments)
        if arguments.substitutes_there:
            substitute_in(target, paths)
        copied = copy_paths(
            source,
            target,
            paths,
            log=opener.log,
            check_signatures=arguments.checks_signatures,
            jobs=arguments.settings.number("max-substitution-jobs"),
        )
        _keep(target, arguments, copied)
    return 0


def _keep(target: AnyStore, arguments: CopyArguments, copied: dict[str, str]) -> None:
    if arguments.out_link is None and arguments.profile is None:
        return
    from neve.cli.stores import find_path
    from neve.store import Profile, Store

    if not isinstance(target, Store):
        raise StoreError("'--out-link' and '--profile' need a store of this machine as the target")
    wanted = [
        copied.get(path, path) for path in (find_path(target, word) for word in arguments.operands)
    ]
    if arguments.out_link is not None:
        for number, path in enumerate(wanted):
            suffix = f"-{number}" if number else ""
            target.add_permanent_root(path, f"{arguments.out_link}{suffix}")
    if arguments.profile is not None:
        if len(wanted) != 1:
            raise UsageError(
                "'--profile' requires that the arguments produce a single store path, "
                f"but there are {len(wanted)}"
            )
        profile = Profile(arguments.profile, target.log)
        profile.switch_link(profile.create_generation(target, wanted[0]))
