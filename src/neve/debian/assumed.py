"""Modules that Python programs import although their packages do not depend on them.

On a Debian system somebody else has nearly always installed them: the modules that belonged to older Pythons' standard
library, and setuptools' resources. A package whose files import such a module depends on it here.
"""

import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import Final

from neve.debian.context import Context
from neve.debian.dependencies import Dependencies
from neve.debian.text import MAX_TEXT_SIZE
from neve.debian.unpack import Regular

_MODULES: Final = "lib/python3/dist-packages"
_IMPORT: Final = re.compile(
    rb"(?P<attempt>^[ \t]*try:[^\n]*\n\s*)?^[ \t]*(?:import|from)[ \t]+(?P<module>[A-Za-z_]\w*)",
    re.MULTILINE,
)
"""An import; the first one after `try:` may be an attempt that is allowed to fail."""
_HOOKS: Final = {"_distutils_hack": "distutils"}
"""Modules that make others importable."""


def add_assumed_modules(context: Context, assumed: Sequence[str]) -> list[str]:
    """Makes those of the packages `assumed` dependencies whose modules the package's files import; their paths."""
    owners = {
        module: path
        for path in assumed
        for module in _modules(context.dependencies.names(f"{path}/{_MODULES}"))
    }
    if not owners:
        return []
    imported = {
        match["module"]
        for text in _texts(context)
        for match in _IMPORT.finditer(text)
        if match["attempt"] is None
    }
    wanted = [
        module
        for module in sorted(owners)
        if module.encode() in imported and not _has(context, module)
    ]
    found = list(dict.fromkeys(owners[module] for module in wanted))
    if found:
        context.direct = (*context.direct, *found)
        context.dependencies = Dependencies(context.direct, context.dependencies.real_path)
    return found


def _modules(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        stem, suffix = posixpath.splitext(name)
        if suffix in {"", ".py"} and stem.isidentifier() and stem != "__pycache__":
            yield stem
            if stem in _HOOKS:
                yield _HOOKS[stem]


def _texts(context: Context) -> Iterator[bytes]:
    for relative, file in context.tree.files.items():
        if _is_python(relative, file) and file.size <= MAX_TEXT_SIZE:
            with open(context.tree.path(relative), "rb") as stream:
                yield stream.read()


def _is_python(relative: str, file: Regular) -> bool:
    return relative.endswith(".py") or (file.head.startswith(b"#!") and b"python" in file.head)


def _has(context: Context, module: str) -> bool:
    """Whether the package or a dependency has the module, wherever the package keeps its own."""
    own = {module, f"{module}.py"}
    if any(own & set(file.split("/")) for file in context.tree.files):
        return True
    return any(context.dependencies.find(f"{_MODULES}/{name}") for name in own)
