"""What a change of /etc/fstab asks for."""

from dataclasses import dataclass, field

_SWAP = "swap"
# Nothing could be mounted again once these are gone.
_ESSENTIAL = frozenset({"/", "/nix"})


@dataclass(frozen=True)
class FileSystem:
    """A line of /etc/fstab."""

    device: str
    kind: str
    options: str


@dataclass
class MountChanges:
    """Mount points by what has to happen to them, and swap devices that are not used any more."""

    stop: list[str] = field(default_factory=list)
    restart: list[str] = field(default_factory=list)
    reload: list[str] = field(default_factory=list)
    skip: list[str] = field(default_factory=list)
    swap_off: list[str] = field(default_factory=list)


def parse_fstab(text: str) -> tuple[dict[str, FileSystem], dict[str, str]]:
    """File systems by mount point, and options of swap by device."""
    file_systems, swaps = {}, {}
    for line in text.splitlines():
        fields = line.split("#", 1)[0].split()
        if len(fields) < 4:
            continue
        device, place, kind, options = fields[:4]
        if kind == _SWAP:
            swaps[device] = options
        else:
            file_systems[place] = FileSystem(device, kind, options)
    return file_systems, swaps


def compare_fstab(old: str, new: str) -> MountChanges:
    """What has to happen to what is mounted."""
    before, swaps_before = parse_fstab(old)
    after, swaps_after = parse_fstab(new)
    changes = MountChanges()
    for place, was in before.items():
        now = after.get(place)
        if now is None:
            changes.stop.append(place)
        elif (was.kind, was.device) != (now.kind, now.device):
            if place not in _ESSENTIAL:
                changes.restart.append(place)
            elif was.options != now.options:
                changes.reload.append(place)
            else:
                changes.skip.append(place)
        elif was.options != now.options:
            changes.reload.append(place)
    changes.swap_off = [device for device in swaps_before if device not in swaps_after]
    return changes


def escape_path(path: str) -> str:
    """The name that systemd gives to a path: `/mnt/disk` is `mnt-disk`; other bytes are in hexadecimal."""
    parts = [part for part in path.split("/") if part]
    if not parts:
        return "-"

    def escape(index: int, char: str) -> str:
        plain = char.isascii() and (char.isalnum() or char in ":_.")
        if plain and not (index == 0 and char == "."):
            return char
        return "".join(f"\\x{byte:02x}" for byte in char.encode())

    text = "/".join(parts)
    return "".join("-" if char == "/" else escape(index, char) for index, char in enumerate(text))
