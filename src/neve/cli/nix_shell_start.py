"""From a derivation to a shell in its environment: what `nix-shell` builds, sets and starts."""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

from neve import terminal
from neve.builder.environment import canonical_json, shell_declarations
from neve.builder.goals import Output, Path
from neve.builder.options import DerivationOptions, read_options
from neve.builder.settings import BuildSettings
from neve.cli.entering import become
from neve.errors import NeveError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neve._core import Derivation
    from neve.builder.goals import Goal
    from neve.cli.building import BuildFlow
    from neve.cli.nix_shell import ShellArguments
    from neve.lang.session import Session
    from neve.store import Store
    from neve.store.layout import Layout

_PURE_VARIABLES: Final = frozenset(
    {
        "DISPLAY",
        "HOME",
        "IN_NIX_SHELL",
        "LOGNAME",
        "NIX_BUILD_SHELL",
        "NIX_SHELL_PRESERVE_PROMPT",
        "PAGER",
        "PATH",
        "SHLVL",
        "TERM",
        "TZ",
        "USER",
        "WAYLAND_DISPLAY",
        "WAYLAND_SOCKET",
        "XDG_RUNTIME_DIR",
        # What programs find proxies by.
        "all_proxy",
        "ftp_proxy",
        "http_proxy",
        "https_proxy",
        "no_proxy",
        "ALL_PROXY",
        "FTP_PROXY",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
    }
)
"""What `--pure` leaves of the environment."""
_SHELL_EXPRESSION: Final = "(import <nixpkgs> {}).bashInteractive"
_FOLDER_VARIABLES: Final = ("NIX_BUILD_TOP", "TMPDIR", "TEMPDIR", "TMP", "TEMP")


@dataclass(frozen=True)
class PreparedShell:
    """A shell that is ready to be started."""

    shell: str
    """The program, by name or path."""
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    layout: Layout


def prepare(
    flow: BuildFlow, session: Session, drv_path: str, arguments: ShellArguments
) -> PreparedShell | None:
    """Builds the inputs of a derivation and writes what its shell reads first; nothing with `--dry-run`."""
    derivation = flow.store.read_derivation(drv_path)
    shell_drv = None if os.environ.get("NIX_BUILD_SHELL") else _find_shell(session)
    goals = _inputs(derivation, arguments.excluded_inputs)
    if shell_drv is not None:
        goals.insert(0, Output(shell_drv, "out"))
    if arguments.is_dry_run:
        flow.announce(goals)
        return None
    flow.reach(goals)
    shell = os.environ.get("NIX_BUILD_SHELL") or "bash"
    if shell_drv is not None:
        shell = flow.outputs.of(shell_drv)["out"] + "/bin/bash"
    folder = tempfile.mkdtemp(prefix="nix-shell-")
    derivation = _resolve(flow, derivation)
    options = read_options(derivation, flow.store.store_dir)
    environment = _environment(arguments, folder)
    environment["NIX_STORE"] = flow.store.store_dir
    environment["NIX_BUILD_CORES"] = str(BuildSettings.load(arguments.settings).build_cores)
    _add_variables(environment, derivation, options, folder)
    declarations = ""
    if derivation.structured_attrs is not None:
        declarations = _write_attributes(environment, flow.store, derivation, folder)
    rc_file = os.path.join(folder, "rc")
    with open(rc_file, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(start_file(arguments, shell, folder, declarations))
    words = ("bash", "--rcfile", rc_file) if arguments.is_interactive else ("bash", rc_file)
    return PreparedShell(shell, words, environment, flow.store.layout)


def start(prepared: PreparedShell) -> NoReturn:
    """Becomes the shell."""
    become(
        prepared.shell, prepared.arguments, layout=prepared.layout, environment=prepared.environment
    )


def _find_shell(session: Session) -> str | None:
    """The derivation of an interactive Bash; nothing, and a word about it, when there is none."""
    from neve.errors import describe

    try:
        value = session.evaluate(_SHELL_EXPRESSION)
        drv_path = value.attr("drvPath") if value.is_derivation else None
        if drv_path is not None:
            path = drv_path.coerce_to_string()
            session.evaluator.flush()
            return path
        why = "the 'bashInteractive' attribute in <nixpkgs> did not evaluate to a derivation"
    except NeveError as error:
        why = describe(error)
    terminal.error(why)
    terminal.say("uses bash from your environment")
    return None


def _inputs(derivation: Derivation, excluded: list[str]) -> list[Goal]:
    patterns = [re.compile(pattern) for pattern in excluded]
    goals: list[Goal] = [
        Output(path, name)
        for path, names in sorted(derivation.input_drvs.items())
        if not any(pattern.search(path) for pattern in patterns)
        for name in sorted(names)
    ]
    return [*goals, *(Path(path) for path in sorted(derivation.input_srcs))]


def _resolve(flow: BuildFlow, derivation: Derivation) -> Derivation:
    """The derivation with the paths of inputs that were known only after they were built."""
    if derivation.kind not in {"deferred", "floating"}:
        return derivation
    paths: dict[tuple[str, ...], str] = {
        (path, name): flow.outputs.of(path)[name]
        for path, names in derivation.input_drvs.items()
        for name in names
    }
    return derivation.resolve(paths)


def _environment(arguments: ShellArguments, folder: str) -> dict[str, str]:
    """What of our variables the shell begins with."""
    environment = dict(os.environ)
    if arguments.is_pure:
        kept = _PURE_VARIABLES.union(arguments.kept_variables)
        environment = {name: value for name, value in environment.items() if name in kept}
        # Keeps NixOS's /etc/bashrc from reading /etc/profile.
        environment["__ETC_PROFILE_SOURCED"] = "1"
    environment.update(dict.fromkeys(_FOLDER_VARIABLES, folder))
    return environment


def _add_variables(
    environment: dict[str, str], derivation: Derivation, options: DerivationOptions, folder: str
) -> None:
    for name, value in sorted(derivation.env.items()):
        if name not in options.pass_as_file:
            environment[name] = value
            continue
        number = sum(1 for other in options.pass_as_file if other < name)
        path = os.path.join(folder, f".attr-{number}")
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(value)
        environment[f"{name}Path"] = path


def _write_attributes(
    environment: dict[str, str], store: Store, derivation: Derivation, folder: str
) -> str:
    """Writes the files that structured attributes are read from; their declarations for Bash."""
    from neve import _core
    from neve.builder.references_graph import export_graphs

    options = read_options(derivation, store.store_dir)
    wanted = {path for paths in options.export_references_graph.values() for path in paths}
    inputs = frozenset(store.compute_closure(sorted(wanted)))
    attributes = dict(derivation.structured_attrs or {})
    attributes["outputs"] = {name: _core.placeholder(name) for name in derivation.outputs}
    attributes.update(export_graphs(store, options, inputs, is_structured=True))
    declarations = shell_declarations(attributes)
    for name, variable, text in (
        (".attrs.json", "NIX_ATTRS_JSON_FILE", canonical_json(attributes)),
        (".attrs.sh", "NIX_ATTRS_SH_FILE", declarations),
    ):
        environment[variable] = os.path.join(folder, name)
        with open(environment[variable], "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
    return declarations


def start_file(arguments: ShellArguments, shell: str, folder: str, declarations: str) -> str:
    """The text of the file that the shell reads first."""
    is_pure = arguments.is_pure
    colour = "31" if os.geteuid() == 0 else "32"
    prompt = rf"PS1='\n\[\033[1;{colour}m\][nix-shell:\w]\$\[\033[0m\] '"
    zone = os.environ.get("TZ")
    lines = [
        f"_nix_shell_clean_tmpdir() {{ command rm -rf {shlex.quote(folder)}; }}",
        "trap _nix_shell_clean_tmpdir EXIT",
        "exitHooks+=(_nix_shell_clean_tmpdir)",
        "failureHooks+=(_nix_shell_clean_tmpdir)",
        "" if is_pure else '[ -n "$PS1" ] && [ -e ~/.bashrc ] && source ~/.bashrc',
        "" if is_pure else "p=$PATH",
        "unset PATH",
        "dontAddDisableDepTrack=1",
        declarations,
        "[ -e $stdenv/setup ] && source $stdenv/setup",
        "" if is_pure else "PATH=$PATH:$p; unset p",
        f'PATH={shlex.quote(os.path.dirname(shell))}:"$PATH"',
        f"SHELL={shlex.quote(shell)}",
        f"BASH={shlex.quote(shell)}",
        "set +e",
        f'[ -n "$PS1" -a -z "$NIX_SHELL_PRESERVE_PROMPT" ] && {prompt}',
        'if [ "$(type -t runHook)" = function ]; then runHook shellHook; fi',
        "unset NIX_ENFORCE_PURITY",
        "shopt -u nullglob",
        "unset TZ",
        "" if zone is None else f"export TZ={shlex.quote(zone)}",
        "shopt -s execfail",
        arguments.shell_command or "",
    ]
    return "".join(f"{line}\n" for line in lines if line)
