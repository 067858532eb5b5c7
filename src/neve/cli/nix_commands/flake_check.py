"""`nix flake check`: whether a flake's outputs are what their names say, and its checks pass."""

from __future__ import annotations

from neve import terminal
from neve.cli import common
from neve.cli.flake_outputs import BY_SYSTEM, ONE_BY_SYSTEM, is_app
from neve.cli.installables import LOCK_FILES, InstallableArguments
from neve.cli.options import Command, Group, flag, setting
from neve.errors import NeveError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Final

    from neve._core import Value
    from neve.lang.session import Session
    from neve.settings import Settings


class CheckArguments(InstallableArguments):
    """What `nix flake check` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.builds = True
        self.checks_all_systems = False


COMMAND: Final = Command(
    "nix flake check",
    "evaluate a flake's outputs and build its checks",
    (
        Group(
            "What is checked",
            (
                flag("--no-build", "builds", "Build no checks.", to=False),
                flag("--all-systems", "checks_all_systems", "Outputs for all platforms."),
                setting("--keep-going", "keep-going", "Go on after a failure.", to="true"),
            ),
        ),
        LOCK_FILES,
        common.EVALUATION,
        common.DEBUGGING,
        common.BUILDING,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[REF]",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    from neve.builder.goals import Output
    from neve.cli.building import build_flow
    from neve.cli.flakes import evaluate_flake
    from neve.cli.installables import open_installables

    arguments = common.read(COMMAND, words, CheckArguments)
    if arguments is None:
        return 0
    if len(arguments.operands) > 1:
        raise UsageError(f"unexpected argument '{arguments.operands[1]}'")
    operand = (arguments.operands or ["."])[0]
    session = open_installables(arguments)
    terminal.say("evaluating flake...", level=3)
    outputs = evaluate_flake(session, arguments, operand).attr("outputs")
    assert outputs is not None  # noqa: S101 - every flake has them
    checker = _Checker(session, arguments)
    checker.check_all(outputs)
    session.evaluator.flush()
    if arguments.builds and checker.builds:
        terminal.say(f"running {len(checker.builds)} flake checks...", level=3)
        with build_flow(arguments) as flow:
            flow.reach([Output(drv_path, "out") for drv_path in checker.builds])
    if checker.omitted:
        terminal.warn(
            f"The check omitted these incompatible systems: {', '.join(sorted(checker.omitted))}\n"
            "Use '--all-systems' to check all."
        )
    if checker.has_failed:
        raise NeveError("some errors were encountered during the evaluation")
    return 0


class _Checker:
    """Looks at each output of a flake."""

    def __init__(self, session: Session, arguments: CheckArguments) -> None:
        self._session: Final = session
        self._arguments: Final = arguments
        self._system: Final = session.settings.text("system")
        self.builds: Final[list[str]] = []
        """Derivations of the checks for this platform."""
        self.omitted: Final[set[str]] = set()
        self.has_failed = False

    def check_all(self, outputs: Value) -> None:
        """Looks at all outputs; with `keep-going`, at the others after one that is wrong."""
        for name in outputs.attr_names():
            terminal.say(f"checking flake output '{name}'...", level=3)
            value = outputs.attr(name)
            if value is not None:
                self._guard(lambda name=name, value=value: self._check_output(name, value))  # type: ignore[misc]  # bound at once

    def _guard(self, check: Callable[[], None]) -> None:
        from neve.errors import describe

        try:
            check()
        except NeveError as error:
            if not self._session.settings.flag("keep-going"):
                raise
            terminal.error(describe(error))
            self.has_failed = True

    def _check_output(self, name: str, value: Value) -> None:
        if name in BY_SYSTEM:
            for system, members in self._members(value, name):
                self._check_system_members(name, system, members)
        elif name in ONE_BY_SYSTEM:
            for system, item in self._members(value, name):
                if self._is_wanted(system):
                    self._check_member(name, f"{name}.{system}", item)
        elif name in _CHECKS:
            for member, item in self._members(value, name):
                path = f"{name}.{member}"
                self._say(_CHECKS[name][0], path)
                _CHECKS[name][1](self, path, item)
        elif name not in _OPAQUE:
            terminal.warn(f"unknown flake output '{name}'")

    def _check_system_members(self, output: str, system: str, members: Value) -> None:
        # Packages of old have anything in them, and are never all evaluated.
        if output == "legacyPackages" or not self._is_wanted(system):
            return
        for name, item in self._members(members, f"{output}.{system}"):
            self._check_member(output, f"{output}.{system}.{name}", item)

    def _members(self, value: Value, path: str) -> list[tuple[str, Value]]:
        if value.type != "set":
            raise NeveError(f"flake output '{path}' is a {value.type}, not a set")
        found = ((name, value.attr(name)) for name in value.attr_names())
        return [(name, item) for name, item in found if item is not None]

    def _is_wanted(self, system: str) -> bool:
        if self._arguments.checks_all_systems or system == self._system:
            return True
        self.omitted.add(system)
        return False

    def _check_member(self, output: str, path: str, value: Value) -> None:
        if output in {"apps", "defaultApp"}:
            self._say("app", path)
            if not is_app(value) or value.attr("program") is None:
                raise NeveError(
                    f"flake output '{path}' is no app: it needs type = \"app\" and a program"
                )
            return
        self._say("derivation", path)
        drv_path = self._derivation(path, value)
        if output == "checks" and path.startswith(f"checks.{self._system}."):
            self.builds.append(drv_path)

    def _derivation(self, path: str, value: Value) -> str:
        found = value.attr("drvPath") if value.is_derivation else None
        if found is None:
            raise NeveError(f"flake attribute '{path}' is not a derivation")
        return found.coerce_to_string()

    def _check_overlay(self, path: str, value: Value) -> None:
        if value.type != "lambda":
            raise NeveError(
                f"overlay '{path}' is not a function of two arguments, but a {value.type}"
            )

    def _check_system(self, path: str, value: Value) -> None:
        selected = self._session.select(value, "config.system.build.toplevel")
        self._derivation(f"{path}.config.system.build.toplevel", selected)

    def _check_template(self, path: str, value: Value) -> None:
        for name in ("path", "description"):
            if value.type != "set" or value.attr(name) is None:
                raise NeveError(f"template '{path}' lacks attribute '{name}'")

    def _check_module(self, path: str, value: Value) -> None:
        if value.type not in {"lambda", "set", "path", "string"}:
            raise NeveError(f"'{path}' is no NixOS module, but a {value.type}")

    def _check_job(self, path: str, value: Value) -> None:
        if value.is_derivation:
            self._derivation(path, value)
            return
        for name, item in self._members(value, path):
            self._check_job(f"{path}.{name}", item)

    @staticmethod
    def _say(what: str, path: str) -> None:
        terminal.say(f"checking {what} {path}...", level=3)


_CHECKS: Final[dict[str, tuple[str, Callable[[_Checker, str, Value], None]]]] = {
    "overlays": ("overlay", _Checker._check_overlay),  # noqa: SLF001 - of the class above
    "nixosModules": ("NixOS module", _Checker._check_module),  # noqa: SLF001
    "nixosConfigurations": ("NixOS configuration", _Checker._check_system),  # noqa: SLF001
    "templates": ("template", _Checker._check_template),  # noqa: SLF001
    "hydraJobs": ("Hydra job", _Checker._check_job),  # noqa: SLF001
}
_OPAQUE: Final = frozenset(
    {"lib", "darwinConfigurations", "darwinModules", "homeConfigurations", "homeModules"}
    | {"flakeModule", "flakeModules", "nixopsConfigurations", "bundlers", "overlay", "nixosModule"}
    | {"template", "defaultTemplate", "defaultBundler", "homeManagerModules", "schemas"}
)
"""Outputs that are whatever they are."""
