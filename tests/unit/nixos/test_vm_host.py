"""What a virtual machine's start script says of its host before the guest starts."""

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[3]
PROGRAM: Final = ROOT / "nixpkgs/nixos/modules/virtualisation/qemu-vm/check_host.py"


class Host:
    """Runs the program with a plan; QEMU's programs are stand-ins in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.plan: dict[str, Any] = {
            "name": "test",
            "memory_mib": 16,
            "ports": [],
            "force_acceleration": False,
            "same_processor": False,
            "qemu": "/absent",
            "qemu_img": str(self.program("qemu-img", "echo '{}'")),
        }

    def program(self, name: str, commands: str) -> Path:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{commands}\n")
        path.chmod(0o755)
        return path

    def check(self, **environment: str) -> subprocess.CompletedProcess[str]:
        (self.folder / "plan.json").write_text(json.dumps(self.plan))
        return subprocess.run(
            [sys.executable, PROGRAM, self.folder / "plan.json"],
            env={"PATH": "/usr/bin:/bin", **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def refusal(self, **environment: str) -> str:
        done = self.check(**environment)
        assert done.returncode == 1
        assert done.stdout == ""
        return done.stderr


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_emulation_is_said_in_one_line(host: Host) -> None:
    """Without acceleration the processor is emulated, and standard error has one line about it."""
    done = host.check()
    assert done.returncode == 0
    assert "accelerator='-accel tcg,thread=multi" in done.stdout
    assert done.stderr.count("\n") == 1
    assert "emulating the processor (TCG)" in done.stderr


def test_emulated_kernels_skip_what_only_costs(host: Host) -> None:
    """An emulated kernel keeps no memory free for large pages, gathers no noise, and looks for no writable code."""
    words = host.check().stdout.split()
    wanted = {"transparent_hugepage=never", "rodata=off", "udev.children_max=2"}
    assert wanted <= {word.strip("'") for word in words}
    assert any(word.startswith("initcall_blacklist=jent_mod_init,") for word in words)
    assert "Nehalem,+rdrand'" in words


def test_forced_acceleration_refuses_to_emulate(host: Host) -> None:
    """`forceAccel` turns the fallback into an error."""
    host.plan["force_acceleration"] = True
    assert "forceAccel allows no emulation" in host.refusal()


def test_port_in_use_is_named(host: Host) -> None:
    """A port that another program has is an error before the guest starts, with the port's number."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        assert f"tcp port {number} of 127.0.0.1 of this host is in use" in host.refusal(
            QEMU_NET_OPTS=f"hostfwd=tcp:127.0.0.1:{number}-:22"
        )


def test_more_memory_than_the_host_has(host: Host) -> None:
    """A machine larger than the host is refused, with both sizes."""
    host.plan["memory_mib"] = 1 << 30
    assert f"the machine has {1 << 30} MiB of memory, but this host has" in host.refusal()


def test_missing_folder_of_the_disk(host: Host) -> None:
    """A disk in a folder that does not exist is refused, and the variable that changes its place is named."""
    message = host.refusal(NIX_DISK_IMAGE=str(host.folder / "absent/disk.qcow2"))
    assert "absent for the disk does not exist" in message
    assert "NIX_DISK_IMAGE" in message


def test_damaged_disk(host: Host) -> None:
    """What qemu-img says of a damaged disk is passed on, with what to do."""
    disk = host.folder / "disk.qcow2"
    disk.touch()
    host.plan["qemu_img"] = str(
        host.program(
            "broken-img", f"echo \"qemu-img: Could not open '{disk}': bad magic\" >&2; exit 1"
        )
    )
    message = host.refusal(NIX_DISK_IMAGE=str(disk))
    assert "is damaged (bad magic)" in message
    assert "delete it for a fresh one" in message


def test_disk_in_use(host: Host) -> None:
    """A disk that another machine has locked is told from a damaged one."""
    disk = host.folder / "disk.qcow2"
    disk.touch()
    host.plan["qemu_img"] = str(
        host.program(
            "locked-img", "echo 'qemu-img: Failed to get shared \"write\" lock' >&2; exit 1"
        )
    )
    assert "is in use, by another machine" in host.refusal(NIX_DISK_IMAGE=str(disk))
