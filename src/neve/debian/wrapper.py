"""Wrappers: small scripts that tell a program where its data is.

Programs with compiled-in paths get theirs from a table of the package set. Scripts in Python and Perl get an
interpreter of their own that knows the modules of all packages they depend on; no variable is set, so that nothing
leaks into other programs that a script starts.
"""

import json
import os
import posixpath
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Self

from neve.debian.context import Context
from neve.debian.errors import DebianError

_PATH: Final = re.compile(r"/(?:usr|etc|bin|sbin|lib)/[^\s:;=]+")
_PRIVATE: Final = "libexec/neve"
"""Holds what stands between scripts and interpreters."""


@dataclass(frozen=True)
class Wrapper:
    """How a program is started; paths in it are those of a Debian system."""

    program: str | None = None
    """What is started, if not the file that the wrapper replaces."""
    flags: tuple[str, ...] = ()
    """Arguments before the user's."""
    environment: dict[str, str] = field(default_factory=dict)
    """Variables that are set unless the user set them."""

    @classmethod
    def parse_table(cls, text: str) -> dict[str, Self]:
        """Reads JSON: file → `program`, `flags`, `environment`. Raises `DebianError` for anything else."""
        try:
            table: dict[str, dict[str, Any]] = json.loads(text or "{}")
            return {
                file: cls(
                    entry.get("program"),
                    tuple(entry.get("flags", ())),
                    dict(entry.get("environment", {})),
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
        program = _wrapped_program(context, file, wrapper)
        shell = _shell(context)
        lines = [f"#!{shell}"]
        for name, value in sorted(wrapper.environment.items()):
            lines.append(f'export {name}="${{{name}-{_resolve(context, value)}}}"')
        words = [program, *(_resolve(context, flag) for flag in wrapper.flags)]
        # Programs with several names look at the one that they were called by, which only bash can pass on.
        keep_name = '-a "$0" ' if shell.endswith("/bash") else ""
        lines.append(f'exec {keep_name}{shlex.join(words)} "$@"')
        _write_script(context, file, "\n".join(lines) + "\n")


def add_interpreters(context: Context) -> None:
    """Gives scripts in Python and Perl the modules that they depend on."""
    scripts = {
        "python": list(_scripts(context, "python3")),
        "perl": list(_scripts(context, "perl")),
    }
    packages = [context.output, *context.dependencies.paths]
    modules = [f"{package}/lib/python3/dist-packages" for package in packages]
    found = [path for path in modules if _is_directory(context, path)]
    if scripts["python"] and found:
        _use(context, scripts["python"], _add_python(context, scripts["python"][0][1], found))
    modules = [f"{package}/{place}" for package in packages for place in _PERL_MODULES]
    found = [path for path in modules if _is_directory(context, path)]
    if scripts["perl"] and found:
        _use(context, scripts["perl"], _add_perl(context, scripts["perl"][0][1], found))


_PERL_MODULES: Final = ("share/perl5", "lib/perl5/5.40")


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


def _shell(context: Context) -> str:
    names = ("/usr/bin/bash", "/usr/bin/sh")
    found = (find(name) for name in names for find in (context.find, context.find_interpreter))
    return next(filter(None, found), "/bin/sh")


def _resolve(context: Context, text: str) -> str:
    """Replaces Debian's paths by those of the packages that have them; the others stay."""
    return _PATH.sub(lambda match: context.find(match[0]) or match[0], text)


def _scripts(context: Context, interpreter: str) -> Iterator[tuple[str, str]]:
    """Executable scripts and the store path of their interpreter."""
    pattern = re.compile(
        rf"#!({re.escape(posixpath.dirname(context.output))}/\S+/bin/{interpreter}[\d.]*)(?:\s|$)"
    )
    for relative, file in context.tree.files.items():
        if file.is_executable and file.head.startswith(b"#!"):
            with open(context.tree.path(relative), "rb") as script:
                match = pattern.match(os.fsdecode(script.readline()))
            if match is not None:
                yield relative, match[1]


def _use(context: Context, scripts: list[tuple[str, str]], interpreter: str) -> None:
    for relative, old in scripts:
        path = context.tree.path(relative)
        with open(path, "rb") as file:
            line, _, rest = file.read().partition(b"\n")
        line = line.replace(os.fsencode(old), os.fsencode(interpreter), 1)
        with open(path, "wb") as file:
            file.write(line + b"\n" + rest)


def _add_python(context: Context, python: str, modules: list[str]) -> str:
    """A virtual environment: the interpreter finds it from its own name, and its list of module directories in it."""
    home = posixpath.dirname(python)
    (version,) = re.findall(
        r"python3\.\d+$", os.path.realpath(context.dependencies.real_path(python))
    )[:1] or ["python3"]
    private = f"{_PRIVATE}/python"
    for directory in ("bin", f"lib/{version}/site-packages"):
        context.tree.add_directory(f"{private}/{directory}")
    os.symlink(python, context.tree.path(f"{private}/bin/python3"))
    _write_text(
        context, f"{private}/pyvenv.cfg", f"home = {home}\ninclude-system-site-packages = false\n"
    )
    _write_text(
        context, f"{private}/lib/{version}/site-packages/neve.pth", "\n".join(modules) + "\n"
    )
    return f"{context.output}/{private}/bin/python3"


def _add_perl(context: Context, perl: str, modules: list[str]) -> str:
    words = shlex.join([perl, *(f"-I{path}" for path in modules)])
    context.tree.add_directory(_PRIVATE)
    _write_script(context, f"{_PRIVATE}/perl", f'#!{_shell(context)}\nexec {words} "$@"\n')
    return f"{context.output}/{_PRIVATE}/perl"


def _is_directory(context: Context, path: str) -> bool:
    if path.startswith(f"{context.output}/"):
        return path[len(context.output) + 1 :] in context.tree.directories
    return os.path.isdir(context.dependencies.real_path(path))


def _write_text(context: Context, relative: str, text: str) -> None:
    with open(context.tree.path(relative), "x", encoding="utf-8") as file:
        file.write(text)


def _write_script(context: Context, relative: str, text: str) -> None:
    context.tree.add_directory(posixpath.dirname(relative))
    with open(context.tree.path(relative), "x", encoding="utf-8", opener=_open_executable) as file:
        file.write(text)


def _open_executable(path: str, flags: int) -> int:
    return os.open(path, flags, 0o755)
