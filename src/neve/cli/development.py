"""What `nix develop` and `nix print-dev-env` share: options, and from an installable to an environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from neve import terminal
from neve.cli.environment_changes import EnvironmentArguments
from neve.cli.installables import has_source, is_store_path, open_installables, selected_values
from neve.cli.options import Group, Option, value
from neve.errors import UsageError

if TYPE_CHECKING:
    from neve.cli.build_environment import BuildEnvironment
    from neve.cli.building import BuildFlow
    from neve.settings import Settings

ENVIRONMENTS: Final = (
    ("devShells.{system}.", "packages.{system}.", "legacyPackages.{system}."),
    (
        "devShells.{system}.default",
        "devShell.{system}",
        "packages.{system}.default",
        "defaultPackage.{system}",
    ),
)
"""Like `neve.cli.flakes.PACKAGES`."""


class DevelopmentArguments(EnvironmentArguments):
    """Arguments of a subcommand that gives a build environment to a shell."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.profile: str | None = None
        self.redirects: list[tuple[str, str]] = []


def _redirect(arguments: DevelopmentArguments, path: str, folder: str) -> None:
    arguments.redirects.append((path, os.path.abspath(folder)))


DEVELOPMENT: Final = Group(
    "Environment of the build",
    (
        value("--profile", "profile", "PROFILE", "Make the environment its new generation."),
        Option(
            "--redirect",
            _redirect,
            "Use a folder where the build would use a store path.",
            ("STORE-PATH", "FOLDER"),
        ),
    ),
)


def load_environment(
    flow: BuildFlow, arguments: DevelopmentArguments
) -> tuple[BuildEnvironment, str]:
    """The environment that the operand stands for, and the store path that holds it; raises `NeveError`."""
    from neve.cli.build_environment import BuildEnvironment, find_environment
    from neve.store.paths import is_derivation
    from neve.store.profiles import Profile

    if len(arguments.operands) > 1:
        raise UsageError(f"unexpected argument '{arguments.operands[1]}'")
    operand = (arguments.operands or ["."])[0]
    if not has_source(arguments) and is_store_path(operand, flow.store.store_dir):
        path = flow.store.follow_links(operand)
        if not is_derivation(path):
            # What --profile keeps.
            with open(flow.store.real_path(path), "rb") as file:
                return BuildEnvironment.parse(file.read()), path
        found = find_environment(flow, path)
    else:
        found = find_environment(flow, _evaluate(arguments, operand))
    if arguments.profile is not None:
        profile = Profile(os.path.abspath(arguments.profile), flow.store.log)
        profile.switch_link(profile.create_generation(flow.store, found[1]))
    return found


def _evaluate(arguments: DevelopmentArguments, operand: str) -> str:
    session = open_installables(arguments)
    if has_source(arguments):
        [(attr_path, selected)] = selected_values(session, arguments)
        selected = session.auto_call(selected)
    else:
        from neve.cli.flakes import select_output

        attr_path, selected = select_output(session, arguments, operand, ENVIRONMENTS)
    drv_path = selected.attr("drvPath") if selected.is_derivation else None
    if drv_path is None:
        raise UsageError(
            f"'{attr_path or operand}' is no derivation, so it has no build environment"
        )
    path = drv_path.coerce_to_string()
    session.evaluator.flush()
    return path


def make_script(environment: BuildEnvironment, arguments: DevelopmentArguments) -> str:
    """The text that sets a shell up, with outputs and redirected paths replaced."""
    from neve.cli.build_environment import output_replacements

    replacements = output_replacements(environment, os.path.join(os.getcwd(), "outputs"))
    plain = environment.script({})
    for path, folder in arguments.redirects:
        real = os.path.realpath(path)
        if real not in plain:
            terminal.warn(f"'{path}' is not used by this build environment")
        replacements[real] = folder
    return environment.script(replacements)
