"""`nix copy`: copy paths from one store to another."""

from __future__ import annotations

from neve.cli import common
from neve.cli.options import Command, Group, flag, value
from neve.cli.store_paths import (
    INSTALLABLES,
    STORE_PATHS,
    NamedPath,
    StorePathArguments,
    name_paths,
    select_paths,
    with_references,
)
from neve.cli.stores import make_opener, open_store
from neve.errors import StoreError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Final

    from neve.cache.opening import StoreOpener
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
        *INSTALLABLES,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[PATH | ATTRIBUTE]…",
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
        arguments.eval_store = arguments.eval_store or arguments.source
        named = _find_named(opener, source, arguments)
        paths = with_references(source, [found.path for found in named], arguments)
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
        _keep(target, arguments, named, copied)
    return 0


def _find_named(opener: StoreOpener, source: AnyStore, arguments: CopyArguments) -> list[NamedPath]:
    if arguments.wants_all:
        return [
            NamedPath(path, number)
            for number, path in enumerate(select_paths(opener, source, arguments))
        ]
    return name_paths(opener, source, arguments, realises=True)


def _keep(
    target: AnyStore,
    arguments: CopyArguments,
    named: Sequence[NamedPath],
    copied: Mapping[str, str],
) -> None:
    if arguments.out_link is None and arguments.profile is None:
        return
    from neve.store import Profile, Store

    if not isinstance(target, Store):
        raise StoreError("'--out-link' and '--profile' need a store of this machine as the target")
    if arguments.out_link is not None:
        for found in named:
            path = copied.get(found.path, found.path)
            target.add_permanent_root(path, found.link(arguments.out_link))
    if arguments.profile is not None:
        if len(named) != 1:
            raise UsageError(
                "'--profile' requires that the arguments produce a single store path, "
                f"but there are {len(named)}"
            )
        profile = Profile(arguments.profile, target.log)
        only = copied.get(named[0].path, named[0].path)
        profile.switch_link(profile.create_generation(target, only))
