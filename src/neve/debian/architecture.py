"""The platforms whose Debian packages Neve understands."""

from dataclasses import dataclass
from typing import Final, Self

from neve.debian.errors import UnsupportedSystemError


@dataclass(frozen=True)
class Architecture:
    """One of Debian's ports, and what its binaries look like."""

    system: str
    """Nix's name of the platform."""
    debian: str
    """Debian's name of the port."""
    triplet: str
    """The multiarch directory below `/usr/lib`."""
    elf_machine: int
    """`e_machine` of its ELF files (the generic ABI's machine table)."""
    loader: str
    """File name of its dynamic loader."""

    @classmethod
    def from_system(cls, system: str) -> Self:
        """Raises `UnsupportedSystemError` for a platform without packages."""
        try:
            return cls(system, *_PORTS[system])
        except KeyError:
            known = ", ".join(sorted(_PORTS))
            raise UnsupportedSystemError(
                f"there are no Debian packages for the system '{system}'; supported are: {known}"
            ) from None


_PORTS: Final = {
    "x86_64-linux": ("amd64", "x86_64-linux-gnu", 62, "ld-linux-x86-64.so.2"),
    "aarch64-linux": ("arm64", "aarch64-linux-gnu", 183, "ld-linux-aarch64.so.1"),
}
