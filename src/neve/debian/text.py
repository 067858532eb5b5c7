"""Paths in text: shebang lines, and the files of which it is known that their paths are looked up when they are used.

Only paths that this package or a dependency holds are replaced; others mean something outside of all packages.
"""

import os
import posixpath
import re
from collections.abc import Callable
from typing import Final

from neve.debian.context import Context
from neve.debian.union import is_directory, union_of
from neve.debian.unpack import Regular

_SHEBANG: Final = re.compile(rb"#!\s*(/\S+)(?:[ \t]+([^\n]*))?")
_ENV: Final = re.compile(rb"(?:-S\s+)?([\w.+-]+)(.*)", re.DOTALL)
# It begins with a byte to search for: with a look behind instead, the search is several times slower.
_PATH: Final = re.compile(rb"/(?<![\w./}$-]/)(?:usr|bin|sbin|lib|lib64)/[\w.+@/~-]*[\w+]")
_SCRIPT_SUFFIXES: Final = (".sh", ".pl", ".pm", ".rb", ".tcl", ".lua")
_SERVICE_DIRECTORIES: Final = (
    *("lib/systemd/", "lib/udev/rules.d/", "share/dbus-1/", "share/applications/"),
    *("share/xsessions/", "share/wayland-sessions/", "lib/binfmt.d/", "etc/xdg/autostart/"),
)
MAX_TEXT_SIZE: Final = 4 << 20
"""Bytes above which a file is data, whatever its name."""


def rewrite_texts(context: Context) -> None:
    """Points shebang lines, scripts, service files, linker scripts and build descriptions at the store."""
    for relative, file in context.tree.files.items():
        rewrite = _rewriter(relative, file)
        if rewrite is not None and file.size <= MAX_TEXT_SIZE:
            _rewrite_file(context, relative, rewrite)


def is_rewritten(relative: str, file: Regular) -> bool:
    """Whether a file is a script or another text whose paths are pointed at the store."""
    return _rewriter(relative, file) is not None


_Rewrite = Callable[[Context, bytes], bytes]


def _rewriter(relative: str, file: Regular) -> _Rewrite | None:
    name = posixpath.basename(relative)
    if file.head.startswith(b"#!") and file.is_executable:
        return _rewrite_script
    if name.endswith(".py"):
        return _rewrite_python
    if relative.startswith(_SERVICE_DIRECTORIES) or name.endswith(_SCRIPT_SUFFIXES):
        return _rewrite_paths
    if file.head.startswith(b"/* GNU ld script"):
        return _rewrite_linker_script
    if name.endswith(".pc"):
        return _rewrite_pkg_config
    if name.endswith(".cmake"):
        return _rewrite_cmake
    return None


def _rewrite_file(context: Context, relative: str, rewrite: _Rewrite) -> None:
    path = context.tree.path(relative)
    with open(path, "rb") as file:
        before = file.read()
    if b"\0" not in before[:4096]:
        after = rewrite(context, before)
    elif is_archive_of_python(before):
        line, newline, rest = before.partition(b"\n")
        after = _rewrite_shebang(context, line) + newline + rest
    else:
        after = before
    if after != before:
        # A file of its own: the old one may have other names that are rewritten in turn.
        mode = os.stat(path).st_mode
        os.unlink(path)
        with open(path, "wb") as file:
            file.write(after)
        os.chmod(path, mode)


def is_archive_of_python(text: bytes) -> bool:
    """Whether a file is an archive of modules that starts like a script (Python's `zipapp`)."""
    line, _, rest = text.partition(b"\n")
    return line.startswith(b"#!") and b"python" in line and rest.startswith(b"PK\3\4")


def _rewrite_script(context: Context, text: bytes) -> bytes:
    line, newline, rest = text.partition(b"\n")
    rewrite = _rewrite_python if b"python" in line else _rewrite_paths
    text = rewrite(context, _rewrite_settings(context, _rewrite_prefixes(context, rest)))
    return _rewrite_shebang(context, line) + newline + text


_PREFIX: Final = re.compile(
    rb"""^(\s*(?:export\s+)?(exec_prefix|prefix|datarootdir|datadir|libexecdir|libdir)=(["']?))"""
    rb"""/usr((?:/share|/lib|/libexec)?(?:/[\w]+-linux-gnu)?)(?=\3\s*(?:[;#].*)?$)""",
    re.MULTILINE,
)
_PREFIX_OF_PROGRAMS: Final = re.compile(rb"prefix\}?/s?bin\b")


def _rewrite_prefixes(context: Context, text: bytes) -> bytes:
    """The variables of configured scripts that stand before the package's own files.

    Where programs are looked for below the prefix they may be another package's, so that it has to stay.
    """

    def replace(match: re.Match[bytes]) -> bytes:
        place = context.placement.place(f"usr{os.fsdecode(match[4])}")
        is_prefix = not place
        if is_prefix and _PREFIX_OF_PROGRAMS.search(text):
            return match[0]
        if not is_prefix and place not in context.tree.directories:
            return match[0]
        return match[1] + os.fsencode(posixpath.join(context.output, place).rstrip("/"))

    return _PREFIX.sub(replace, text)


_SETTINGS: Final = re.compile(
    rb"^(\s*(?:\.|source)\s+)(/etc/[\w.+/-]+)(?=\s*(?:[;#].*)?$)", re.MULTILINE
)


def _rewrite_settings(context: Context, text: bytes) -> bytes:
    """A shell script reads the package's own settings where the host has none of that name."""

    def replace(match: re.Match[bytes]) -> bytes:
        path = os.fsdecode(match[2])
        if path.lstrip("/") not in context.tree.files:
            return match[0]
        own = os.fsencode(context.output + path)
        return match[1] + b'"$([ -e %b ] && echo %b || echo %b)"' % (match[2], match[2], own)

    return _SETTINGS.sub(replace, text)


_FIND_LIBRARY: Final = re.compile(
    rb"""(?:ctypes\.util\.)?\bfind_library\(\s*["']([\w+.-]+)["']\s*\)"""
)
_PYTHON_LIBRARY: Final = re.compile(rb"""(?<=["'])lib[\w.+-]+\.so\.\d[.\d]*(?=["'])""")


def _rewrite_python(context: Context, text: bytes) -> bytes:
    """Libraries that ctypes opens by name have no run path that could lead to them."""

    def replace(match: re.Match[bytes]) -> bytes:
        found = context.find(f"/usr/lib/{os.fsdecode(match[0])}")
        return match[0] if found is None else os.fsencode(found)

    def replace_search(match: re.Match[bytes]) -> bytes:
        found = _find_any_version(context, os.fsdecode(match[1]))
        return match[0] if found is None else repr(found).encode()

    if b"find_library" in text:
        text = _FIND_LIBRARY.sub(replace_search, text)
    if b".so." in text:
        text = _PYTHON_LIBRARY.sub(replace, text)
    return _rewrite_paths(context, text)


def _find_any_version(context: Context, name: str) -> str | None:
    """The library that `ctypes.util.find_library` would ask the host's loader for."""
    pattern = re.compile(rf"lib{re.escape(name)}\.so\.\d+")
    own = next(
        (file for file in context.tree.files if pattern.fullmatch(posixpath.basename(file))), None
    )
    if own is not None:
        return f"{context.output}/{own}"
    for package in context.dependencies.paths:
        for file in context.dependencies.names(f"{package}/lib"):
            if pattern.fullmatch(file):
                return f"{package}/lib/{file}"
    return None


def _rewrite_shebang(context: Context, line: bytes) -> bytes:
    match = _SHEBANG.fullmatch(line)
    if match is None:
        return line
    program, arguments = match[1], (match[2] or b"").strip()
    if posixpath.basename(program) == b"env":
        inner = _ENV.fullmatch(arguments)
        if inner is None:
            return line
        program, arguments = b"/usr/bin/" + inner[1], inner[2].strip()
    path = os.fsdecode(program)
    found = context.find(path) or context.find_interpreter(path)
    if found is None:
        return line
    return b"#!" + os.fsencode(found) + (b" " + arguments if arguments else b"")


def _rewrite_paths(context: Context, text: bytes) -> bytes:
    """Replaces paths of existing files and directories, but not of the directories that all packages share."""

    def replace(match: re.Match[bytes]) -> bytes:
        path = os.fsdecode(match[0])
        if is_shared(path):
            return match[0]
        found = context.find(path) or _find_start(context, path)
        if found is not None and _is_joined(path) and is_directory(context, found):
            found = union_of(context, path)
        return match[0] if found is None else os.fsencode(found)

    def replace_template(match: re.Match[bytes]) -> bytes:
        place = context.placement.place(os.fsdecode(match[1]))
        own = os.fsencode(f"{context.output}/{place}/")
        return own if place in context.tree.directories else match[0]

    return _TEMPLATE.sub(replace_template, _PATH.sub(replace, text))


_TEMPLATE: Final = re.compile(rb"/(?<![\w./}$-]/)(usr/(?:lib|share)(?:/[\w.+-]+)*)/(?=\?)")
"""A directory in which Lua looks for modules, whose names stand for the question mark."""


def _find_start(context: Context, path: str) -> str | None:
    """A path whose end is put together when the script runs, such as that of a program for one kind of processor."""
    relative = context.placement.place(posixpath.normpath(path).lstrip("/"))
    is_start = any(file.startswith(f"{relative}-") for file in context.tree.files)
    return f"{context.output}/{relative}" if is_start else None


def is_shared(path: str) -> bool:
    """`/usr/share` and `/usr/lib/python3` are whole systems' directories: the package's part would not do instead."""
    parts = path.removeprefix("/usr").strip("/").split("/")
    return len(parts) < 2 or (len(parts) == 2 and parts[0] in _LIBRARIES and parts[1] in _SHARED)


def _is_joined(path: str) -> bool:
    """Whether a script that names this directory means what all packages have in it."""
    parts = path.removeprefix("/usr").strip("/").split("/")
    return parts[0] in _LIBRARIES and parts[1] not in _SHARED


_LIBRARIES: Final = frozenset({"lib", "share", "include"})


_SHARED: Final = frozenset(
    {
        *(
            "applications",
            "dbus-1",
            "doc",
            "fonts",
            "icons",
            "locale",
            "man",
            "mime",
            "pixmaps",
            "themes",
        ),
        *(
            "python3",
            "perl5",
            "systemd",
            "x86_64-linux-gnu",
            "aarch64-linux-gnu",
            "zoneinfo",
            "X11",
            "xml",
        ),
        *(
            "modules",
            "firmware",
            "udev",
            "cups",
            "sounds",
            "wallpapers",
            "backgrounds",
            "java",
            "maven-repo",
            "bash-completion",
        ),
    }
)


def _rewrite_linker_script(context: Context, text: bytes) -> bytes:
    return _rewrite_paths(context, text)


def _rewrite_pkg_config(context: Context, text: bytes) -> bytes:
    output, triplet = os.fsencode(context.output), os.fsencode(context.architecture.triplet)
    text = re.sub(rb"^(\w*prefix\s*=\s*)/usr\s*$", rb"\1" + output, text, flags=re.MULTILINE)
    text = re.sub(rb"/(lib|include)/" + re.escape(triplet) + rb"(?![\w-])", rb"/\1", text)
    return _OWN_USR.sub(output + b"/", text)


_OWN_USR: Final = re.compile(rb"(?:(?<=-[IL])|(?<![\w}/.-]))/usr/(?=lib\b|include\b|share\b|bin\b)")
"""`/usr` where a package's own directory is meant, after `-I` and `-L` too."""
_IMPORT_CHAIN: Final = re.compile(
    rb'(?:get_filename_component\(_IMPORT_PREFIX "\$\{_IMPORT_PREFIX\}" PATH\)\s*\n)+'
)
_PACKAGE_PREFIX: Final = re.compile(
    rb'get_filename_component\(PACKAGE_PREFIX_DIR "\$\{CMAKE_CURRENT_LIST_DIR\}/(?:\.\./?)+" ABSOLUTE\)'
)


def _rewrite_cmake(context: Context, text: bytes) -> bytes:
    """CMake's generated files find the prefix by going up from their own place, which has moved."""
    output, triplet = os.fsencode(context.output), os.fsencode(context.architecture.triplet)
    text = _IMPORT_CHAIN.sub(b'set(_IMPORT_PREFIX "' + output + b'")\n', text)
    text = _PACKAGE_PREFIX.sub(b'set(PACKAGE_PREFIX_DIR "' + output + b'")', text)
    text = re.sub(rb"/(lib|include)/" + re.escape(triplet) + rb"(?![\w-])", rb"/\1", text)
    return _OWN_USR.sub(output + b"/", text)
