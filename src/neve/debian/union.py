"""One directory out of several packages' directories: links to what only one of them has, merged where several do."""

import os
import posixpath
from collections.abc import Sequence
from typing import Final

from neve.debian.context import Context

_NOT_LINKED: Final = frozenset({"__pycache__"})


def link_union(context: Context, sources: Sequence[str], target: str) -> None:
    """Makes the directory `target` of the package from the directories `sources`, which are store paths.

    A directory that one source has becomes one link; one that several have is merged in turn, since a module can be
    spread over packages. Of files with the same name the first counts.
    """
    context.tree.add_directory(target)
    entries: dict[str, list[str]] = {}
    for source in sources:
        for name in sorted(os.listdir(_real_path(context, source))):
            if name not in _NOT_LINKED:
                entries.setdefault(name, []).append(f"{source}/{name}")
    for name, found in entries.items():
        place = f"{target}/{name}"
        directories = [path for path in found if os.path.isdir(_real_path(context, path))]
        if len(directories) > 1 and directories[0] == found[0]:
            link_union(context, directories, place)
        else:
            os.symlink(found[0], context.tree.path(place))


def union_of(context: Context, directory: str) -> str:
    """The store path of what all packages together have of a Debian system's directory, which one of them must have.

    It is the package's own where only one has it.
    """
    place = context.placement.place(posixpath.normpath(directory).lstrip("/"))
    packages = [context.output, *context.dependencies.paths]
    sources = [
        path
        for path in (f"{package}/{place}" for package in packages)
        if is_directory(context, path)
    ]
    if len(sources) == 1:
        return sources[0]
    target = f"{context.private}/{place}"
    if not context.tree.has(target):  # something else has asked for the same
        link_union(context, sources, target)
    return f"{context.output}/{target}"


def is_directory(context: Context, path: str) -> bool:
    """Whether a store path, of this package or of a dependency, is a directory."""
    return os.path.isdir(_real_path(context, path))


def list_directory(context: Context, path: str) -> list[str]:
    """The sorted names in a directory, given by its store path; none where there is no such directory."""
    try:
        return sorted(os.listdir(_real_path(context, path)))
    except (FileNotFoundError, NotADirectoryError):
        return []


def read_file(context: Context, path: str) -> str:
    """The text of a file, given by its store path."""
    with open(_real_path(context, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def _real_path(context: Context, path: str) -> str:
    own = f"{context.output}/"
    if path.startswith(own):
        return context.tree.path(path[len(own) :])
    return context.dependencies.real_path(path)
