"""The programs that make initrds and what is in them."""

import io
import json
import lzma
import os
import stat
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[3]
PROGRAMS: Final = ROOT / "nixpkgs/pkgs/build-support/kernel"


def run(program: str, plan: dict[str, Any], folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "plan.json").write_text(json.dumps(plan))
    return subprocess.run(
        [sys.executable, PROGRAMS / program],
        env={
            "planPath": str(folder / "plan.json"),
            "out": str(folder / "out"),
            "PATH": "/bin:/usr/bin",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def read_archive(data: bytes) -> dict[str, tuple[int, bytes]]:
    """Name → mode and content of a cpio archive of the format "newc"."""
    file = io.BytesIO(data)
    entries: dict[str, tuple[int, bytes]] = {}
    while True:
        header = file.read(110)
        assert header[:6] == b"070701"
        numbers = [int(header[6 + 8 * index : 14 + 8 * index], 16) for index in range(13)]
        mode, size, name_size = numbers[1], numbers[6], numbers[11]
        name = file.read(name_size)[:-1].decode()
        file.read(-(110 + name_size) % 4)
        content = file.read(size)
        file.read(-size % 4)
        if name == "TRAILER!!!":
            return entries
        entries[name] = (mode, content)


def test_archive_has_texts_links_and_folders(tmp_path: Path) -> None:
    """Entries come out with their modes, the folders above them too, and names are sorted."""
    plan = {
        "contents": [
            {"text": "hello\n", "target": "/init", "mode": "555"},
            {"link": "/bin/busybox", "target": "/sbin/modprobe"},
        ],
        "graphs": [],
        "prepend": [],
        "compressor": [],
        "loader": "/absent",
    }
    done = run("make_initrd.py", plan, tmp_path)
    assert done.returncode == 0, done.stderr
    entries = read_archive((tmp_path / "out/initrd").read_bytes())
    assert entries["init"] == (stat.S_IFREG | 0o555, b"hello\n")
    assert entries["sbin"] == (stat.S_IFDIR | 0o755, b"")
    assert entries["sbin/modprobe"] == (stat.S_IFLNK | 0o777, b"/bin/busybox")
    assert list(entries) == sorted(entries)


def test_missing_source_is_named(tmp_path: Path) -> None:
    """A file that does not exist is an error that names it and its place."""
    plan = {
        "contents": [{"source": "/absent/program", "target": "/bin/program", "copy": True}],
        "graphs": [],
        "prepend": [],
        "compressor": [],
        "loader": "/absent",
    }
    done = run("make_initrd.py", plan, tmp_path)
    assert done.returncode == 1
    assert (
        "/absent/program, which the initrd is to have at /bin/program, does not exist"
        in done.stderr
    )


def make_kernel(folder: Path) -> Path:
    modules = folder / "kernel/lib/modules/6.0"
    (modules / "kernel").mkdir(parents=True)
    for name, content in {"disk": b"\0firmware=disk.bin\0", "bus": b"bus", "unused": b""}.items():
        (modules / f"kernel/{name}.ko.xz").write_bytes(lzma.compress(content))
    (modules / "modules.dep").write_text(
        "kernel/disk.ko.xz: kernel/bus.ko.xz\nkernel/bus.ko.xz:\nkernel/unused.ko.xz:\n"
    )
    (modules / "modules.builtin").write_text("kernel/console.ko\n")
    return folder / "kernel"


def module_plan(folder: Path, names: list[str]) -> dict[str, Any]:
    firmware = folder / "firmware/lib/firmware"
    firmware.mkdir(parents=True)
    (firmware / "disk.bin").write_text("code")
    return {
        "kernel": str(make_kernel(folder)),
        "modules": names,
        "firmware": str(folder / "firmware"),
        "allow_missing": False,
        "keep_signatures": True,
        "link_others": False,
        "depmod": "true",
    }


def test_modules_come_with_their_needs(tmp_path: Path) -> None:
    """A module brings what it depends on and its firmware, unpacked; built-in ones need nothing."""
    done = run("modules_closure.py", module_plan(tmp_path, ["disk", "console"]), tmp_path)
    assert done.returncode == 0, done.stderr
    kernel = tmp_path / "out/lib/modules/6.0/kernel"
    assert sorted(os.listdir(kernel)) == ["bus.ko", "disk.ko"]
    assert (kernel / "bus.ko").read_bytes() == b"bus"
    assert (tmp_path / "out/lib/firmware/disk.bin").read_text() == "code"
    order = (tmp_path / "out/nix-support/insmod-list").read_text().splitlines()
    assert [Path(line).name for line in order] == ["bus.ko", "disk.ko"]


def test_signatures_can_be_left_out(tmp_path: Path) -> None:
    """Copied modules are unpacked and end where their signature began; the others are the kernel's own files."""
    plan = {**module_plan(tmp_path, ["bus"]), "keep_signatures": False, "link_others": True}
    modules = tmp_path / "kernel/lib/modules/6.0/kernel"
    signature = b"signature" + struct.pack(">8xI", 9) + b"~Module signature appended~\n"
    (modules / "bus.ko.xz").write_bytes(lzma.compress(b"bus" + signature))
    (tmp_path / "kernel/bzImage").write_text("image")
    done = run("modules_closure.py", plan, tmp_path)
    assert done.returncode == 0, done.stderr
    kernel = tmp_path / "out/lib/modules/6.0/kernel"
    assert sorted(os.listdir(kernel)) == ["bus.ko", "disk.ko.xz", "unused.ko.xz"]
    assert (kernel / "bus.ko").read_bytes() == b"bus"
    assert (kernel / "disk.ko.xz").readlink() == modules / "disk.ko.xz"
    assert (tmp_path / "out/bzImage").read_text() == "image"


def test_lists_for_tracing_are_hidden(tmp_path: Path) -> None:
    """In modules without signatures, the kernel does not find the sections that it goes through for tracing."""
    names = b"\0.rela__mcount_loc\0__mcount_loc\0_ftrace_eval_map\0.text\0"
    text = b"__mcount_loc\0"
    table = struct.pack("<24xQQ24x", 64, len(names))
    header = b"\x7fELF\x02".ljust(40, b"\0")
    header += struct.pack("<Q10xHHH", 64 + len(names) + len(text), 64, 1, 0)
    modules = tmp_path / "kernel/lib/modules/6.0/kernel"
    plan = {**module_plan(tmp_path, ["bus"]), "keep_signatures": False}
    (modules / "bus.ko.xz").write_bytes(lzma.compress(header + names + text + table))
    done = run("modules_closure.py", plan, tmp_path)
    assert done.returncode == 0, done.stderr
    module = (tmp_path / "out/lib/modules/6.0/kernel/bus.ko").read_bytes()
    assert module == header + (
        b"\0.rela-_mcount_loc\0-_mcount_loc\0-ftrace_eval_map\0.text\0" + text + table
    )


def test_unknown_module_is_named(tmp_path: Path) -> None:
    """A module that the kernel does not have is an error that names the options."""
    done = run("modules_closure.py", module_plan(tmp_path, ["ghost"]), tmp_path)
    assert done.returncode == 1
    assert "has no module ghost" in done.stderr
    assert "boot.initrd.availableKernelModules" in done.stderr


def test_kernel_is_unpacked(tmp_path: Path) -> None:
    """The ELF file of a kernel image comes out as it went in."""
    elf = b"\x7fELF" + bytes(1000)
    packed = lzma.compress(elf)
    header = bytearray(1024)
    header[0x1F1] = 1
    header[0x202:0x206] = b"HdrS"
    struct.pack_into("<II", header, 0x248, 0, len(packed) + 4)
    (tmp_path / "bzImage").write_bytes(bytes(header) + packed + struct.pack("<I", len(elf)))
    plan = {"image": str(tmp_path / "bzImage"), "zstd": "zstd"}
    done = run("unpack_kernel.py", plan, tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out/vmlinux").read_bytes() == elf
