"""Package lists: the fields that Neve needs of every package in a `Packages` file.

The format is RFC 822-like stanzas separated by blank lines (deb822(5)); a field may go on in lines that start with a
space. The whole archive has 70,000 stanzas, so there is one pass of one regular expression over them.
"""

import re
from dataclasses import dataclass
from typing import Final

from neve.debian.errors import ControlFormatError


@dataclass(slots=True)
class Package:
    """A binary package as the archive describes it; fields that are absent are empty."""

    name: str
    version: str
    source: str
    """Name of the source package."""
    depends: str
    """`Pre-Depends` and `Depends`, in the notation of the control file."""
    recommends: str
    provides: str
    priority: str
    section: str
    homepage: str
    description: str
    """The short one."""
    path: str
    """Of the `.deb`, relative to the archive's address."""
    size: int
    """Bytes of the `.deb`."""
    sha256: str
    """Of the `.deb`, in base 16."""
    component: str = "main"
    archive: str = "debian"
    """The archive that holds the `.deb`, as in `mirror://<archive>/`."""


_FIELD: Final = re.compile(
    r"^(Package|Version|Source|Pre-Depends|Depends|Recommends|Provides|Priority"
    r"|Section|Homepage|Description|Filename|Size|SHA256): *(.*)$",
    re.MULTILINE,
)


def parse_packages(data: bytes, *, component: str, archive: str, origin: str) -> list[Package]:
    """All packages of a `Packages` file, in its order.

    Raises `ControlFormatError`, naming `origin`, for a stanza that lacks a field or holds a bad size.
    """
    text = data.decode(errors="replace").replace("\n ", " ").replace("\n\t", " ")
    packages = []
    for stanza in text.split("\n\n"):
        fields = dict(_FIELD.findall(stanza))
        if not fields:
            continue
        try:
            packages.append(_package(fields, component, archive))
        except (KeyError, ValueError) as error:
            name = fields.get("Package", "a package without a name")
            raise ControlFormatError(
                f"the package list {origin} cannot be read: {name} has no usable field {error}"
            ) from error
    return packages


def _package(fields: dict[str, str], component: str, archive: str) -> Package:
    get = fields.get
    name, before, after = fields["Package"], get("Pre-Depends", ""), get("Depends", "")
    return Package(
        name,
        fields["Version"],
        get("Source", name).partition(" ")[0],
        f"{before}, {after}" if before and after else before or after,
        get("Recommends", ""),
        get("Provides", ""),
        get("Priority", "optional"),
        get("Section", ""),
        get("Homepage", ""),
        get("Description", ""),
        fields["Filename"],
        int(fields["Size"]),
        fields["SHA256"],
        component,
        archive,
    )
