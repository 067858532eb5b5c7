"""Sizes for people."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_STEP: Final = 1024
_UNITS: Final = "KMGTPEZY"


def render_size(size: int) -> str:
    """A number of bytes with one decimal, in KiB or a larger binary unit; 1024.0 KiB is still no MiB."""
    power = 0
    rest = abs(size)
    while rest > _STEP:
        power += 1
        rest //= _STEP
    power = max(power, 1)
    return f"{size / _STEP**power:.1f} {_UNITS[power - 1]}iB"
