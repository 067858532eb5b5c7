"""What packages get beyond Debian's files: programs of metapackages, and what building against them takes."""

import os
import re
from typing import Final

from neve.debian.context import Context

_DOCUMENTATION: Final = (
    "share/doc/",
    "share/lintian/",
    "share/bug/",
    "share/man/",
    "share/metainfo/",
)
_LINKED: Final = ("bin", "share/applications", "boot")
_JAVA_PROGRAM: Final = re.compile(r"lib/jvm/java-[^/]+/bin/[^/]+")
_DEVELOPMENT: Final = ("include", "lib/pkgconfig", "share/pkgconfig")


def link_contents_of_metapackage(context: Context) -> None:
    """Gives a package without files of its own the programs of the packages that it stands for.

    Users of nixpkgs say `${pkgs.weechat}/bin/weechat`, and Debian's `weechat` only depends on `weechat-curses`.
    """
    entries = context.tree.files.keys() | context.tree.links.keys()
    if any(not entry.startswith(_DOCUMENTATION) for entry in entries):
        return
    for package in context.direct:
        for directory in _LINKED:
            for name in context.dependencies.names(f"{package}/{directory}"):
                place = f"{directory}/{name}"
                if not context.has(place):
                    context.tree.add_directory(directory)
                    os.symlink(f"{package}/{place}", context.tree.path(place))


def link_java_programs(context: Context) -> None:
    """Gives a Java environment's programs links in `bin`, which Debian makes by a loop of `update-alternatives`."""
    programs = [
        file
        for file in [*context.tree.files, *context.tree.links]
        if _JAVA_PROGRAM.fullmatch(file) is not None
    ]
    for file in programs:
        place = f"bin/{os.path.basename(file)}"
        if not context.has(place):
            context.tree.add_directory("bin")
            os.symlink(f"../{file}", context.tree.path(place))


def propagate_development_inputs(context: Context) -> None:
    """Whoever builds against a package with headers also needs the headers of its dependencies."""
    if not _has_development_files(context.tree.root):
        return
    real_path = context.dependencies.real_path
    inputs = [path for path in context.direct if _has_development_files(real_path(path))]
    if inputs:
        context.tree.add_directory("nix-support")
        path = context.tree.path("nix-support/propagated-build-inputs")
        with open(path, "w", encoding="utf-8") as file:
            file.write(" ".join(inputs) + "\n")


def _has_development_files(root: str) -> bool:
    return any(os.path.isdir(f"{root}/{directory}") for directory in _DEVELOPMENT)
