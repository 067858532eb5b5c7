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
