"""One directory out of several packages' directories: links to what only one of them has, merged where several do."""

import os
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


def is_directory(context: Context, path: str) -> bool:
    """Whether a store path, of this package or of a dependency, is a directory."""
    return os.path.isdir(_real_path(context, path))


def _real_path(context: Context, path: str) -> str:
    own = f"{context.output}/"
    if path.startswith(own):
        return context.tree.path(path[len(own) :])
    return context.dependencies.real_path(path)
