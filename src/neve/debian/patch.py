"""Pointing programs and libraries at the store: interpreter and run path, by patchelf."""

import mmap
import os
import posixpath
import re
import shutil
import sysconfig
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Final

from neve.debian.context import Context
from neve.debian.elf import MAGIC, Dynamic, read_dynamic
from neve.debian.errors import DebianError
from neve.process import ProcessError, capture

_BATCH: Final = 200
_LIBRARY_DIR: Final = "lib"


def patch_programs(context: Context) -> None:
    """Patches every file that the dynamic loader loads; the others stay as they are.

    Notes libraries that nothing provides in the context. Raises `DebianError` when a file cannot be patched.
    """
    batches: dict[tuple[str, str], list[str]] = defaultdict(list)
    own = _own_libraries(context)
    seen: set[int] = set()
    for relative, dynamic in _dynamic_files(context):
        inode = os.stat(context.tree.path(relative)).st_ino
        if inode in seen:
            continue  # a hard link to a file that is patched already
        seen.add(inode)
        interpreter = _interpreter(context, dynamic)
        run_path = ":".join(_run_path(context, relative, dynamic, own))
        if interpreter or run_path:
            batches[interpreter, run_path].append(relative)
    for (interpreter, run_path), files in batches.items():
        _patch(context, files, interpreter, run_path)


def _own_libraries(context: Context) -> list[str]:
    """The package's own directory of libraries, which it may open by name without being linked against them."""
    entries = context.tree.files.keys() | context.tree.links.keys()
    has_libraries = any(
        posixpath.dirname(entry) == _LIBRARY_DIR and ".so" in entry for entry in entries
    )
    return [f"{context.output}/{_LIBRARY_DIR}"] if has_libraries else []


def _dynamic_files(context: Context) -> Iterator[tuple[str, Dynamic]]:
    for relative, file in context.tree.files.items():
        if file.head.startswith(MAGIC):
            dynamic = read_dynamic(context.tree.path(relative), context.architecture.elf_machine)
            if dynamic is not None:
                yield relative, dynamic


def _interpreter(context: Context, dynamic: Dynamic) -> str:
    """Empty when there is none, or none that a package provides (a prebuilt program for another system)."""
    return (context.find(dynamic.interpreter) or "") if dynamic.interpreter else ""


def _run_path(context: Context, relative: str, dynamic: Dynamic, own: list[str]) -> list[str]:
    """Existing entries first, then the package's own libraries, then the providers of what is needed."""
    home = posixpath.dirname(f"/{context.tree.files[relative].source}")
    searched = [
        entry.replace("${ORIGIN}", "$ORIGIN").replace("$ORIGIN", home) for entry in dynamic.runpath
    ]
    existing = (context.find(path) for path in searched if path.startswith("/"))
    entries = dict.fromkeys([*filter(None, existing), *own])
    # A library beside its user is found without a run path when something else has loaded it before.
    searched += [f"/usr/{_LIBRARY_DIR}", home]
    for name in dynamic.needed:
        found = _find_library(context, name, searched)
        if found is not None:
            entries[posixpath.dirname(found)] = None
        elif name != context.architecture.loader:
            context.missing_libraries.setdefault(relative, []).append(name)
    alternatives_of_each = [
        *dynamic.dlopen,
        *([name] for name in _named_libraries(context, relative)),
    ]
    for alternatives in alternatives_of_each:
        for name in alternatives:
            found = _find_library(context, name, searched)
            if found is not None:
                entries[posixpath.dirname(found)] = None
                break
    return list(entries)


def _named_libraries(context: Context, relative: str) -> list[str]:
    """Names of libraries among the file's strings, which it may open without saying so."""
    with (
        open(context.tree.path(relative), "rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        return sorted({os.fsdecode(name) for name in _LIBRARY_NAME.findall(data)})


# It begins with bytes to search for: with a look behind instead, the search is ten times slower.
_LIBRARY_NAME: Final = re.compile(rb"\0(lib[\w.+-]{1,60}?\.so\.\d[.\d]*)(?=\0)")


def _find_library(context: Context, name: str, directories: list[str]) -> str | None:
    for directory in directories:
        found = context.find(f"{directory}/{name}")
        if found is not None:
            return found
    return None


def _patch(context: Context, files: list[str], interpreter: str, run_path: str) -> None:
    arguments = [_patchelf()]
    arguments += ["--set-interpreter", interpreter] if interpreter else []
    arguments += ["--set-rpath", run_path] if run_path else []
    remaining = iter(files)
    while batch := list(islice(remaining, _BATCH)):
        try:
            capture([*arguments, *(context.tree.path(file) for file in batch)], environment={})
        except ProcessError as error:
            raise DebianError(
                f"cannot point the programs of {context.output} at the store: {error}"
            ) from error


@cache
def _patchelf() -> str:
    """The program that the package `patchelf` installs next to the interpreter."""
    scripts = sysconfig.get_path("scripts")
    found = shutil.which("patchelf", path=scripts) or shutil.which("patchelf")
    if found is None:
        raise DebianError(
            f"the program patchelf is missing in {scripts}: install the Python package 'patchelf'"
        )
    return found
