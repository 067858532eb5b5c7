"""Showing a program a store that lies elsewhere than its paths say.

    python -I -m neve.sandbox.showing /nix/store /home/me/.local/share/neve/nix/store PROGRAM NAME [ARGUMENT…]

The store of an ordinary user lies below a folder of theirs. A program in it runs in a mount namespace, where the store
is in its place and everything else is that of the host. This is a program of its own because a process with threads,
such as one that has evaluated something, may not enter a user namespace.
"""

import contextlib
import os
import sys
import tempfile
from typing import Final

from neve import process, terminal
from neve.errors import NeveError, SandboxError
from neve.sandbox import operations as op
from neve.sandbox.advice import explain_forbidden
from neve.sandbox.operations import ForbiddenError, Namespace, Operation

MODULE: Final = "neve.sandbox.showing"


def plan_view(store_dir: str, real_store_dir: str, root: str) -> list[Operation]:
    """The steps to a root directory, mounted on the empty folder `root`, that has the store in its place."""
    uid, gid = os.geteuid(), os.getegid()
    top = store_dir.split("/")[1]
    steps: list[Operation] = []
    if uid != 0:
        steps.append(op.EnterUserNamespace(uid, gid, uid, gid))
    steps += [
        op.EnterNamespace(Namespace.MOUNT),
        op.MakeMountsPrivate(),
        op.MountFileSystem("tmpfs", root, "mode=0755"),
        op.KeepOutOfBinds(root),
    ]
    steps += [
        op.Bind(f"/{name}", f"{root}/{name}", has_devices=True)
        for name in sorted(os.listdir("/"))
        if name != top
    ]
    return [
        *steps,
        op.Bind(real_store_dir, root + store_dir, is_read_only=True),
        op.ChangeRoot(root),
        op.MakeMountsPrivate(),
    ]


def show_store(store_dir: str, real_store_dir: str) -> None:
    """Changes the root directory of this process, which stays in its folder; raises `SandboxError`."""
    folder = os.getcwd()
    root = tempfile.mkdtemp(prefix="neve-root-")
    for step in plan_view(store_dir, real_store_dir, root):
        try:
            step.execute()
        except ForbiddenError as error:
            raise explain_forbidden(error.namespace, error.errno or 0) from error
        except OSError as error:
            raise SandboxError(
                f"showing the store '{real_store_dir}' at '{store_dir}': cannot {step.describe()}: {error.strerror}"
            ) from error
    # The folder was a place to mount, and is empty again where the old root is gone.
    with contextlib.suppress(OSError):
        os.rmdir(root)
    os.chdir(folder)


def main(arguments: list[str]) -> int:
    """Shows the store and becomes the program; returns only when that fails."""
    store_dir, real_store_dir, program, *names = arguments
    try:
        show_store(store_dir, real_store_dir)
        process.replace(names, environment=os.environ, program=program)
    except NeveError as error:
        terminal.error(str(error))
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
