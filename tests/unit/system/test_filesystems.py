"""Mounts of made-up machines as declarations."""

from collections.abc import Callable
from pathlib import Path

import pytest

from neve.errors import NeveError
from neve.system.filesystems import FileSystem, Mount, Storage, StorageScan

Scan = Callable[..., Storage]


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
def scan(tmp_path: Path, warnings: list[str]) -> Scan:
    """Scans a machine with these lines of mountinfo and of /proc/swaps."""

    def run(lines: list[str], *, swaps: str = "", root: str = "") -> Storage:
        (tmp_path / "proc/self").mkdir(parents=True)
        (tmp_path / "proc/self/mountinfo").write_text("\n".join(lines) + "\n")
        (tmp_path / "proc/swaps").write_text("Filename Type Size Used Priority\n" + swaps)
        for line in lines:
            place = Mount.parse(line).mount_point
            (tmp_path / place.lstrip("/")).mkdir(parents=True, exist_ok=True)
        return StorageScan(root, warn=warnings.append, prefix=str(tmp_path)).scan()

    return run


def test_mount_line() -> None:
    """Optional fields are skipped, spaces in names come back."""
    line = r"36 35 98:0 /a\040b /mnt/x\040y rw,noatime shared:1 master:2 - ext4 /dev/sda1 rw,errors=continue"
    assert Mount.parse(line) == Mount(
        "98:0",
        "/a b",
        "/mnt/x y",
        ("rw", "noatime"),
        "ext4",
        "/dev/sda1",
        ("rw", "errors=continue"),
    )


def test_ordinary_machine(scan: Scan, warnings: list[str]) -> None:
    """Disks are declared; what the system mounts itself is not; a second mount of a file system is a bind mount."""
    storage = scan(
        [
            "1 0 8:1 / / rw - ext4 /dev/sda1 rw",
            "2 1 0:5 / /proc rw - proc proc rw",
            "3 1 0:6 / /dev/shm rw - tmpfs tmpfs rw",
            "4 1 8:2 / /boot rw - vfat /dev/sda2 rw,fmask=0077,dmask=0077,codepage=437",
            "5 1 8:1 /srv/data /data rw - ext4 /dev/sda1 rw",
            "6 1 8:1 /nix/store /nix/store ro - ext4 /dev/sda1 rw",
            "7 1 0:9 / /tmp rw - tmpfs tmpfs rw",
            "8 1 0:10 / /media/phone rw - fuse.x phone rw",
            "9 1 0:11 / /media/key rw - fuseblk /dev/sdb1 rw",
        ],
        swaps="/dev/sda3 partition 100 0 -2\n/swapfile file 100 0 -3\n/dev/zram0 partition 1 0 5\n",
    )
    assert storage.file_systems == (
        FileSystem("/", "/dev/sda1", "ext4"),
        FileSystem("/boot", "/dev/sda2", "vfat", ("fmask=0077", "dmask=0077")),
        FileSystem("/data", "/srv/data", "none", ("bind",)),
        FileSystem("/media/phone", "phone", "fuse.x"),
    )
    assert storage.swap_devices == ()
    assert "FUSE filesystem '/media/key'" in warnings[0]


def test_new_root(scan: Scan) -> None:
    """Below a root folder only its mounts count, without its name."""
    storage = scan(
        [
            "1 0 8:1 / / rw - ext4 /dev/sda1 rw",
            "2 1 8:5 / /mnt rw - xfs /dev/sda5 rw",
            "3 2 8:6 / /mnt/home rw - xfs /dev/sda6 rw",
            "4 1 8:7 / /mnt2 rw - xfs /dev/sda7 rw",
        ],
        root="/mnt/",
    )
    assert [(item.mount_point, item.device) for item in storage.file_systems] == [
        ("/", "/dev/sda5"),
        ("/home", "/dev/sda6"),
    ]


def test_layers(scan: Scan, tmp_path: Path) -> None:
    """Encryption and RAID below a device are declared; the disk of a plain partition is known."""
    block = tmp_path / "sys/class/block"
    for name, text in (("dm/uuid", "CRYPT-LUKS2-abc-root"), ("dm/name", "root")):
        (block / "dm-0" / name).parent.mkdir(parents=True, exist_ok=True)
        (block / "dm-0" / name).write_text(text)
    (block / "dm-0/slaves/md0").mkdir(parents=True)
    (block / "md0/md").mkdir(parents=True)
    storage = scan(["1 0 253:0 / / rw - ext4 /dev/dm-0 rw"])
    assert storage.attributes == (
        'boot.initrd.luks.devices."root".device = "/dev/md0";',
        "boot.swraid.enable = true;",
    )
    assert storage.root_disk is None


def test_whole_disk(scan: Scan, tmp_path: Path) -> None:
    """The disk that a partition lies on is found through its folder in sysfs."""
    partition = tmp_path / "sys/devices/block/vda/vda1"
    partition.mkdir(parents=True)
    (partition / "partition").write_text("1")
    (tmp_path / "sys/class/block").mkdir(parents=True)
    (tmp_path / "sys/class/block/vda1").symlink_to(partition)
    assert scan(["1 0 8:1 / / rw - ext4 /dev/vda1 rw"]).root_disk == "/dev/vda"


def test_stable_names(scan: Scan, tmp_path: Path) -> None:
    """A device goes by the name that does not depend on the order of disks."""
    (tmp_path / "dev/disk/by-uuid").mkdir(parents=True)
    (tmp_path / "dev/sda1").symlink_to("/dev/null")
    (tmp_path / "dev/disk/by-uuid/AB-CD").symlink_to("/dev/null")
    (tmp_path / "dev/disk/by-uuid/0000").symlink_to("/dev/zero")
    storage = scan(["1 0 8:1 / / rw - ext4 /dev/sda1 rw"], swaps="/dev/sda1 partition 100 0 -2\n")
    assert storage.file_systems[0].device == "/dev/disk/by-uuid/AB-CD"
    assert storage.swap_devices == ("/dev/disk/by-uuid/AB-CD",)


def test_unknown_swap(scan: Scan) -> None:
    """A kind of swap that has no name in a configuration is an error."""
    with pytest.raises(NeveError, match="unsupported swap type 'net'"):
        scan(["1 0 8:1 / / rw - ext4 /dev/sda1 rw"], swaps="/dev/nbd0 net 1 0 1\n")
