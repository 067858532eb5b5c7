"""PHP finds its extensions and libraries in the store.

Debian's PHP looks for extensions in one directory, and for the files that name them in `/etc/php`, where maintainer
scripts link them. Here both lie in the packages of the extensions: programs get a directory with one file that names
all extensions of their package and its dependencies by whole paths.
"""

import re
from typing import Final

from neve.debian.context import Context
from neve.debian.union import list_directory, read_file
from neve.debian.wrapper import write_text

PROGRAM: Final = re.compile(r"bin/php\d[\d.]*")
_PACKAGE: Final = re.compile(r"php\d[\d.]*-.*")
_PRIORITY: Final = re.compile(r"^; *priority=(\d+)", re.MULTILINE)
_EXTENSION: Final = re.compile(r"^((?:zend_)?extension) *= *(\S+)", re.MULTILINE)
_LIBRARIES: Final = "lib/php"
_SETTINGS: Final = "share"
_LAST: Final = 20
"""The priority of an extension that names none, as in Debian's scripts."""


def assign_extensions(context: Context) -> str:
    """A line of a shell script that tells PHP its extensions; empty when there is none."""
    lines = [line for _, _, line in sorted(_extensions(context))]
    if not lines:
        return ""
    directory = f"{context.private}/php.d"
    if not context.tree.has(directory):  # another program has the same
        context.tree.add_directory(directory)
        write_text(context, f"{directory}/extensions.ini", "".join(f"{line}\n" for line in lines))
    return f'export PHP_INI_SCAN_DIR="${{PHP_INI_SCAN_DIR-{context.output}/{directory}}}"'


def _extensions(context: Context) -> set[tuple[int, str, str]]:
    """Priority, name of the file that says so, and the line that loads the extension."""
    found = set()
    for package in (context.output, *context.dependencies.paths):
        for name in list_directory(context, f"{package}/{_SETTINGS}"):
            if _PACKAGE.fullmatch(name) is None:
                continue
            for part in list_directory(context, f"{package}/{_SETTINGS}/{name}"):
                directory = f"{package}/{_SETTINGS}/{name}/{part}"
                for file in list_directory(context, directory):
                    if file.endswith(".ini"):
                        text = read_file(context, f"{directory}/{file}")
                        found |= {(*_rank(text, file), line) for line in _lines(context, text)}
    return found


def _rank(text: str, file: str) -> tuple[int, str]:
    match = _PRIORITY.search(text)
    return (_LAST if match is None else int(match[1]), file)


def _lines(context: Context, text: str) -> list[str]:
    found = [(kind, _library(context, name)) for kind, name in _EXTENSION.findall(text)]
    return [f"{kind}={library}" for kind, library in found if library is not None]


def _library(context: Context, name: str) -> str | None:
    """Each directory below that of the libraries is for one version of PHP's interface."""
    for package in (context.output, *context.dependencies.paths):
        for version in list_directory(context, f"{package}/{_LIBRARIES}"):
            directory = f"{package}/{_LIBRARIES}/{version}"
            if name in list_directory(context, directory):
                return f"{directory}/{name}"
    return None
