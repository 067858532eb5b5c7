"""What has to be there before systemd makes the rest."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from activate.target import Target


def make_folders(target: Target, folders: dict[str, str]) -> None:
    """Make those of `folders`, path → mode such as `0755`, that are missing."""
    if target.is_dry:
        return
    for path, mode in folders.items():
        place = target.path(path)
        if not os.path.isdir(place):
            os.makedirs(place)
            os.chmod(place, int(mode, 8))
    _make_machine_id(target)


def _make_machine_id(target: Target) -> None:
    """Give the machine an identifier, as machine-id(5) describes it, unless it has one.

    systemd would take a first boot as a reason to look at all units, and to mount the file.
    """
    if (target.read("/etc/machine-id") or "").strip() not in {"", "uninitialized"}:
        return
    number = bytearray(os.urandom(16))
    number[6] = (number[6] & 0x0F) | 0x40
    number[8] = (number[8] & 0x3F) | 0x80
    os.makedirs(target.path("/etc"), exist_ok=True)
    target.write("/etc/machine-id", f"{number.hex()}\n", 0o444)
