"""The shell that sandboxes have at `/bin/sh`: one program without libraries, for nothing else of the host is there."""

import os
import struct
from collections.abc import Mapping
from functools import cache
from typing import Final

SHELL: Final = "/bin/sh"
_CANDIDATES: Final = (
    "/bin/busybox",
    "/usr/bin/busybox",
    "/bin/busybox.static",
    "/usr/bin/bash-static",
    "/bin/bash-static",
)
_INTERPRETER_HEADER: Final = 3


@cache
def find_static_shell() -> str | None:
    """A static shell of this machine, if it has one."""
    return next((path for path in _CANDIDATES if is_static_program(path)), None)


def shell_missing(builder: str, mounts: Mapping[str, object]) -> str | None:
    """Why a builder cannot run for want of a shell, if so."""
    if builder != SHELL or SHELL in mounts:
        return None
    return (
        f"the builder is {SHELL}, and this machine has no shell for sandboxes; install one that needs no libraries "
        "(busybox-static), or name one in the settings: sandbox-paths = /bin/sh=/path/to/static/shell"
    )


def is_static_program(path: str) -> bool:
    """Whether a file is a 64-bit ELF program that asks for no loader."""
    try:
        with open(path, "rb") as file:
            head = file.read(64)
            if len(head) < 64 or head[:5] != b"\x7fELF\x02":
                return False
            (offset,) = struct.unpack_from("=Q", head, 32)
            size, count = struct.unpack_from("=HH", head, 54)
            file.seek(offset)
            table = file.read(size * count)
    except OSError:
        return False
    kinds = [struct.unpack_from("=I", table, size * index)[0] for index in range(count)]
    return _INTERPRETER_HEADER not in kinds and os.access(path, os.X_OK)
