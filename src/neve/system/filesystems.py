"""The file systems and swap devices in use, as a configuration declares them."""

from __future__ import annotations

import glob
import os
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from neve import process
from neve.errors import NeveError
from neve.process import ProcessError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_SYSTEM_FOLDERS: Final = ("/proc", "/dev", "/sys", "/run")
_STABLE_NAMES: Final = (
    "/dev/stratis/*/*",
    "/dev/mapper/*",
    "/dev/disk/by-uuid/*",
    "/dev/disk/by-label/*",
)
_ESCAPES: Final = {r"\040": " ", r"\011": "\t"}
_PRESERVED_OPTIONS: Final = ("fmask=", "dmask=")
"""Of FAT: who may read a boot partition."""


@dataclass(frozen=True)
class Mount:
    """A line of /proc/self/mountinfo."""

    device_number: str
    source_root: str
    """The folder of the file system that is mounted."""
    mount_point: str
    options: tuple[str, ...]
    kind: str
    device: str
    super_options: tuple[str, ...]

    @classmethod
    def parse(cls, line: str) -> Mount:
        """Reads one line."""
        fields = [_unescape(item) for item in line.split()]
        dash = fields.index("-", 6)
        return cls(
            fields[2],
            fields[3],
            fields[4],
            tuple(fields[5].split(",")),
            fields[dash + 1],
            fields[dash + 2],
            tuple(fields[dash + 3].split(",")),
        )


@dataclass(frozen=True)
class FileSystem:
    """What is declared below `fileSystems`."""

    mount_point: str
    device: str
    kind: str
    options: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    """Further attributes, each a whole line."""


@dataclass(frozen=True)
class Storage:
    """Everything that is declared of disks."""

    file_systems: tuple[FileSystem, ...]
    swap_devices: tuple[str, ...]
    attributes: tuple[str, ...]
    """Further definitions, each a whole line."""
    root_disk: str | None
    """The whole disk that the root file system lies on."""


class StorageScan:
    """Looks at mounts below a root folder, which the new system calls `/`."""

    def __init__(self, root: str, *, warn: Callable[[str], None], prefix: str = "") -> None:
        """`prefix` is where /proc, /sys and /dev are looked for."""
        self._root: Final = root.rstrip("/")
        self._warn: Final = warn
        self._prefix: Final = prefix
        self._mount_points: Final[dict[str, str]] = {}
        """Device number → the first place where the file system is mounted."""
        self._attributes: Final[list[str]] = []

    def scan(self) -> Storage:
        """What is mounted and swapped to now; raises `NeveError` for what cannot be told."""
        with open(f"{self._prefix}/proc/self/mountinfo", encoding="utf-8") as file:
            mounts = [Mount.parse(line) for line in file]
        systems = tuple(self._declare(mounts))
        root_device = next(
            (mount.device for mount in mounts if self._below_root(mount.mount_point) == "/"), ""
        )
        return Storage(
            systems, tuple(self._swaps()), tuple(self._attributes), self._whole_disk(root_device)
        )

    def _declare(self, mounts: Iterable[Mount]) -> Iterator[FileSystem]:
        for mount in mounts:
            place = self._below_root(mount.mount_point)
            if place is None or not os.path.isdir(self._prefix + mount.mount_point):
                continue
            if _is_left_out(place, mount):
                continue
            first = self._mount_points.setdefault(mount.device_number, place)
            if first != place and _btrfs_subvolume(mount.mount_point) is None:
                folder = "" if mount.source_root == "/" else mount.source_root
                source = f"{first.rstrip('/')}{folder}" or "/"
                yield FileSystem(place, source, "none", ("bind",))
                continue
            if mount.kind in {"fuse", "fuseblk"}:
                self._warn(
                    f"don't know how to emit 'fileSystems' option for FUSE filesystem '{place}'"
                )
                continue
            yield self._describe(place, mount)

    def _below_root(self, mount_point: str) -> str | None:
        """The mount point as the new system calls it."""
        if not self._root:
            return mount_point
        if mount_point == self._root:
            return "/"
        if mount_point.startswith(f"{self._root}/"):
            return mount_point[len(self._root) :]
        return None

    def _describe(self, place: str, mount: Mount) -> FileSystem:
        options: list[str] = []
        extra: list[str] = []
        device = mount.device
        backing = self._backing_file(device)
        if backing is not None:
            device = backing
            options.append("loop")
        if mount.kind == "btrfs":
            options += self._subvolume_option(mount)
        if mount.kind == "vfat":
            options += [item for item in mount.super_options if item.startswith(_PRESERVED_OPTIONS)]
        stable = self.stable_name(device)
        if mount.kind == "bcachefs":
            stable = self._bcachefs_name(mount, stable)
        if stable.startswith("/dev/stratis/"):
            extra += _stratis_pool(stable)
        self._note_layers(mount.device)
        return FileSystem(place, stable, mount.kind, tuple(options), tuple(extra))

    def _subvolume_option(self, mount: Mount) -> list[str]:
        subvolume = _btrfs_subvolume(mount.mount_point)
        if subvolume is None:
            raise NeveError(
                f"cannot tell the subvolume that is mounted at '{mount.mount_point}': the program 'btrfs' is missing "
                "or fails; install btrfs-progs"
            )
        return [] if subvolume == "/" else [f"subvol={subvolume}"]

    def _bcachefs_name(self, mount: Mount, name: str) -> str:
        usage = _output(["bcachefs", "fs", "usage", mount.mount_point])
        match = re.search(r"^Filesystem:\s*([0-9a-f-]+)", usage or "", re.MULTILINE)
        if match is None:
            self._warn(f"cannot tell the UUID of the bcachefs file system at '{mount.mount_point}'")
            return name
        return f"UUID={match[1]}"

    # -- devices

    def stable_name(self, device: str) -> str:
        """A name of a device that stays the same when disks are plugged in another order; else the name as it is."""
        if not device.startswith("/"):
            return device
        try:
            number = os.stat(self._prefix + device).st_rdev
        except OSError:
            return device
        for pattern in _STABLE_NAMES:
            for path in sorted(glob.glob(self._prefix + pattern)):
                try:
                    if os.stat(path).st_rdev == number:
                        return path[len(self._prefix) :]
                except OSError:
                    continue
        return device

    def _block(self, device: str) -> str:
        """The folder in /sys of a block device."""
        name = os.path.basename(os.path.realpath(self._prefix + device))
        return f"{self._prefix}/sys/class/block/{name}"

    def _backing_file(self, device: str) -> str | None:
        if not device.startswith("/dev/loop"):
            return None
        return _read(f"{self._block(device)}/loop/backing_file")

    def _note_layers(self, device: str) -> None:
        """Notes encryption and RAID below a device."""
        if not device.startswith("/"):
            return
        block = self._block(device)
        below = _names(f"{block}/slaves")
        if (_read(f"{block}/dm/uuid") or "").startswith("CRYPT-LUKS") and len(below) == 1:
            name = _read(f"{block}/dm/name")
            line = f'boot.initrd.luks.devices."{name}".device = "{self.stable_name(f"/dev/{below[0]}")}";'
            if line not in self._attributes:
                self._attributes.append(line)
        raid = "boot.swraid.enable = true;"
        if self._has_raid(os.path.basename(block)) and raid not in self._attributes:
            self._attributes.append(raid)

    def _has_raid(self, name: str) -> bool:
        block = f"{self._prefix}/sys/class/block/{name}"
        if os.path.isdir(f"{block}/md"):
            return True
        return any(self._has_raid(below) for below in _names(f"{block}/slaves"))

    def _whole_disk(self, device: str) -> str | None:
        """The disk of a partition or of itself; none for what is no plain disk."""
        if not device.startswith("/dev/"):
            return None
        block = self._block(device)
        if not os.path.isdir(block) or _names(f"{block}/slaves"):
            return None
        if os.path.exists(f"{block}/partition"):
            block = os.path.dirname(os.path.realpath(block))
        return f"/dev/{os.path.basename(block)}"

    # -- swap

    def _swaps(self) -> Iterator[str]:
        text = _read(f"{self._prefix}/proc/swaps") or ""
        for line in text.splitlines()[1:]:
            device, kind = map(_unescape, line.split()[:2])
            if kind == "partition":
                if os.path.exists(self._prefix + device) and "/zram" not in device:
                    yield self.stable_name(device)
            elif kind != "file":
                raise NeveError(f"unsupported swap type '{kind}' of '{device}'")


def _is_left_out(place: str, mount: Mount) -> bool:
    """Whether the system mounts it by itself."""
    if any(place == folder or place.startswith(f"{folder}/") for folder in _SYSTEM_FOLDERS):
        return True
    if place == "/var/lib/nfs/rpc_pipefs":
        return True
    is_read_only_view = "ro" in mount.options and "rw" in mount.super_options
    if place == "/nix/store" and is_read_only_view:
        return True
    return place == "/tmp" and mount.kind == "tmpfs"  # noqa: S108 - the name of a mount point


def _btrfs_subvolume(mount_point: str) -> str | None:
    """The path of the subvolume at a mount point; none when there is none, or no program to ask."""
    text = _output(["btrfs", "subvolume", "show", mount_point])
    if text is None:
        return None
    first = text.splitlines()[0].strip() if text.strip() else "/"
    return "/" if first == "/" or first.endswith("is toplevel subvolume") else first


def _stratis_pool(device: str) -> list[str]:
    pool = device.split("/")[3]
    uuid = re.search(
        r"UUID:\s*([0-9a-f-]+)", _output(["stratis", "pool", "list", "--name", pool]) or ""
    )
    return [] if uuid is None else [f'stratis.poolUuid = "{uuid[1]}";']


def _output(command: list[str]) -> str | None:
    if shutil.which(command[0]) is None:
        return None
    try:
        return process.capture(command, environment=process.minimal_environment()).decode()
    except ProcessError:
        return None


def _unescape(text: str) -> str:
    for escape, character in _ESCAPES.items():
        text = text.replace(escape, character)
    return text


def _read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return None


def _names(path: str) -> list[str]:
    try:
        return sorted(os.listdir(path))
    except OSError:
        return []
