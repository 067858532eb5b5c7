"""What kind of processor this machine has."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

# The levels of the x86-64 psABI, by the flags that Linux names in /proc/cpuinfo.
_LEVELS: Final = (
    ("x86_64-v1", "cmov cx8 fpu fxsr mmx sse sse2"),
    ("x86_64-v2", "cx16 lahf_lm pni popcnt sse4_1 sse4_2 ssse3"),
    ("x86_64-v3", "abm avx avx2 bmi1 bmi2 f16c fma movbe"),
    ("x86_64-v4", "avx512bw avx512cd avx512dq avx512f avx512vl"),
)

_X86: Final = frozenset({"x86_64", "i386", "i486", "i586", "i686"})
_GUEST_FLAGS: Final = frozenset({"vmx", "svm"})


def microarchitecture_levels(cpuinfo: str | None = None) -> list[str]:
    """The x86-64 levels that the processor reaches, lowest first; `cpuinfo` is the text of `/proc/cpuinfo`."""
    flags = _flags(cpuinfo)
    reached: list[str] = []
    for level, needed in _LEVELS:
        if not flags.issuperset(needed.split()):
            break
        reached.append(level)
    return reached


def can_run_guests(machine: str, device: str = "/dev/kvm", cpuinfo: str | None = None) -> bool:
    """Whether KVM is here, open to this process, and rests on the processor; `machine` as uname(2) calls it.

    Inside some virtual machines there is a device without the processor's support behind it, and guests hang.
    """
    if not os.access(device, os.R_OK | os.W_OK):
        return False
    return machine not in _X86 or not _GUEST_FLAGS.isdisjoint(_flags(cpuinfo))


def probed_guests(environment: Mapping[str, str]) -> bool | None:
    """Whether a test guest ran to its end since this machine booted; nothing where none was tried.

    Virtual machines try one before they start and keep the answer: see `check_host.py` of the module `qemu-vm`.
    """
    cache = environment.get("XDG_CACHE_HOME") or os.path.join(environment.get("HOME", ""), ".cache")
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as stream:
            boot = stream.read().strip()
        with open(f"{cache}/neve/kvm-{boot}.json", encoding="utf-8") as stream:
            text = stream.read()
    except OSError:
        return None
    import json

    try:
        works = json.loads(text)["works"]
    except (ValueError, TypeError, KeyError):
        return None
    return works if isinstance(works, bool) else None


def _flags(cpuinfo: str | None) -> set[str]:
    if cpuinfo is None:
        try:
            with open("/proc/cpuinfo", encoding="utf-8") as stream:
                cpuinfo = stream.read()
        except OSError:
            return set()
    line = next((line for line in cpuinfo.split("\n") if line.startswith("flags")), "")
    return set(line.partition(":")[2].split())
