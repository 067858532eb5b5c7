"""Entering an installed NixOS system from another one, as `nixos-enter` does: a root directory with /dev, /proc, /sys.

The system's activation is run first, so that what programs expect below /etc and /run is there.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

from neve import process
from neve.errors import NeveError, SandboxError
from neve.sandbox import operations as op
from neve.sandbox.advice import explain_forbidden
from neve.sandbox.operations import ForbiddenError, Namespace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neve.sandbox.operations import Operation

CURRENT: Final = "/nix/var/nix/profiles/system"
NOT_NIXOS_STATUS: Final = 126


class NotNixOSError(NeveError):
    """There is no NixOS in a folder."""

    exit_status = NOT_NIXOS_STATUS


@dataclass(frozen=True)
class Visit:
    """Which system is entered, and what runs there."""

    root: str
    system: str = CURRENT
    """The system's path as it is inside."""
    command: str | None = None
    """A line for a shell; an interactive shell without."""
    is_silent: bool = False
    """Whether nothing is seen of the activation."""


def check_root(root: str) -> None:
    """Raises `NotNixOSError` unless a folder holds a NixOS system."""
    if not os.path.exists(f"{root}/etc/NIXOS"):
        raise NotNixOSError(f"'{root}' is not an installed NixOS system: it has no 'etc/NIXOS'")


def plan_namespaces() -> list[Operation]:
    """The steps of the process that waits for the visit."""
    uid, gid = os.geteuid(), os.getegid()
    user: list[Operation] = [op.EnterUserNamespace(0, 0, uid, gid)] if uid != 0 else []
    return [
        *user,
        op.EnterNamespace(Namespace.MOUNT),
        op.EnterNamespace(Namespace.UTS),
        op.EnterNamespace(Namespace.PID),
        op.MakeMountsPrivate(),
    ]


def plan_mounts(root: str) -> list[Operation]:
    """What the visit sees beside the system's own files; the steps of the first process in its namespace."""
    steps: list[Operation] = [
        op.Bind("/dev", f"{root}/dev", has_devices=True),
        op.Bind("/sys", f"{root}/sys"),
        op.MountFileSystem("proc", f"{root}/proc"),
    ]
    resolver = os.path.realpath("/etc/resolv.conf")
    if os.path.exists(resolver) and os.path.isfile(f"{root}/etc/resolv.conf"):
        steps.append(op.Bind(resolver, f"{root}/etc/resolv.conf", is_optional=True))
    return steps


def visit(wanted: Visit) -> int:
    """Runs a visit to its end; the exit status of what ran. Raises `NeveError`."""
    check_root(wanted.root)
    _execute(plan_namespaces())
    child = os.fork()
    if child == 0:
        _stay(wanted)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) % 256


def visit_apart(wanted: Visit) -> int:
    """The same in a process of its own, so that this one stays where it is."""
    command = (
        "import sys; from neve.system import entering; sys.exit(entering.visit_words(sys.argv[1:]))"
    )
    words = [wanted.root, wanted.system, wanted.command or "", "1" if wanted.is_silent else ""]
    return process.run(
        [sys.executable, "-c", command, *words], environment=os.environ, stdin=0, check=False
    )


def visit_words(words: Sequence[str]) -> int:
    """A visit told by words: root, system, command, and a word that is not empty for a silent one."""
    from neve import terminal

    root, system, command, is_silent = words
    try:
        return visit(Visit(root, system, command or None, bool(is_silent)))
    except NeveError as error:
        terminal.error(str(error))
        return error.exit_status


def _stay(wanted: Visit) -> NoReturn:
    from neve import terminal

    try:
        _execute(plan_mounts(wanted.root))
        os.chroot(wanted.root)
        os.chdir("/")
        _activate(wanted)
        shell = f"{wanted.system}/sw/bin/bash"
        words = [shell, "--login", *([] if wanted.command is None else ["-c", wanted.command])]
        process.replace(words, environment=_environment())
    except (NeveError, OSError) as error:
        terminal.error(str(error))
    finally:
        os._exit(1)


def _environment() -> dict[str, str]:
    kept = process.minimal_environment(keep=("TERM", "LANG", "LC_ALL", "SSH_AUTH_SOCK"))
    return {**kept, "HOME": "/root", "USER": "root", "NIXOS_ENTER": "1"}


def _activate(wanted: Visit) -> None:
    """Runs the activation and makes temporary files; what fails there is said, and the visit goes on."""
    output = subprocess.DEVNULL if wanted.is_silent else 2
    environment = {**_environment(), "IN_NIXOS_ENTER": "1", "PATH": f"{wanted.system}/sw/bin"}
    for words in (
        [f"{wanted.system}/activate"],
        [f"{wanted.system}/sw/bin/systemd-tmpfiles", "--create", "--remove", "-E"],
    ):
        if os.access(words[0], os.X_OK):
            process.run(words, environment=environment, stdout=output, check=False)


def _execute(steps: list[Operation]) -> None:
    for step in steps:
        try:
            step.execute()
        except ForbiddenError as error:
            raise explain_forbidden(error.namespace, error.errno or 0) from error
        except OSError as error:
            raise SandboxError(f"cannot {step.describe()}: {error.strerror}") from error
