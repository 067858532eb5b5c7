"""`nix`: finds the file of the subcommand and hands the command line over.

A subcommand is a file in `nix_commands`: `nix eval` is `eval.py`, `nix hash path` is `hash_path.py`. It has a `COMMAND`
that describes it and a `run(words)` that returns the exit status. Nothing else has to be told of it.
"""

from __future__ import annotations

import os
import sys

from neve import terminal
from neve.cli import common, options, program
from neve.cli.options import Arguments, Command
from neve.errors import UsageError
from neve.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType
    from typing import Final, NoReturn

COMMAND: Final = Command(
    "nix",
    "reproducible and declarative configuration management",
    (common.LOGGING, common.NETWORK, common.MISCELLANEOUS),
    operands="COMMAND [ARGUMENT…]",
)

SHORTHANDS: Final = {"shell": "env shell"}
"""Names that stand for others and always will."""

OLD_NAMES: Final = {
    "add-to-store": "store add-path",
    "cat-nar": "nar cat",
    "cat-store": "store cat",
    "copy-sigs": "store copy-sigs",
    "dev-shell": "develop",
    "diff-closures": "store diff-closures",
    "doctor": "config check",
    "dump-path": "store dump-path",
    "hash-file": "hash file",
    "hash-path": "hash path",
    "ls-nar": "nar ls",
    "ls-store": "store ls",
    "make-content-addressable": "store make-content-addressed",
    "optimise-store": "store optimise",
    "ping-store": "store info",
    "show-config": "config show",
    "show-derivation": "derivation show",
    "sign-paths": "store sign",
    "to-base16": "hash to-base16",
    "to-base32": "hash to-base32",
    "to-base64": "hash to-base64",
    "verify": "store verify",
}
"""Names that work with a warning."""

OLD_MEMBERS: Final = {("store", "ping"): "info"}
"""The same for the second word of a subcommand."""


def main() -> NoReturn:
    """The command as a process."""
    program.start(run, COMMAND.name)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    before, name, after = split_command(words)
    if name is None:
        return _run_bare(words)
    module, rest = find_command(name, after)
    subcommand: Callable[[Sequence[str]], int] = module.run
    return subcommand([*before, *rest])


def split_command(words: Sequence[str]) -> tuple[list[str], str | None, list[str]]:
    """The options before the subcommand, its first word, and what follows that."""
    position = 0
    while position < len(words):
        word = words[position]
        if not word.startswith("-"):
            return list(words[:position]), word, list(words[position + 1 :])
        option = options.find_option(COMMAND, word)
        position += 1 + (len(option.metavars) if option is not None else 0)
    return list(words), None, []


def find_command(name: str, rest: Sequence[str]) -> tuple[ModuleType, Sequence[str]]:
    """The module of a subcommand, and the words that are its own; raises `UsageError`."""
    path = SHORTHANDS.get(name, name)
    if name in OLD_NAMES:
        path = OLD_NAMES[name]
        terminal.warn(f"'{name}' is a deprecated alias for '{path}'")
    known = command_names()
    if path in known:
        return load_command(path), rest
    members = sorted(
        known_name.partition(" ")[2] for known_name in known if known_name.startswith(f"{path} ")
    )
    if not members:
        raise UsageError(_unknown(name, {known_name.partition(" ")[0] for known_name in known}))
    if not rest or rest[0] in {"--help", "--version"}:
        raise UsageError(f"'nix {path}' needs a subcommand: one of {', '.join(members)}")
    member = OLD_MEMBERS.get((path, rest[0]))
    if member is not None:
        terminal.warn(f"'{rest[0]}' is a deprecated alias for '{member}'")
        return load_command(f"{path} {member}"), rest[1:]
    if rest[0] not in members:
        raise UsageError(_unknown(rest[0], members))
    return load_command(f"{path} {rest[0]}"), rest[1:]


def command_names() -> set[str]:
    """Every subcommand, words separated by spaces."""
    folder = os.path.join(os.path.dirname(__file__), "nix_commands")
    names = (file.removesuffix(".py") for file in os.listdir(folder) if file.endswith(".py"))
    return {spell(name) for name in names if not name.startswith("_")}


def spell(module: str) -> str:
    """The subcommand in a file: `hash_to_base16` is `hash to-base16`, `path_info` is `path-info`."""
    group, _, member = module.partition("_")
    if group in GROUPS and member:
        return f"{group} {member.replace('_', '-')}"
    return module.replace("_", "-")


GROUPS: Final = frozenset(
    {
        "config",
        "derivation",
        "env",
        "flake",
        "formatter",
        "hash",
        "key",
        "nar",
        "profile",
        "realisation",
        "registry",
        "store",
    }
)
"""First words of subcommands that have two."""


def load_command(name: str) -> ModuleType:
    """The module of a subcommand that exists."""
    from importlib import import_module

    module = name.replace(" ", "_").replace("-", "_")
    return import_module(f"neve.cli.nix_commands.{module}")


def _run_bare(words: Sequence[str]) -> int:
    arguments = Arguments(Settings.load(os.environ))
    options.parse(COMMAND, words, arguments)
    if arguments.action is None:
        raise UsageError("no subcommand specified")
    from neve.cli import help as help_texts

    help_texts.show(COMMAND, arguments)
    if arguments.action == "help":
        sys.stdout.write("\n" + command_list())
    return 0


def command_list() -> str:
    """All subcommands with what they are for."""
    names = sorted(command_names())
    width = max(map(len, names)) + 2
    lines = [f"  {name:{width}}{load_command(name).COMMAND.summary}\n" for name in names]
    return "Commands:\n" + "".join(lines) + "\nMore about one: nix COMMAND --help\n"


def _unknown(name: str, known: set[str] | list[str]) -> str:
    import difflib

    message = f"'{name}' is not a recognised command"
    near = difflib.get_close_matches(name, known, 3, 0.6)
    if near:
        message += f"\nDid you mean {' or '.join(near)}?"
    return message
