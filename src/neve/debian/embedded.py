"""Programs that are linked against a language's library find its standard modules, and those of their dependencies.

The libraries look below /usr, where a script's interpreter would be told the places by its wrapper.
"""

from dataclasses import dataclass
from typing import Final

from neve.debian.context import Context
from neve.debian.elf import Dynamic
from neve.debian.union import is_directory


@dataclass(frozen=True)
class Variable:
    """A variable that tells places, and which directories of packages belong in it."""

    name: str
    directories: tuple[str, ...]
    separator: str = ":"
    suffixes: tuple[str, ...] = ("",)
    """What stands after each directory."""
    is_single: bool = False
    """Whether it holds one directory: the first package's that has one."""


LIBRARIES: Final[dict[str, tuple[Variable, ...]]] = {
    "libguile-3.0.so.": (
        Variable(
            "GUILE_SYSTEM_PATH", ("share/guile/3.0", "share/guile/site/3.0", "share/guile/site")
        ),
        Variable(
            "GUILE_SYSTEM_COMPILED_PATH", ("lib/guile/3.0/ccache", "lib/guile/3.0/site-ccache")
        ),
        Variable("GUILE_SYSTEM_EXTENSIONS_PATH", ("lib/guile/3.0/extensions",)),
    ),
    "libperl.so.5.40": (
        Variable(
            "PERL5LIB",
            (
                *("lib/perl5/5.40", "share/perl5", "lib/perl/5.40", "share/perl/5.40"),
                "lib/perl-base",
            ),
        ),
    ),
    "libpython3.13.so.": (
        Variable("PYTHONPATH", ("lib/python3/dist-packages", "lib/python3.13/dist-packages")),
    ),
    "liblua5.4.so.": (
        Variable(
            "LUA_PATH_5_4", ("share/lua/5.4",), separator=";", suffixes=("/?.lua", "/?/init.lua")
        ),
        Variable("LUA_CPATH_5_4", ("lib/lua/5.4",), separator=";", suffixes=("/?.so",)),
    ),
    "libtcl8.6.so": (
        Variable("TCL_LIBRARY", ("share/tcltk/tcl8.6",), is_single=True),
        Variable("TCLLIBPATH", ("share/tcltk", "lib/tcltk"), separator=" "),
    ),
    "libmpi.so.40": (
        Variable("OPAL_PKGDATADIR", ("share/openmpi",), is_single=True),
        Variable("PMIX_PKGDATADIR", ("share/pmix", "lib/pmix2/share/pmix"), is_single=True),
        Variable("PRTE_PKGDATADIR", ("share/prte",), is_single=True),
    ),
    "libtk8.6.so": (Variable("TK_LIBRARY", ("share/tcltk/tk8.6",), is_single=True),),
}
"""The beginning of a library's name → what programs that are linked against it are told."""


def tell_places(context: Context, dynamic: Dynamic) -> list[str]:
    """The lines of a program's wrapper that tell the libraries that it is linked against where modules are."""
    variables = [
        variable
        for library, variables in LIBRARIES.items()
        if any(name.startswith(library) for name in dynamic.needed)
        for variable in variables
    ]
    return [line for line in (assign(context, variable) for variable in variables) if line]


def assign(context: Context, variable: Variable) -> str:
    """A line of a shell script that sets a variable, empty when no package has such a directory.

    What the user has set comes first; a single directory is set only when the user set none.
    """
    packages = [context.output, *context.dependencies.paths]
    directories = (
        f"{package}/{directory}" for directory in variable.directories for package in packages
    )
    found = [path for path in directories if is_directory(context, path)]
    if not found:
        return ""
    name, separator = variable.name, variable.separator
    if variable.is_single:
        return f'export {name}="${{{name}-{found[0]}}}"'
    places = separator.join(path + suffix for path in found for suffix in variable.suffixes)
    # An empty entry at the end would stand for the default places, which are the host's.
    return f'export {name}="${{{name}:+${name}{separator}}}{places}"'
