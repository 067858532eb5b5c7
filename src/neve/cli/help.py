"""`--help` and `--version`."""

from __future__ import annotations

import sys

from neve.settings import configuration_dir, state_dir, user_files
from neve.version import NEVE_VERSION, NIX_VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neve.cli.options import Arguments, Command, Option

_INFO = 3
_COLUMN = 30


def show(command: Command, arguments: Arguments) -> None:
    """Prints what was asked for instead of the command's work."""
    if arguments.action == "version":
        show_version(command, arguments)
    else:
        sys.stdout.write(help_text(command))


def version_line(program: str) -> str:
    """Which program this is. The last word is the version of Nix it is compatible with: scripts look there."""
    return f"{program} (Neve {NEVE_VERSION}, like Nix) {NIX_VERSION}"


def show_version(command: Command, arguments: Arguments) -> None:
    """Prints the version, and with `-v` where things are."""
    lines = [version_line(command.name.partition(" ")[0])]
    if arguments.verbosity > _INFO:
        settings = arguments.settings
        environment = settings.environment
        platforms = ", ".join(settings.words("extra-platforms"))
        lines += [
            f"System type: {settings.text('system')}",
            f"Additional system types: {platforms}",
            f"System configuration file: {configuration_dir(environment)}/nix.conf",
            f"User configuration files: {':'.join(user_files(environment))}",
            f"Store: {settings.text('store')}",
            f"State directory: {state_dir(environment)}",
        ]
    print("\n".join(lines))


def help_text(command: Command) -> str:
    """The manual of a command: what it does, how it is written, each option in a line."""
    parts = [
        f"{command.name} - {command.summary}\n",
        f"Usage: {command.name} [OPTION…] {command.operands}".rstrip() + "\n",
    ]
    if command.description:
        parts.append(command.description.strip() + "\n")
    for group in command.groups:
        lines = [_option_line(option) for option in group.options]
        parts.append(f"{group.title}:\n" + "".join(lines))
    parts.append(
        "Every setting of nix.conf is an option too: --NAME VALUE, --NAME or --no-NAME for one\n"
        "that is true or false, --extra-NAME VALUE to add to a list. `nix config show` lists them.\n"
    )
    return "\n".join(parts)


def _option_line(option: Option) -> str:
    head = ", ".join(option.names) + "".join(f" {name}" for name in option.metavars)
    if len(head) > _COLUMN - 4:
        return f"  {head}\n{'':{_COLUMN}}{option.text}\n"
    return f"  {head:{_COLUMN - 2}}{option.text}\n"
