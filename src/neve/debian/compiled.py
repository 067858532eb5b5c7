"""Programs find their data in directories whose names were compiled into them.

A store path is longer than `/usr/share/<name>`, so it cannot stand in its place. The wrapper of a program opens the
directory instead, and `/dev/fd/<n>` with slashes to fill it up is what the program then names.
"""

import os
import re
from typing import Final

from neve.debian.context import Context
from neve.debian.text import is_shared
from neve.debian.union import is_directory
from neve.debian.wrapper import open_directory

_PATH: Final = re.compile(rb"/usr/share/(?:games/)?[\w.+-]+(?![\w.+-])")
_FIRST: Final = 98
"""The first file descriptor that is used; the next ones lie below it."""
_MOST: Final = 6


def point_compiled_paths(context: Context, relative: str) -> list[str]:
    """Changes a program's paths to directories of packages; the lines of its wrapper that open them."""
    path = context.tree.path(relative)
    with open(path, "rb") as file:
        data = file.read()
    names = sorted({os.fsdecode(name) for name in _PATH.findall(data)})
    directories = [name for name in names if _is_data(context, name)][:_MOST]
    lines = []
    for descriptor, directory in zip(range(_FIRST, 0, -1), directories, strict=False):
        lines.append(open_directory(context, str(descriptor), directory))
        old = directory.encode()
        new = f"/dev/fd/{descriptor}".encode().ljust(len(old), b"/")
        # Not where it is the beginning of another name.
        data = re.sub(re.escape(old) + rb"(?![\w.+-])", new, data)
    if lines:
        with open(path, "rb+") as file:
            file.write(data)
    return lines


def _is_data(context: Context, path: str) -> bool:
    if is_shared(path):
        return False
    found = context.find(path)
    return found is not None and is_directory(context, found)
