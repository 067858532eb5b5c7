"""`nix develop`: a shell with the environment of a build."""

from __future__ import annotations

import os
import shlex
import tempfile

from neve.cli import common
from neve.cli.development import DEVELOPMENT, DevelopmentArguments, load_environment, make_script
from neve.cli.environment_changes import ENVIRONMENT, changed_environment, split_command
from neve.cli.installables import LOCK_FILES, SELECTION
from neve.cli.options import Command, Group, flag, value
from neve.errors import NeveError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve.cli.building import BuildFlow
    from neve.settings import Settings

_PHASES: Final = {
    "--unpack": "unpack",
    "--configure": "configure",
    "--build": "build",
    "--check": "check",
    "--install": "install",
    "--installcheck": "installCheck",
}


class DevelopArguments(DevelopmentArguments):
    """What `nix develop` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.phase: str | None = None


COMMAND: Final = Command(
    "nix develop",
    "start a shell with the environment of a build",
    (
        SELECTION,
        Group(
            "What runs",
            (
                flag(
                    "-c --command",
                    "action",
                    "Run the command that follows, with its arguments, in place of a shell.",
                    to="command",
                ),
                value("--phase", "phase", "NAME", "Run a phase of the build."),
                *(
                    flag(name, "phase", f"Run the {phase} phase.", to=phase)
                    for name, phase in _PHASES.items()
                ),
            ),
        ),
        DEVELOPMENT,
        ENVIRONMENT,
        LOCK_FILES,
        common.EVALUATION,
        common.DEBUGGING,
        common.BUILDING,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[ATTRIBUTE] [-c COMMAND [ARGUMENT…]]",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; returns only for `--help`."""
    from neve.cli.building import build_flow
    from neve.cli.entering import become

    words, command = split_command(words)
    arguments = common.read(COMMAND, words, DevelopArguments)
    if arguments is None:
        return 0
    if arguments.phase is not None and command is not None:
        raise UsageError("you cannot use both '--command' and '--phase'")
    environment = changed_environment(arguments)
    with build_flow(arguments) as flow:
        found, path = load_environment(flow, arguments)
        shell = _find_shell(flow, arguments)
        layout = flow.store.layout
    environment |= {"NIX_GCROOT": path, "SHELL": shell}
    descriptor, file = tempfile.mkstemp(prefix="nix-shell.")
    lines = [make_script(found, arguments).rstrip("\n"), f"command rm -f {shlex.quote(file)}"]
    with open(descriptor, "w", encoding="utf-8", errors="surrogateescape") as stream:
        stream.write(start_script(lines, shell, command, arguments))
    is_interactive = command is None and arguments.phase is None
    names = ["bash", "--rcfile", file] if is_interactive else ["bash", file]
    return become(shell, names, layout=layout, environment=environment)


def start_script(
    lines: list[str], shell: str, command: list[str] | None, arguments: DevelopArguments
) -> str:
    """What the shell reads first: `lines` make the environment, then comes what it is to run."""
    lines = [*lines, f"SHELL={shlex.quote(shell)}"]
    if "/" in shell:
        lines.append(f'PATH={shlex.quote(os.path.dirname(shell))}"${{PATH:+:$PATH}}"')
    if arguments.phase is not None:
        lines += ["foundMakefile=1", f"runHook {shlex.quote(arguments.phase)}Phase"]
    elif command is not None:
        lines.append(f"exec {shlex.join(command)}")
    else:
        greeting = '[ -n "$PS1" ] && [ -e ~/.bashrc ] && source ~/.bashrc'
        lines = [greeting, "shopt -u expand_aliases", *lines, "shopt -s expand_aliases"]
        lines += _prompt(arguments)
    return "".join(f"{line}\n" for line in lines)


def _prompt(arguments: DevelopArguments) -> list[str]:
    prompts = (
        ("bash-prompt", "PS1={}"),
        ("bash-prompt-prefix", 'PS1={}"$PS1"'),
        ("bash-prompt-suffix", "PS1+={}"),
    )
    texts = ((arguments.settings.text(name), form) for name, form in prompts)
    return [f'[ -n "$PS1" ] && {form.format(shlex.quote(text))}' for text, form in texts if text]


def _find_shell(flow: BuildFlow, arguments: DevelopArguments) -> str:
    """An interactive Bash of the package set; that of PATH when there is none."""
    from neve.builder.goals import Output

    try:
        arguments.settings.set("pure-eval", "false")
        session = common.open_session(arguments)
        drv_path = session.evaluate("(import <nixpkgs> { }).bashInteractive.drvPath")
        path = drv_path.coerce_to_string()
        session.evaluator.flush()
        flow.reach([Output(path, "out")])
        return flow.outputs.of(path)["out"] + "/bin/bash"
    except NeveError:
        return "bash"
