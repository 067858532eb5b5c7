"""Java's archives find each other in the store.

Debian's archives name the others that they need in their manifests, by paths below /usr/share/java or by bare names of
files beside them; here these lie in other packages. The format is that of
https://docs.oracle.com/en/java/javase/21/docs/specs/jar/jar.html.
"""

import os
import posixpath
import re
import zipfile
from typing import Final

from neve.debian.context import Context
from neve.debian.union import is_directory, link_union

_DIRECTORY: Final = "share/java"
_MANIFEST: Final = "META-INF/MANIFEST.MF"
_CLASS_PATH: Final = re.compile(rb"^Class-Path: *(.*)$", re.MULTILINE | re.IGNORECASE)
_LINE: Final = 72
"""The bytes that a manifest's line may have."""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def point_archives(context: Context) -> None:
    """Points the class paths in the package's archives at the packages that have them."""
    for relative, file in context.tree.files.items():
        if relative.endswith(".jar") and file.head.startswith(b"PK"):
            _point(context, relative)


def union_of_archives(context: Context) -> str | None:
    """One directory with all archives of the package and its dependencies, in which scripts can look for any."""
    packages = [context.output, *context.dependencies.paths]
    sources = [
        path
        for path in (f"{package}/{_DIRECTORY}" for package in packages)
        if is_directory(context, path)
    ]
    if not sources:
        return None
    target = f"{context.private}/java"
    link_union(context, sources, target)
    return f"{context.output}/{target}"


def _point(context: Context, relative: str) -> None:
    path = context.tree.path(relative)
    try:
        with zipfile.ZipFile(path) as archive:
            before = archive.read(_MANIFEST)
    except (zipfile.BadZipFile, KeyError, NotImplementedError):
        return  # no archive of Java's, or one without a manifest
    # Long lines go on in the next one, after a space.
    text = re.sub(rb"\r?\n ", b"", before)
    match = _CLASS_PATH.search(text)
    entries = match[1].decode(errors="replace").split() if match is not None else []
    pointed = [_find(context, relative, entry) or entry for entry in entries]
    if match is None or pointed == entries:
        return
    line = _fold(b"Class-Path: " + " ".join(pointed).encode())
    others = [_fold(other.rstrip(b"\r")) for other in text.split(b"\n")]
    others = [line if _CLASS_PATH.match(re.sub(rb"\n ", b"", other)) else other for other in others]
    _replace_manifest(path, b"\n".join(others))


def _find(context: Context, relative: str, entry: str) -> str | None:
    """The archive that an entry of the class path means, if it lies in another place than that."""
    if not entry.startswith("/"):
        if context.has(posixpath.normpath(posixpath.join(posixpath.dirname(relative), entry))):
            return None
        entry = posixpath.normpath(f"/usr/{_DIRECTORY}/{entry}")
    return context.find(entry)


def _fold(line: bytes) -> bytes:
    first, rest = line[:_LINE], line[_LINE:]
    pieces = [rest[start : start + _LINE - 1] for start in range(0, len(rest), _LINE - 1)]
    return b"\n ".join([first, *pieces])


def _replace_manifest(path: str, text: bytes) -> None:
    """Adds a new manifest at the archive's end and forgets the old one: nothing else is compressed again."""
    os.chmod(path, 0o644)
    with zipfile.ZipFile(path, "a") as archive:
        archive.filelist.remove(archive.NameToInfo.pop(_MANIFEST))
        archive.writestr(zipfile.ZipInfo(_MANIFEST, _EPOCH), text)
