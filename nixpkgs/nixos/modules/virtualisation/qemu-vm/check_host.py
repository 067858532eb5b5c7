"""Look at the host before a virtual machine starts: `check_host.py PLAN`.

PLAN is a JSON file with the machine's name, memory, forwarded ports and QEMU's programs. What would stop the machine is
said on standard error, and the exit status is 1. Otherwise standard output has two shell assignments: `accelerator`,
QEMU's arguments for running the processor, and `accelerator_kernel_params`.

/dev/kvm may be there, may be opened, and yet run nothing, as in some nested virtual machines. So a guest of a few
instructions has to end on it first. The answer holds until the host boots again, and is kept as long.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_PROBE_SECONDS: Final = 4.0
_FREE_SPACE_MIB: Final = 64

_PROBE_VALUE: Final = 0x21
_PROBE_CODE: Final = bytes(
    # mov al, 0x21; mov dx, 0xf4; out dx, al; and again should that not have ended the machine
    [0xB0, _PROBE_VALUE, 0xBA, 0xF4, 0x00, 0xEE, 0xEB, 0xFD]
)
"""A boot sector's code that ends QEMU by its device isa-debug-exit, with status 2 · value + 1."""

_EMULATED_CPU: Final = {"x86_64": "Nehalem,+rdrand"}
"""What is emulated by default: a processor without the wide registers, which take long to emulate. Its random numbers
are the host's; without them the kernel hashes the noise of its timers for as long as its first process takes."""

_EMULATED_KERNEL_PARAMS: Final = " ".join(  # noqa: FLY002 - one a line, with the reason beside it
    [
        # An emulated processor has none of the flaws that a kernel works around, at a cost.
        "mitigations=off",
        "nokaslr",
        # Ciphers test themselves on registration: a fifth of the time until the first process starts.
        "cryptomgr.notests=1",
        # Clearing memory that is about to be written, against leaks by faulty drivers, is a tenth of the time from
        # there to systemd.
        "init_on_alloc=0",
        # Looking for pages that are writable and executable takes 2.5 % of the instructions of a boot.
        "rodata=off",
        # So does gathering noise for ciphers, which have the processor's random numbers; and so do the names of
        # numbers in the kernel's descriptions of trace events, and finding out which functions cannot be traced.
        "initcall_blacklist=jent_mod_init,trace_eval_init,ftrace_check_for_weak_functions",
        # Digests are no quicker by wide registers that are emulated.
        "modprobe.blacklist=sha1_ssse3,sha256_ssse3,sha512_ssse3",
        # QEMU's tables have small pages only. For large ones the kernel would keep 45 MiB of 1 GiB free, clear 2 MiB
        # where programs touch a few bytes, and have as much again in lists of each processor.
        "transparent_hugepage=never",
        # Many workers of udev mostly wait for each other, and each change between processes makes QEMU forget which of
        # their code it has translated.
        "udev.children_max=2",
        # Whether the timer's interrupt arrives is no question, and takes ten ticks to answer.
        "no_timer_check",
        # Waits of a timer's tick or more, when modules load and mounts change, become interrupts.
        "rcupdate.rcu_expedited=1",
    ]
)


class HostError(Exception):
    """The machine cannot start on this host; the message says why and what to do."""


@dataclass(frozen=True)
class Port:
    """A port of the host that is passed on to the guest."""

    protocol: str
    address: str
    number: int


@dataclass(frozen=True)
class Acceleration:
    """Whether a guest ran on /dev/kvm, and otherwise why not."""

    works: bool
    reason: str = ""


def main(plan: dict[str, Any]) -> None:
    """Check the host and print the answer; raises `HostError`."""
    name = plan["name"]
    _check_memory(plan["memory_mib"])
    disk = os.environ.get("NIX_DISK_IMAGE", "")
    if disk:
        _check_disk(Path(disk), plan["qemu_img"])
    ports = [Port(port["protocol"], port["address"], port["port"]) for port in plan["ports"]]
    for port in [*ports, *_ports_of_options(os.environ.get("QEMU_NET_OPTS", ""))]:
        _check_port(port)
    acceleration = _find_acceleration(plan)
    if acceleration.works:
        words, params = ["-accel", "kvm", "-cpu", "max"], ""
    elif plan["force_acceleration"]:
        raise HostError(
            f"{acceleration.reason}, and virtualisation.qemu.forceAccel allows no emulation; "
            "switch that off, or use a host with /dev/kvm"
        )
    else:
        _say(name, f"{acceleration.reason}: emulating the processor (TCG), which is slower")
        cpu = _EMULATED_CPU.get(os.uname().machine, "max")
        words, params = ["-accel", "tcg,thread=multi", "-cpu", cpu], _EMULATED_KERNEL_PARAMS
    sys.stdout.write(
        f"accelerator={shlex.quote(' '.join(words))}\n"
        f"accelerator_kernel_params={shlex.quote(params)}\n"
    )


def _say(name: str, text: str) -> None:
    sys.stderr.write(f"run-{name}-vm: {text}\n")


def _check_memory(wanted_mib: int) -> None:
    try:
        text = Path("/proc/meminfo").read_text()
    except OSError:
        return
    sizes = {name: int(size) // 1024 for name, size in re.findall(r"(\w+):\s+(\d+) kB", text)}
    total = sizes.get("MemTotal", wanted_mib) + sizes.get("SwapTotal", 0)
    if wanted_mib > total:
        raise HostError(
            f"the machine has {wanted_mib} MiB of memory, but this host has {total} MiB; "
            "lower virtualisation.memorySize"
        )


def _check_disk(disk: Path, qemu_img: str) -> None:
    elsewhere = "set NIX_DISK_IMAGE to another place"
    folder = disk.parent
    if disk.exists():
        if not os.access(disk, os.R_OK | os.W_OK):
            raise HostError(f"you may not read and write the disk {disk}; {elsewhere}")
        _check_image(disk, qemu_img)
    elif not folder.is_dir():
        raise HostError(f"the folder {folder} for the disk does not exist; make it, or {elsewhere}")
    elif not os.access(folder, os.W_OK | os.X_OK):
        raise HostError(f"you may not make the disk {disk}; {elsewhere}")
    free_mib = shutil.disk_usage(folder).free >> 20
    if free_mib < _FREE_SPACE_MIB:
        raise HostError(
            f"{folder}, where the disk {disk.name} is, has {free_mib} MiB left; "
            f"free some space, or {elsewhere}"
        )


def _check_image(disk: Path, qemu_img: str) -> None:
    done = subprocess.run(
        [qemu_img, "info", "--output=json", str(disk)], capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        if json.loads(done.stdout).get("format-specific", {}).get("data", {}).get("corrupt", False):
            raise HostError(_corrupt(disk, "it is marked as corrupt"))
        return
    reason = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "it cannot be read"
    if "lock" in reason:
        raise HostError(
            f"the disk {disk} is in use, by another machine that runs; end that, or set NIX_DISK_IMAGE"
        )
    raise HostError(_corrupt(disk, reason.rpartition(f"'{disk}': ")[2]))


def _corrupt(disk: Path, reason: str) -> str:
    return f"the disk {disk} is damaged ({reason}); delete it for a fresh one, or try 'qemu-img check -r all {disk}'"


def _ports_of_options(options: str) -> list[Port]:
    found = re.findall(r"hostfwd=(tcp|udp)?:([^:,]*):(\d+)-", options)
    return [Port(protocol or "tcp", address, int(number)) for protocol, address, number in found]


def _check_port(port: Port) -> None:
    kind = socket.SOCK_STREAM if port.protocol == "tcp" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((port.address, port.number))
        except OSError as error:
            place = f"{port.protocol} port {port.number}" + (
                f" of {port.address}" if port.address else ""
            )
            if error.errno == errno.EADDRINUSE:
                raise HostError(
                    f"{place} of this host is in use, so it cannot be passed on to the machine; "
                    "change virtualisation.forwardPorts or QEMU_NET_OPTS, or end what uses it"
                ) from error
            raise HostError(f"{place} of this host cannot be used: {error.strerror}") from error


def _find_acceleration(plan: dict[str, Any]) -> Acceleration:
    if not plan["same_processor"]:
        return Acceleration(
            works=False, reason="the machine has another kind of processor than this host"
        )
    if not os.path.exists("/dev/kvm"):
        return Acceleration(works=False, reason="this host has no /dev/kvm")
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return Acceleration(
            works=False, reason="/dev/kvm may not be used by you (a matter of the group kvm)"
        )
    kept = _kept_answer()
    if kept is not None and kept.exists():
        try:
            return Acceleration(**json.loads(kept.read_text()))
        except (ValueError, TypeError, OSError):
            pass  # Half written, or another's: ask again.
    answer = _probe(plan["qemu"])
    if kept is not None:
        _keep(kept, answer)
    return answer


def _kept_answer() -> Path | None:
    """Where the answer for this boot of the host is kept, in a folder of the user's own."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.environ.get("HOME", ""), ".cache")
    return Path(cache) / "neve" / f"kvm-{boot}.json" if cache.startswith("/") else None


def _keep(place: Path, answer: Acceleration) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        for old in place.parent.glob("kvm-*.json"):
            old.unlink(missing_ok=True)
        fresh = place.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps({"works": answer.works, "reason": answer.reason}))
        fresh.replace(place)
    except OSError:
        pass  # The next start asks again.


def _probe(qemu: str) -> Acceleration:
    with tempfile.NamedTemporaryFile(prefix="kvm-probe-") as sector:
        sector.write(_PROBE_CODE.ljust(510, b"\0") + b"\x55\xaa")
        sector.flush()
        command = [
            *(qemu, "-accel", "kvm", "-cpu", "max", "-m", "8", "-nodefaults", "-display", "none"),
            *("-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"),
            *("-drive", f"file={sector.name},format=raw,if=ide,readonly=on"),
        ]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            reason = f"/dev/kvm does not work here (a test guest did not end within {_PROBE_SECONDS:.0f} s)"
            return Acceleration(works=False, reason=reason)
    if done.returncode == 2 * _PROBE_VALUE + 1:
        return Acceleration(works=True)
    lines = done.stderr.strip().splitlines()
    detail = lines[-1] if lines else f"a test guest ended with status {done.returncode}"
    return Acceleration(works=False, reason=f"/dev/kvm does not work here ({detail})")


def run(path: str) -> int:
    """Check the host by the plan in the file `path`; the exit status, after what is wrong was said."""
    plan = json.loads(Path(path).read_text())
    try:
        main(plan)
    except HostError as error:
        _say(plan["name"], f"error: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1]))
