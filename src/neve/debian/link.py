"""Symbolic links: pointed at the places where their targets are now."""

import os
import posixpath
from typing import Final

from neve.debian.context import Context
from neve.debian.unpack import Link

_LIBRARY: Final = ".so"


def make_links(context: Context) -> list[str]:
    """Makes the tree's links; those whose targets are neither here nor in a dependency.

    A link inside the package becomes relative, one to a dependency an absolute store path. A link to a place outside of
    all packages (`/etc`, `/run`, `/dev/null`) stays as it is.
    """
    for relative, link in context.tree.links.items():
        os.symlink(_own_target(context, relative, link), context.tree.path(relative))
    dangling = []
    for relative, link in sorted(context.tree.links.items()):
        path = context.tree.path(relative)
        if not os.path.exists(path) and not _point_at_dependency(context, relative, link):
            dangling.append(relative)
    return dangling


def _own_target(context: Context, relative: str, link: Link) -> str:
    place = _place(context, link)
    if place is None or (link.target.startswith("/") and not context.tree.has(place)):
        return link.target
    return posixpath.relpath(place, posixpath.dirname(relative))


def _place(context: Context, link: Link) -> str | None:
    """Where the target would be in a package; `None` for a target above the root."""
    target = posixpath.join("/", posixpath.dirname(link.source), link.target)
    place = context.placement.place(posixpath.normpath(target).lstrip("/"))
    return place or None


def _point_at_dependency(context: Context, relative: str, link: Link) -> bool:
    place = _place(context, link)
    found = None if place is None else context.dependencies.find(place)
    if found is None:
        return False
    _replace_link(context.tree.path(relative), found)
    if relative.endswith(_LIBRARY):
        _add_versions(context, relative, found)
    return True


def _replace_link(path: str, target: str) -> None:
    os.unlink(path)
    os.symlink(target, path)


def _add_versions(context: Context, relative: str, library: str) -> None:
    """A development package names its library in all its versions: build systems look for them side by side."""
    source = posixpath.dirname(library)
    prefix = posixpath.basename(relative) + "."
    for name in sorted(os.listdir(context.dependencies.real_path(source))):
        place = f"{posixpath.dirname(relative)}/{name}"
        if name.startswith(prefix) and not context.has(place):
            os.symlink(f"{source}/{name}", context.tree.path(place))
