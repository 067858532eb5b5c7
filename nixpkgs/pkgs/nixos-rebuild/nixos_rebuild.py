"""`nixos-rebuild` of a NixOS system: builds its configuration, and makes it the one that runs or boots.

It drives the commands of the Nix that the system has (Debian's, not Neve, whose own `nixos-rebuild` is for hosts and
works on the store directly); flags of Nix go to them.
"""

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, NoReturn

PROFILES: Final = "/nix/var/nix/profiles"
OVERRIDE: Final = "NIXOS_REBUILD_I_UNDERSTAND_THE_CONSEQUENCES_PLEASE_BREAK_MY_SYSTEM"
"""A variable that makes anything the default system."""

ACTIONS: Final = {
    "switch": "build the configuration, make it the default to boot, and activate it",
    "boot": "the same without activating it",
    "test": "activate it without making it the default",
    "build": "only build it: ./result",
    "dry-build": "say what would be built and fetched",
    "dry-activate": "build it and say what activating it would change",
    "build-vm": "build a script that runs it in a virtual machine",
    "build-vm-with-bootloader": "the same with a disk that boots on its own",
    "edit": "open the configuration in $EDITOR",
    "repl": "explore the configuration",
    "list-generations": "show the systems that were made the default, newest first",
}
PARTS: Final = {
    "build-vm": "config.system.build.vm",
    "build-vm-with-bootloader": "config.system.build.vmWithBootLoader",
}
"""What is built where it is not the system itself."""

FEATURES: Final = ("--extra-experimental-features", "nix-command flakes")
NIX_FLAGS: Final = {
    "-I": 1,
    "-j": 1,
    "-k": 0,
    "-K": 0,
    "-L": 0,
    "-Q": 0,
    "--max-jobs": 1,
    "--cores": 1,
    "--option": 2,
    "--builders": 1,
    "--log-format": 1,
    "--override-input": 2,
    "--accept-flake-config": 0,
    "--commit-lock-file": 0,
    "--fallback": 0,
    "--impure": 0,
    "--keep-failed": 0,
    "--keep-going": 0,
    "--no-build-output": 0,
    "--no-update-lock-file": 0,
    "--no-write-lock-file": 0,
    "--offline": 0,
    "--print-build-logs": 0,
    "--quiet": 0,
    "--recreate-lock-file": 0,
    "--refresh": 0,
    "--repair": 0,
    "--show-trace": 0,
    "--verbose": 0,
    "-v": 0,
}
"""Flags of Nix, and how many values each takes."""


class RebuildError(Exception):
    """What was asked cannot be done; the message says why."""


@dataclass(frozen=True)
class Source:
    """Where the configuration is: words for Nix's commands, and the attribute of the system in it."""

    words: tuple[str, ...]
    prefix: str = ""
    flake: str | None = None

    def attribute(self, part: str) -> str:
        """The path of `part`, such as `config.system.build.toplevel`."""
        return f"{self.prefix}.{part}" if self.prefix else part


@dataclass(frozen=True)
class Generation:
    """A system that was made the default, as `list-generations --json` spells it."""

    generation: int
    date: str
    nixosVersion: str  # noqa: N815  # the name that scripts read
    kernelVersion: str  # noqa: N815
    specialisations: list[str]
    current: bool


def run(words: Sequence[str], *, check: bool = True) -> int:
    """Run a command to its end; its status. A failure raises `subprocess.CalledProcessError` with `check`."""
    return subprocess.run(words, check=check).returncode


def capture(words: Sequence[str]) -> str:
    """What a command prints, without the last line's end."""
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout.rstrip("\n")


def choose_source(arguments: argparse.Namespace) -> Source:
    """The configuration that the command line means."""
    flake = arguments.flake
    names_file = arguments.file is not None or arguments.attr is not None
    if flake is not None and names_file:
        raise RebuildError("--flake cannot be used with --file or --attr")
    if (
        flake is None
        and not names_file
        and not arguments.no_flake
        and Path("/etc/nixos/flake.nix").exists()
    ):
        flake = os.path.dirname(os.path.realpath("/etc/nixos/flake.nix"))
    if flake is not None:
        return flake_source(flake)
    if names_file:
        return Source((arguments.file or "default.nix",), arguments.attr or "")
    return Source(("<nixpkgs/nixos>",))


def flake_source(reference: str) -> Source:
    """The system of `REF[#NAME]`: the host's where no name is given."""
    place, _, name = reference.partition("#")
    name = name or socket.gethostname().partition(".")[0]
    return Source((), flake=f'{place or "."}#nixosConfigurations."{name}"')


def nix_build(source: Source, part: str, flags: Sequence[str], *, link: str | None) -> str:
    """Build `part` of the configuration; its store path."""
    if source.flake is not None:
        out = ["--out-link", link] if link else ["--no-link"]
        return capture(
            ["nix", *FEATURES, "build", "--print-out-paths", *out, *flags, f"{source.flake}.{part}"]
        )
    out = ["--out-link", link] if link else ["--no-out-link"]
    return capture(["nix-build", *source.words, "-A", source.attribute(part), *out, *flags])


def dry_build(source: Source, flags: Sequence[str]) -> None:
    """Say what would be built and fetched."""
    part = "config.system.build.toplevel"
    if source.flake is not None:
        run(["nix", *FEATURES, "build", "--dry-run", *flags, f"{source.flake}.{part}"])
    else:
        run(["nix-build", "--dry-run", *source.words, "-A", source.attribute(part), *flags])


def upgrade_channels(*, all_of_them: bool) -> None:
    """Update root's channel `nixos`, and those that ask for it by a file of their own."""
    if os.geteuid() != 0:
        raise RebuildError("--upgrade needs root: the channels are root's")
    folder = Path(PROFILES, "per-user/root/channels")
    names = [] if all_of_them else ["nixos"]
    if not all_of_them and folder.is_dir():
        names += [
            each.name
            for each in sorted(folder.iterdir())
            if (each / ".update-on-nixos-rebuild").exists()
        ]
    run(["nix-channel", "--update", *names])


def profile_link(name: str) -> str:
    """The link to the current generation of the profile `name`."""
    if name == "system":
        return f"{PROFILES}/system"
    os.makedirs(f"{PROFILES}/system-profiles", 0o755, exist_ok=True)
    return f"{PROFILES}/system-profiles/{name}"


def generations(profile: str) -> list[tuple[int, Path]]:
    """Numbers and links of a profile's generations, oldest first."""
    shape = re.compile(re.escape(os.path.basename(profile)) + "-([0-9]+)-link")
    found = [
        (int(match[1]), entry)
        for entry in Path(profile).parent.iterdir()
        if (match := shape.fullmatch(entry.name))
    ]
    return sorted(found)


def previous_system(profile: str) -> str:
    """The system of the generation before the current one."""
    known = generations(profile)
    current = os.path.basename(os.readlink(profile))
    numbers = [number for number, link in known if link.name == current]
    older = [link for number, link in known if numbers and number < numbers[0]]
    if not older:
        raise RebuildError(f"{profile} has no generation before {current}")
    return os.path.realpath(older[-1])


def roll_back(action: str, profile: str) -> str:
    """Make the previous generation current, where the action makes a default; its system."""
    if action in {"switch", "boot"}:
        run(["nix-env", "-p", profile, "--rollback"])
        return os.path.realpath(profile)
    return previous_system(profile)


def set_profile(profile: str, system: str) -> None:
    """Make `system` the newest generation."""
    if not Path(system, "nixos-version").exists() and OVERRIDE not in os.environ:
        raise RebuildError(f"'{system}' is no NixOS system: it lacks the file 'nixos-version'")
    run(["nix-env", "-p", profile, "--set", system])


def activate(arguments: argparse.Namespace, system: str) -> int:
    """Run the system's own program for the action, in a unit of its own where systemd runs; its status."""
    program = f"{system}/bin/switch-to-configuration"
    if arguments.specialisation is not None:
        program = f"{system}/specialisation/{arguments.specialisation}/bin/switch-to-configuration"
        if not Path(program).exists():
            raise RebuildError(
                f"the configuration has no specialisation '{arguments.specialisation}'"
            )
    variables = {"NIXOS_INSTALL_BOOTLOADER": "1" if arguments.install_bootloader else "0"}
    if "LOCALE_ARCHIVE" in os.environ:
        variables["LOCALE_ARCHIVE"] = os.environ["LOCALE_ARCHIVE"]
    command = [program, arguments.action]
    if Path("/run/systemd/system").is_dir():
        # The session that started this may end while units are switched.
        settings = [word for name, text in variables.items() for word in ("-E", f"{name}={text}")]
        command = [
            "systemd-run",
            *settings,
            "--collect",
            "--no-ask-password",
            "--pipe",
            "--quiet",
            "--service-type=exec",
            "--unit=nixos-rebuild-switch-to-configuration",
            *command,
        ]
    return subprocess.run(command, check=False, env={**os.environ, **variables}).returncode


def list_generations(arguments: argparse.Namespace) -> None:
    """Show the profile's generations, newest first."""
    profile = profile_link(arguments.profile_name)
    current = os.path.basename(os.readlink(profile)) if os.path.islink(profile) else None
    rows = [
        describe_generation(number, link, current)
        for number, link in reversed(generations(profile))
    ]
    if arguments.json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
        return
    shape = "{:<12}{:<21}{:<32}{:<16}{:<16}{}"
    print(
        shape.format(
            "Generation", "Build-date", "NixOS version", "Kernel", "Specialisation", "Current"
        )
    )
    for row in rows:
        special = " ".join(row.specialisations)
        print(
            shape.format(
                row.generation, row.date, row.nixosVersion, row.kernelVersion, special, row.current
            )
        )


def names_in(folder: Path) -> list[str]:
    """The names in a folder that may be missing."""
    return sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []


def describe_generation(number: int, link: Path, current: str | None) -> Generation:
    """A generation as `list-generations` shows it."""
    version = link / "nixos-version"
    return Generation(
        generation=number,
        date=time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(link.lstat().st_mtime)),
        nixosVersion=version.read_text().strip() if version.exists() else "unknown",
        kernelVersion=" ".join(names_in(link / "kernel-modules/lib/modules")) or "unknown",
        specialisations=names_in(link / "specialisation"),
        current=link.name == current,
    )


def edit(arguments: argparse.Namespace) -> NoReturn:
    """Open the configuration in the person's editor."""
    file = arguments.file or os.environ.get("NIXOS_CONFIG") or "/etc/nixos/configuration.nix"
    if arguments.flake is not None:
        file = os.path.join(arguments.flake.partition("#")[0] or ".", "flake.nix")
    editor = os.environ.get("EDITOR", "nano")
    os.execvp(editor, [editor, file])


def explore(source: Source, flags: Sequence[str]) -> NoReturn:
    """Load the configuration into `nix repl`."""
    place = (
        (source.flake,) if source.flake is not None else ("--file", *source.words, source.prefix)
    )
    command = ["nix", *FEATURES, "repl", *flags, *(word for word in place if word)]
    os.execvp(command[0], command)


def build_system(arguments: argparse.Namespace, flags: Sequence[str]) -> int:
    """Build the system, make it the default and activate it, as far as the action goes."""
    action = arguments.action
    profile = profile_link(arguments.profile_name)
    if arguments.rollback:
        system = roll_back(action, profile)
    elif arguments.store_path is not None:
        system = os.path.realpath(arguments.store_path)
    else:
        link = "result" if action in {"build", "dry-activate"} else None
        system = nix_build(
            choose_source(arguments), "config.system.build.toplevel", flags, link=link
        )
    if action in {"switch", "boot"} and not arguments.rollback:
        set_profile(profile, system)
    status = activate(arguments, system) if action != "build" else 0
    if status == 0:
        print("Done. The new configuration is", file=sys.stderr)
        print(system)
    else:
        print(
            f"warning: '{action}' was not completed: see what is above (status {status})",
            file=sys.stderr,
        )
    return status


def act(arguments: argparse.Namespace, flags: Sequence[str]) -> int:
    """Do what the action says; the exit status."""
    action = arguments.action
    if action == "edit":
        edit(arguments)
    if action == "list-generations":
        list_generations(arguments)
        return 0
    if arguments.upgrade or arguments.upgrade_all:
        upgrade_channels(all_of_them=arguments.upgrade_all)
    if action == "repl":
        explore(choose_source(arguments), flags)
    if action == "dry-build":
        dry_build(choose_source(arguments), flags)
        return 0
    if action in PARTS:
        machine = nix_build(choose_source(arguments), PARTS[action], flags, link="result")
        script = next(iter(sorted(Path(machine, "bin").glob("run-*-vm"))), None)
        print("Done. The virtual machine can be started by running", file=sys.stderr)
        print(script)
        return 0
    return build_system(arguments, flags)


def take_nix_flags(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words that are this program's, and those that are Nix's."""
    own: list[str] = []
    nix: list[str] = []
    place = 0
    while place < len(words):
        count = NIX_FLAGS.get(words[place])
        if count is None:
            own.append(words[place])
            place += 1
            continue
        values = words[place : place + count + 1]
        if len(values) <= count:
            raise RebuildError(f"{words[place]} needs {count} more words")
        nix += values
        place += count + 1
    return own, nix


def make_parser() -> argparse.ArgumentParser:
    """The command line."""
    actions = "\n".join(f"  {name:<26}{what}" for name, what in ACTIONS.items())
    parser = argparse.ArgumentParser(
        "nixos-rebuild",
        description="Build the configuration of a NixOS system, and make it the one that runs or boots.",
        epilog=f"actions:\n{actions}\n\nFlags of nix-build such as -I, --option and --show-trace are passed on.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("action", choices=[*ACTIONS, "dry-run"], metavar="ACTION")
    parser.add_argument("-f", "--file", metavar="FILE", help="a Nix file that describes systems")
    parser.add_argument("-A", "--attr", metavar="PATH", help="the system in it")
    parser.add_argument(
        "-F", "--flake", nargs="?", const=".", metavar="REF[#NAME]", help="a flake's system"
    )
    parser.add_argument(
        "--no-flake", action="store_true", help="do not look at /etc/nixos/flake.nix"
    )
    parser.add_argument("--store-path", metavar="PATH", help="a system that is built already")
    parser.add_argument(
        "--rollback", action="store_true", help="the generation before the current one"
    )
    parser.add_argument("--upgrade", action="store_true", help="update the channel nixos first")
    parser.add_argument(
        "--upgrade-all", action="store_true", help="update all of root's channels first"
    )
    parser.add_argument(
        "-p", "--profile-name", default="system", metavar="NAME", help="another system profile"
    )
    parser.add_argument(
        "-c", "--specialisation", metavar="NAME", help="a specialisation to activate"
    )
    parser.add_argument(
        "--install-bootloader", action="store_true", help="install the boot loader again"
    )
    parser.add_argument("--json", action="store_true", help="generations as JSON")
    for old in ("--no-reexec", "--fast", "--no-build-nix"):
        parser.add_argument(old, action="store_true", help=argparse.SUPPRESS)
    return parser


def main(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    try:
        own, nix = take_nix_flags(words)
        arguments = make_parser().parse_args(own or ["--help"])
        if arguments.action == "dry-run":
            arguments.action = "dry-build"
        return act(arguments, nix)
    except RebuildError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        # The command has said why.
        print(f"error: {error.cmd[0]} failed (status {error.returncode})", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
