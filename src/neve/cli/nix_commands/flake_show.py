"""`nix flake show`: what a flake provides."""

from __future__ import annotations

from neve import _core, terminal
from neve.cli import common
from neve.cli.flake_outputs import (
    ONE_BY_SYSTEM,
    PLAIN,
    derivation_kind,
    is_app,
    is_branch,
    system_of,
    text_member,
)
from neve.cli.installables import LOCK_FILES, InstallableArguments
from neve.cli.json_output import PRETTY, write_json
from neve.cli.options import Command, Group, flag
from neve.errors import EvaluationError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from neve._core import Value
    from neve.settings import Settings


class ShowArguments(InstallableArguments):
    """What `nix flake show` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.is_read_only = True
        self.shows_legacy = False
        self.shows_all_systems = False
        self.is_json = False
        self.pretty: bool | None = None


COMMAND: Final = Command(
    "nix flake show",
    "show what a flake provides",
    (
        Group(
            "Output",
            (
                flag("--legacy", "shows_legacy", "Look into legacyPackages as well."),
                flag("--all-systems", "shows_all_systems", "Evaluate outputs for all platforms."),
                flag("--json", "is_json", "Print JSON."),
                *PRETTY,
            ),
        ),
        LOCK_FILES,
        common.EVALUATION,
        common.DEBUGGING,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[REF]",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    from neve.cli.flake_locks import lock
    from neve.cli.flakes import call_flake, parse_reference, require_flakes
    from neve.cli.installables import open_installables

    arguments = common.read(COMMAND, words, ShowArguments)
    if arguments is None:
        return 0
    if len(arguments.operands) > 1:
        raise UsageError(f"unexpected argument '{arguments.operands[1]}'")
    session = open_installables(arguments)
    require_flakes(session)
    flake = lock(arguments, parse_reference((arguments.operands or ["."])[0]))
    located = common.fetching_of(arguments).fetcher.remember_flake(flake)
    outputs = call_flake(session, located).attr("outputs")
    assert outputs is not None  # noqa: S101 - every flake has them
    show = _Show(arguments, session.settings.text("system"))
    if arguments.is_json:
        write_json(show.as_json(outputs, ()), arguments.pretty)
    else:
        print(_core.show_flake_ref(flake.tree.locked))
        show.print_members(outputs, (), "")
    return 0


class _Show:
    """One walk through the outputs of a flake."""

    def __init__(self, arguments: ShowArguments, system: str) -> None:
        self._arguments: Final = arguments
        self._system: Final = system

    def _is_omitted(self, path: Sequence[str]) -> str | None:
        """The flag that would show an output which is not shown, if so."""
        if path[0] == "legacyPackages" and len(path) > 1 and not self._arguments.shows_legacy:
            return "--legacy"
        system = system_of(path)
        depth = 2 if path[0] in ONE_BY_SYSTEM else 3
        is_foreign = system not in {None, self._system} and len(path) == depth
        return "--all-systems" if is_foreign and not self._arguments.shows_all_systems else None

    def _is_branch(self, value: Value, path: Sequence[str]) -> bool:
        if value.type != "set" or value.is_derivation:
            return False
        if path and path[0] in {"hydraJobs", "legacyPackages"} and len(path) > 1:
            wish = value.attr("recurseForDerivations")
            return path[0] == "hydraJobs" or len(path) == 2 or wish is not None
        return is_branch(path)

    def print_members(self, value: Value, path: tuple[str, ...], prefix: str) -> None:
        """Prints the members of a set as branches of a tree."""
        names = value.attr_names()
        for name in names:
            is_last = name == names[-1]
            head = f"{prefix}{'└───' if is_last else '├───'}{name}"
            self._print(value, (*path, name), head, prefix + ("    " if is_last else "│   "))

    def _print(self, parent: Value, path: tuple[str, ...], head: str, prefix: str) -> None:
        omitted = self._is_omitted(path)
        if omitted is not None:
            print(f"{head} omitted (use '{omitted}' to show)")
            return
        try:
            value = parent.attr(path[-1])
            if value is None:
                return
            if self._is_branch(value, path):
                print(head)
                self.print_members(value, path, prefix)
            else:
                print(f"{head}{self._describe(value, path)}")
        except EvaluationError:
            if path[0] != "legacyPackages":
                raise

    def _describe(self, value: Value, path: tuple[str, ...]) -> str:
        if value.is_derivation:
            return f": {derivation_kind(path)} '{text_member(value, 'name')}'"
        if is_app(value):
            return f": app: {text_member(value, 'meta', 'description') or 'no description'}"
        if path[0] in {"template", "templates"}:
            return f": template: {text_member(value, 'description')}"
        if path[0] in PLAIN:
            return f": {PLAIN[path[0]][1]}"
        return ": unknown"

    def as_json(self, value: Value, path: tuple[str, ...]) -> Any:
        """The object that stands for an output."""
        omitted = self._is_omitted(path) if path else None
        if omitted is not None:
            terminal.warn(f"{'.'.join(path)} omitted (use '{omitted}' to show)")
            return {}
        if self._is_branch(value, path):
            members = ((name, value.attr(name)) for name in value.attr_names())
            return {
                name: self.as_json(member, (*path, name))
                for name, member in members
                if member is not None
            }
        if value.is_derivation:
            return {
                "type": "derivation",
                "name": text_member(value, "name"),
                "description": text_member(value, "meta", "description"),
            }
        if is_app(value):
            described = text_member(value, "meta", "description")
            return {"type": "app", **({"description": described} if described else {})}
        if path[0] in {"template", "templates"}:
            return {"type": "template", "description": text_member(value, "description")}
        return {"type": PLAIN[path[0]][0] if path[0] in PLAIN else "unknown"}
