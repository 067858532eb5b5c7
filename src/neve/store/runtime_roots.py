"""Store paths that running processes use: their programs, open files, mapped files and environments."""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING, Final

from neve.errors import BadStorePathError
from neve.store import paths

if TYPE_CHECKING:
    from neve.store.layout import Layout

_KERNEL_FILES: Final = (
    "/proc/sys/kernel/modprobe",
    "/proc/sys/kernel/fbsplash",
    "/proc/sys/kernel/poweroff_cmd",
)
"""Hold the names of programs that the kernel itself starts."""


def find_runtime_roots(layout: Layout, proc: str = "/proc") -> dict[str, set[str]]:
    """Store path → the files below `/proc` that name it; processes that may not be read are passed over.

    A process in a mount namespace of its own is seen to use the names in the store, one outside the real files.
    """
    named: dict[str, set[str]] = {}
    directories = "|".join(
        re.escape(directory) for directory in {layout.store_dir, layout.real_store_dir}
    )
    pattern = re.compile(f"(?:{directories})/[0-9a-z]+[0-9a-zA-Z+\\-._?=]*".encode())
    for entry in os.listdir(proc):
        if entry.isdigit():
            with contextlib.suppress(FileNotFoundError, PermissionError, ProcessLookupError):
                _visit_process(f"{proc}/{entry}", pattern, named)
    for file in _KERNEL_FILES:
        with contextlib.suppress(FileNotFoundError, PermissionError):
            named.setdefault(_read(file).decode(errors="surrogateescape").strip(), set()).add(file)
    roots: dict[str, set[str]] = {}
    for name, sources in named.items():
        with contextlib.suppress(BadStorePathError):
            path, _ = paths.split_store_path(_logical_name(name, layout), layout.store_dir)
            roots.setdefault(path, set()).update(sources)
    return roots


def _logical_name(name: str, layout: Layout) -> str:
    if layout.is_relocated and paths.is_in_store(name, layout.real_store_dir):
        return layout.store_dir + name[len(layout.real_store_dir) :]
    return name


def _visit_process(directory: str, pattern: re.Pattern[bytes], named: dict[str, set[str]]) -> None:
    def note(name: bytes, source: str) -> None:
        named.setdefault(os.fsdecode(name), set()).add(source)

    links = [f"{directory}/exe", f"{directory}/cwd"]
    links += [f"{directory}/fd/{descriptor}" for descriptor in os.listdir(f"{directory}/fd")]
    for link in links:
        with contextlib.suppress(FileNotFoundError, PermissionError):
            target = os.readlink(os.fsencode(link))
            if target.startswith(b"/"):
                note(target, link)
    for file in (f"{directory}/maps", f"{directory}/environ"):
        for name in set(pattern.findall(_read(file))):
            note(name, file)


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
