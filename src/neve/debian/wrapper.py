"""Wrappers: scripts that tell programs with compiled-in paths where their data is, by a table of the package set."""

import json
import os
import posixpath
import re
import shlex
from dataclasses import dataclass, field
from typing import Any, Final, Self

from neve.debian.certificates import choose
from neve.debian.context import Context
from neve.debian.errors import DebianError
from neve.debian.union import union_of

_PATH: Final = re.compile(r"/(?:usr|etc|bin|sbin|lib)/[^\s:;=]+")
_ANY_FILE_IN: Final = "/.."
"""At the end of a path: the directory that holds this file, where several packages have the directory."""


@dataclass(frozen=True)
class Wrapper:
    """How a program is started; paths in it are those of a Debian system."""

    program: str | None = None
    """What is started, if not the file that the wrapper replaces."""
    flags: tuple[str, ...] = ()
    """Arguments before the user's."""
    environment: dict[str, str] = field(default_factory=dict)
    """Variables that are set unless the user set them."""
    descriptors: dict[str, str] = field(default_factory=dict)
    """File descriptor → directory, of all packages together, that it is open on; `/proc/self/fd/<n>` fits where no
    store path does."""
    certificates: tuple[str, ...] | None = None
    """Makes the program trust the certificates that `neve.debian.certificates.choose` finds, and what else it is told
    them by: variables and options."""
    replace: dict[str, str] = field(default_factory=dict)
    """Strings in the file → strings of the same length; with nothing else there is no wrapper."""
    substitute: dict[str, str] = field(default_factory=dict)
    """Instead of a wrapper: parts of a text → paths that stand there."""

    @property
    def starts_differently(self) -> bool:
        """Whether the program needs a script that starts it."""
        has_certificates = self.certificates is not None
        return bool(
            self.program or self.flags or self.environment or self.descriptors or has_certificates
        )

    @classmethod
    def parse_table(cls, text: str) -> dict[str, Self]:
        """Reads JSON: file → `program`, `flags`, `environment`. Raises `DebianError` for anything else."""
        try:
            table: dict[str, dict[str, Any]] = json.loads(text or "{}")
            return {
                file: cls(
                    entry.get("program"),
                    tuple(entry.get("flags", ())),
                    certificates=tuple(entry["certificates"]) if "certificates" in entry else None,
                    **{
                        key: dict(entry.get(key, {}))
                        for key in ("environment", "descriptors", "replace", "substitute")
                    },
                )
                for file, entry in table.items()
            }
        except (ValueError, AttributeError, TypeError) as error:
            raise DebianError(
                f"the attribute 'wrappers' of a Debian package is no table of wrappers: {error}"
            ) from error


def add_wrappers(context: Context, wrappers: dict[str, Wrapper]) -> None:
    """Puts wrappers in the place of programs; raises `DebianError` for a program that does not exist."""
    for file, wrapper in sorted(wrappers.items()):
        if wrapper.replace:
            _replace_strings(context, file, wrapper)
        if wrapper.substitute:
            _substitute(context, file, wrapper)
        elif wrapper.starts_differently or not wrapper.replace:
            _add_wrapper(context, file, wrapper)


def _add_wrapper(context: Context, file: str, wrapper: Wrapper) -> None:
    program = _wrapped_program(context, file, wrapper)
    lines = [
        f'export {name}="${{{name}-{_resolve(context, value)}}}"'
        for name, value in sorted(wrapper.environment.items())
    ]
    for descriptor, directory in sorted(wrapper.descriptors.items()):
        lines.append(open_directory(context, descriptor, directory))
    if wrapper.certificates is not None:
        lines += choose(context, wrapper.certificates)
    flags = [_resolve(context, flag) for flag in wrapper.flags]
    _write_wrapper(context, file, lines, [program, *flags])


def wrap_program(context: Context, file: str, lines: list[str]) -> None:
    """Puts a wrapper in the place of a program of the package: a shell's `lines` before it starts."""
    program = _wrapped_program(context, file, Wrapper())
    _write_wrapper(context, file, lines, [program])


def _write_wrapper(context: Context, file: str, lines: list[str], words: list[str]) -> None:
    shell = find_shell(context)
    # Programs with several names look at the one that they were called by, which only bash can pass on.
    keep_name = '-a "$0" ' if shell.endswith("/bash") else ""
    text = [f"#!{shell}", *lines, f'exec {keep_name}{shlex.join(words)} "$@"']
    write_script(context, file, "\n".join(text) + "\n")


def open_directory(context: Context, descriptor: str, directory: str) -> str:
    """A line of a shell script that opens a directory of Debian's, with what all packages have of it."""
    return f"exec {descriptor}<{union_of(context, directory)}"


def _substitute(context: Context, file: str, wrapper: Wrapper) -> None:
    if file not in context.tree.files:
        raise DebianError(f"cannot change paths in '{file}': {context.output} has no such file")
    with open(context.tree.path(file), "rb+") as stream:
        text = stream.read()
        for old, new in wrapper.substitute.items():
            if old.encode() not in text:
                raise DebianError(f"cannot change '{old}' in '{file}': it is not there")
            text = text.replace(old.encode(), _resolve(context, new).encode())
        stream.seek(0)
        stream.truncate()
        stream.write(text)


def _replace_strings(context: Context, file: str, wrapper: Wrapper) -> None:
    if file not in context.tree.files:
        raise DebianError(f"cannot change strings of '{file}': {context.output} has no such file")
    with open(context.tree.path(file), "rb+") as stream:
        data = stream.read()
        for old, new in wrapper.replace.items():
            if len(old) != len(new) or old.encode() not in data:
                raise DebianError(
                    f"cannot change '{old}' in '{file}' to '{new}': it is not there, or of another length"
                )
            data = data.replace(old.encode(), new.encode())
        stream.seek(0)
        stream.write(data)


def _wrapped_program(context: Context, file: str, wrapper: Wrapper) -> str:
    if wrapper.program is not None:
        found = context.find(wrapper.program)
        if found is None:
            raise DebianError(f"cannot make the wrapper '{file}': no package has {wrapper.program}")
        return found
    if not context.has(file):
        raise DebianError(f"cannot make the wrapper '{file}': {context.output} has no such program")
    hidden = posixpath.join(posixpath.dirname(file), f".{posixpath.basename(file)}-wrapped")
    os.rename(context.tree.path(file), context.tree.path(hidden))
    context.tree.rename(file, hidden)
    return f"{context.output}/{hidden}"


def find_shell(context: Context) -> str:
    """The shell that wrappers run in."""
    names = ("/usr/bin/bash", "/usr/bin/sh")
    found = (find(name) for name in names for find in (context.find, context.find_interpreter))
    return next(filter(None, found), "/bin/sh")


def _resolve(context: Context, text: str) -> str:
    """Replaces Debian's paths by those of the packages that have them; the others stay."""

    def replace(match: re.Match[str]) -> str:
        path = match[0]
        if path.endswith(_ANY_FILE_IN):
            found = context.find(path.removesuffix(_ANY_FILE_IN))
            return path if found is None else posixpath.dirname(found)
        return context.find(path) or path

    return _PATH.sub(replace, text)


def write_text(context: Context, relative: str, text: str) -> None:
    """Adds a file to the package."""
    with open(context.tree.path(relative), "x", encoding="utf-8") as file:
        file.write(text)


def write_script(context: Context, relative: str, text: str) -> None:
    """Adds a program to the package."""
    context.tree.add_directory(posixpath.dirname(relative))
    with open(context.tree.path(relative), "x", encoding="utf-8", opener=_open_executable) as file:
        file.write(text)


def _open_executable(path: str, flags: int) -> int:
    return os.open(path, flags, 0o755)
