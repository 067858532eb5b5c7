"""What the processor can do."""

from pathlib import Path

import pytest

from neve.processor import can_run_guests, microarchitecture_levels

V1 = "fpu cmov cx8 fxsr mmx sse sse2"
V2 = f"{V1} cx16 lahf_lm pni popcnt sse4_1 sse4_2 ssse3"


@pytest.mark.parametrize(
    ("flags", "levels"),
    [
        ("fpu", []),
        (V1, ["x86_64-v1"]),
        (V2, ["x86_64-v1", "x86_64-v2"]),
        (f"{V2} avx512f", ["x86_64-v1", "x86_64-v2"]),
    ],
)
def test_levels_need_all_their_flags(flags: str, levels: list[str]) -> None:
    """A level counts only when those below it do."""
    assert microarchitecture_levels(f"processor : 0\nflags\t\t: {flags}\n") == levels


@pytest.mark.parametrize(
    ("machine", "flags", "expected"),
    [
        ("x86_64", "fpu hypervisor", False),
        ("x86_64", "fpu vmx", True),
        ("x86_64", "fpu svm", True),
        ("aarch64", "", True),
    ],
)
def test_guests_need_the_processor(
    tmp_path: Path, machine: str, flags: str, *, expected: bool
) -> None:
    """A device alone is not enough where the processor says what it can do, and without one nothing runs."""
    device = tmp_path / "kvm"
    cpuinfo = f"flags\t\t: {flags}\n"
    assert not can_run_guests(machine, str(device), cpuinfo)
    device.touch()
    assert can_run_guests(machine, str(device), cpuinfo) is expected
