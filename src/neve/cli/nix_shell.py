"""`nix-shell`: a shell in the environment of a derivation."""

from __future__ import annotations

import os
import re
import shlex

from neve.cli import common, program
from neve.cli.common import EvaluationArguments
from neve.cli.options import Command, Group, Option, flag, repeated
from neve.errors import NeveError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final, NoReturn

    from neve._core import Value
    from neve.lang.session import Session
    from neve.settings import Settings


class ShellArguments(EvaluationArguments):
    """What `nix-shell` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.attr_paths: list[str] = []
        self.is_expression = False
        self.names_packages = False
        self.is_dry_run = False
        self.is_pure = False
        self.kept_variables: list[str] = []
        self.excluded_inputs: list[str] = []
        self.shell_command: str | None = None
        """What the shell runs; it ends afterwards unless that returns."""
        self.is_interactive = False
        self.interpreter: str | None = None
        self.script: Script | None = None


class Script:
    """A file that `nix-shell` is the interpreter of; `words` are those of its `#! nix-shell` lines."""

    def __init__(self, path: str, words: list[str], arguments: list[str]) -> None:
        self.path: Final = path
        self.words: Final = words
        self.arguments: Final = arguments

    @property
    def directory(self) -> str:
        """The absolute name of the folder that it lies in."""
        return os.path.dirname(os.path.abspath(self.path))

    def command(self, interpreter: str) -> str:
        """What has the interpreter run the script.

        Perl and Ruby look at a script's first line themselves, and would start `nix-shell` again: Perl does so unless
        it goes by another name, Ruby does not when the script is loaded by a line of Ruby.
        """
        words = " ".join(map(shlex.quote, [self.path, *self.arguments]))
        if "ruby" in interpreter:
            return f"exec {interpreter} -e 'load(ARGV.shift)' -- {words}"
        name = "-a PERL " if "perl" in interpreter else ""
        return f"exec {name}{interpreter} {words}"


def _run_command(arguments: ShellArguments, text: str) -> None:
    arguments.shell_command = f"{text}\nexit"
    arguments.is_interactive = False


def _run_interactively(arguments: ShellArguments, text: str) -> None:
    arguments.shell_command = f"{text}\nexit"


def _set_interpreter(arguments: ShellArguments, text: str) -> None:
    if arguments.script is None:
        raise UsageError("unrecognised flag '-i': it is for '#! nix-shell' lines of scripts")
    arguments.shell_command = arguments.script.command(text)
    arguments.is_interactive = False


COMMAND: Final = Command(
    "nix-shell",
    "start a shell with what a derivation is built with",
    (
        Group(
            "Which environment",
            (
                flag("-p --packages", "names_packages", "Operands are packages of <nixpkgs>."),
                flag("-E --expr", "is_expression", "Operands are expressions."),
                repeated("-A --attr", "attr_paths", "PATH", "Select an attribute."),
                repeated(
                    "--exclude", "excluded_inputs", "REGEX", "Do not build inputs that match."
                ),
                flag("--dry-run", "is_dry_run", "Only say what would be built and fetched."),
            ),
        ),
        Group(
            "What runs",
            (
                Option("--run", _run_command, "Run a command in place of a shell.", ("COMMAND",)),
                Option(
                    "--command",
                    _run_interactively,
                    "The same in an interactive shell, which stays if the command ends in `return`.",
                    ("COMMAND",),
                ),
                Option(
                    "-i", _set_interpreter, "In scripts: what runs the script.", ("INTERPRETER",)
                ),
                flag("--pure", "is_pure", "Start with almost no variables of this environment."),
                flag("--impure", "is_pure", "Keep them (the default).", to=False),
                repeated("--keep", "kept_variables", "NAME", "A variable that --pure keeps."),
            ),
        ),
        common.EVALUATION,
        common.BUILDING,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[FILE | PACKAGE…]",
    description="""
Builds the inputs of a derivation and starts Bash with its variables, stdenv's set-up and its shellHook. FILE is
./shell.nix, else ./default.nix, when none is given. A script whose first line is `#! /usr/bin/env nix-shell` says the
rest on lines that begin with `#! nix-shell`:

  #! nix-shell -i python3 -p python3 python3Packages.requests
""",
)


def main() -> NoReturn:
    """The command as a process."""
    program.start(run, COMMAND.name)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; returns only when nothing is to be started."""
    from neve.cli.building import build_flow
    from neve.cli.nix_shell_start import prepare, start

    script = find_script(words)

    def make(settings: Settings) -> ShellArguments:
        arguments = ShellArguments(settings)
        arguments.script = script
        arguments.is_interactive = os.isatty(0) and os.isatty(2)
        return arguments

    arguments = common.read(COMMAND, words if script is None else script.words, make)
    if arguments is None:
        return 0
    if arguments.names_packages and arguments.is_expression:
        raise UsageError("'-p' and '-E' are mutually exclusive")
    os.environ["IN_NIX_SHELL"] = "pure" if arguments.is_pure else "impure"
    if script is not None and _is_relative_to_script(arguments):
        arguments.base_dir = script.directory
    session = common.open_session(arguments)
    derivation = _choose(session, arguments)
    session.evaluator.flush()
    with build_flow(arguments) as flow:
        prepared = prepare(flow, session, derivation, arguments)
    if prepared is not None:
        start(prepared)
    return 0


def find_script(words: Sequence[str]) -> Script | None:
    """The script that a command line runs: its first word, when that is a file that begins with `#!`."""
    if not words or words[0].startswith("-"):
        return None
    try:
        with open(words[0], encoding="utf-8", errors="surrogateescape") as file:
            if file.read(2) != "#!":
                return None
            file.readline()
            lines = file.read().splitlines()
    except OSError:
        return None
    own: list[str] = []
    for line in lines:
        match = re.fullmatch(r"#!\s*nix-shell\s+(.*)", line)
        if match is None:
            continue
        try:
            own += shlex.split(match[1])
        except ValueError as error:
            raise NeveError(f"unterminated quote in shebang line of '{words[0]}'") from error
    return Script(words[0], own, list(words[1:]))


def _is_relative_to_script(arguments: ShellArguments) -> bool:
    return arguments.settings.flag("nix-shell-shebang-arguments-relative-to-script")


def package_expression(packages: Sequence[str]) -> str:
    """An expression for a derivation that has the packages, each an expression itself, as inputs."""
    inputs = " ".join(f"({package})" for package in packages)
    return (
        "{...}@args: with import <nixpkgs> args; "
        f'(pkgs.runCommandCC or pkgs.runCommand) "shell" {{ buildInputs = [ {inputs} ]; }} ""'
    )


def _choose(session: Session, arguments: ShellArguments) -> str:
    """The path of the derivation; raises `UsageError` unless it is a single one."""
    from neve.lang.derivations import find_derivations

    chosen: list[str] = []
    for root in _roots(session, arguments):
        if isinstance(root, str):
            chosen.append(root)
            continue
        for attr_path in arguments.attr_paths or [""]:
            automatic = _automatic(session, root)
            selected = root.select_path(_names(attr_path), auto_call=automatic)
            automatic = _automatic(session, selected)
            chosen += [found.drv_path for found in find_derivations(selected, automatic)]
    if len(chosen) != 1:
        raise UsageError(
            f"nix-shell requires a single derivation, and this is {len(chosen)} of them; choose one with -A"
        )
    return chosen[0]


def _names(attr_path: str) -> list[str]:
    from neve.lang.attr_path import parse_attr_path

    return parse_attr_path(attr_path)


def _automatic(session: Session, value: Value) -> dict[str, Value]:
    """The automatic arguments, with `inNixShell` for a function that knows it."""
    automatic = dict(session.auto_values())
    if value.type == "lambda" and "inNixShell" in (value.function_args() or {}):
        automatic.setdefault("inNixShell", session.evaluate("true"))
    return automatic


def _roots(session: Session, arguments: ShellArguments) -> list[Value | str]:
    """The values that derivations are found in; derivations in the store by their paths."""
    operands = arguments.operands
    if arguments.names_packages:
        return [session.evaluate(package_expression(operands))]
    if operands == ["-"]:
        return [session.evaluate_argument("-")]
    if arguments.is_expression:
        return [session.evaluate(operand) for operand in operands]
    if not operands:
        if not os.path.lexists("shell.nix") and not os.path.lexists("default.nix"):
            raise NeveError(
                "no argument specified and no 'shell.nix' or 'default.nix' file found in the working directory"
            )
        operands = ["."]
    return [_root_of_file(session, operand, arguments) for operand in operands]


def _root_of_file(session: Session, operand: str, arguments: ShellArguments) -> Value | str:
    path = os.path.realpath(operand)
    if path.startswith(f"{session.host.store.store_dir}/") and path.endswith(".drv"):
        return path
    if arguments.script is not None and not operand.startswith(("<", "/")) and ":" not in operand:
        operand = os.path.join(arguments.script.directory, operand)
    return session.evaluate_argument(_prefer_shell(session.resolve_argument(operand), arguments))


def _prefer_shell(path: str, arguments: ShellArguments) -> str:
    """The file in a folder that describes its shell; a file is itself."""
    if not os.path.isdir(path):
        return path
    shell = os.path.join(path, "shell.nix")
    if os.path.lexists(shell):
        if arguments.settings.flag("nix-shell-always-looks-for-shell-nix") or path == os.getcwd():
            return shell
        from neve import terminal

        terminal.warn(
            f"Skipping '{shell}', because the setting 'nix-shell-always-looks-for-shell-nix' is disabled. "
            "This is a deprecated behavior. Consider enabling 'nix-shell-always-looks-for-shell-nix'."
        )
    default = os.path.join(path, "default.nix")
    if os.path.lexists(default):
        return default
    raise NeveError(f"neither 'shell.nix' nor 'default.nix' found in '{path}'")
