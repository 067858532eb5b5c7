"""How commands build: a builder as the settings want it, what is said before, links after."""

from __future__ import annotations

import contextlib
import os
import sys

from neve.cli.options import Arguments, flag
from neve.cli.stores import make_opener, open_local_store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Final

    from neve.builder.building import Builder
    from neve.builder.goals import Goal
    from neve.builder.missing import Missing
    from neve.cache.opening import StoreOpener
    from neve.cache.substitution import Substituters
    from neve.store import Store

EXPLAIN_SANDBOX: Final = flag(
    "--explain-sandbox",
    "explains_sandbox",
    "Build nothing; print how the sandbox of each derivation is made, built or not.",
)
"""For arguments with the attribute `explains_sandbox`."""


class BuildFlow:
    """From goals to paths, for one command."""

    def __init__(self, opener: StoreOpener, store: Store, arguments: Arguments) -> None:
        from neve.builder.realisations import KnownOutputs

        self.store: Final = store
        self._opener: Final = opener
        self._settings: Final = arguments.settings
        self._is_old_command: Final = arguments.is_old_command
        self.outputs: Final = KnownOutputs(
            store, with_realisations=self._settings.has_feature("ca-derivations")
        )
        self._shows_logs: Final = _shows_build_logs(arguments)
        self._made_substituters: Substituters | None = None

    @property
    def _substituters(self) -> Substituters | None:
        """The caches, opened when something is missing."""
        settings = self._settings
        may_ask = settings.flag("substitute") and settings.words("substituters")
        if self._made_substituters is None and may_ask:
            self._take_settings()
            self._made_substituters = self._opener.substituters(self.store)
        return self._made_substituters

    def _take_settings(self) -> None:
        """Lets caches and store follow what a flake has set since they were opened."""
        from neve.cache.settings import CacheSettings

        self._opener.change_settings(CacheSettings.from_settings(self._settings))

    def make_builder(self) -> Builder:
        """What builds, with caches and downloads."""
        from neve.builder.building import Builder
        from neve.builder.settings import BuildSettings

        self._take_settings()
        return Builder(
            self.store,
            BuildSettings.load(self._settings, shows_logs=self._shows_logs),
            log=self._opener.log,
            substituters=self._substituters,
            transfers=self._opener.transfers,
        )

    def find_missing(self, goals: Sequence[Goal]) -> Missing:
        """What it takes to reach goals."""
        from neve.builder.missing import find_missing

        here = find_missing(self.store, goals, None, self.outputs)
        if here.is_nothing:
            return here
        return find_missing(
            self.store,
            goals,
            self._substituters,
            self.outputs,
            always_substitutes=self._settings.flag("always-allow-substitutes"),
        )

    def announce(self, goals: Sequence[Goal], *, is_only_wish: bool = False) -> bool:
        """Says what is missing; whether anything is. With `is_only_wish` it is all that the user wants."""
        from neve.builder.missing import say_missing
        from neve.log import Level

        missing = self.find_missing(goals)
        if self._settings.flag("print-missing") or is_only_wish:
            level = Level.ERROR if is_only_wish else Level.INFO
            say_missing(missing, self.store, self._opener.log, level)
        return not missing.is_nothing

    def reach(self, goals: Sequence[Goal], mode: str = "normal") -> None:
        """Builds and fetches what is missing, after saying what; raises `BuildError`.

        `mode` is `normal`, `check` or `repair`. What kinds of failures there were shows in the status of the old
        commands only.
        """
        from neve.builder.goals import Mode
        from neve.errors import BuildError

        if not self.announce(goals) and mode == "normal":
            return
        try:
            self.make_builder().build(goals, Mode(mode))
        except BuildError as error:
            if self._is_old_command:
                raise
            raise BuildError(str(error)) from error

    def paths_of(self, goals: Sequence[Goal]) -> list[str]:
        """The path of each goal; `""` for one that is not known before it is built."""
        from neve.builder.goals import Output

        return [
            self.outputs.of(goal.derivation).get(goal.name, "")
            if isinstance(goal, Output)
            else goal.path
            for goal in goals
        ]

    def explain_sandboxes(self, goals: Sequence[Goal]) -> None:
        """Prints the plans of the builds that are missing."""
        from neve.builder.explanation import explain_sandboxes

        for line in explain_sandboxes(self.make_builder().session, goals):
            print(line)


@contextlib.contextmanager
def build_flow(arguments: Arguments) -> Iterator[BuildFlow]:
    """A flow in the store of the settings, which is closed in the end."""
    with (
        make_opener(arguments, is_old_command=arguments.is_old_command) as opener,
        open_local_store(opener, arguments) as store,
    ):
        yield BuildFlow(opener, store, arguments)


def _shows_build_logs(arguments: Arguments) -> bool:
    """Whether the user sees what builders write."""
    log_format = arguments.log_format
    if log_format is None:
        return arguments.is_old_command
    return log_format == "internal-json" or log_format.endswith("-with-logs")


def realise_outputs(
    arguments: Arguments, wanted: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """Builds what an expression imports: (derivation, output name) → path; raises `BuildError`."""
    from neve.builder.goals import Output

    goals = [Output(derivation, name) for derivation, name in wanted]
    with build_flow(arguments) as flow:
        paths = flow.make_builder().build(goals)
    return {
        (goal.derivation, goal.name): path
        for goal, path in paths.items()
        if isinstance(goal, Output)
    }


def output_goals(store: Store, operand: str) -> list[Goal]:
    """What a store path on a command line stands for: itself, or for `DRV` and `DRV!OUT1,OUT2` outputs."""
    from neve.builder.goals import Output, Path
    from neve.errors import UsageError
    from neve.store.paths import is_derivation

    name, separator, outputs = operand.partition("!")
    path = store.follow_links(name)
    if not is_derivation(path):
        if separator:
            raise UsageError(f"'{path}' is no derivation, so it has no output '{outputs}'")
        return [Path(path)]
    if not store.is_valid_path(path):
        # It may come from a cache; then all outputs that it turns out to have are wanted.
        return [Path(path)]
    known = list(store.read_derivation(path).outputs)
    wanted = outputs.split(",") if separator and outputs != "*" else known
    return [Output(path, output) for output in wanted]


def keep(store: Store, path: str, link: str) -> str:
    """Makes a link that keeps a path from being collected; its absolute name."""
    return store.add_permanent_root(path, os.path.abspath(link))


def print_paths(paths: Sequence[str]) -> None:
    """Writes paths to standard output, once everything else was said."""
    sys.stdout.write("".join(f"{path}\n" for path in paths))
