"""What the processor can do."""

from pathlib import Path

import pytest

from neve.processor import can_run_guests, microarchitecture_levels, probed_guests
from neve.settings import Settings

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


def keep_answer(cache: Path, text: str) -> None:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    (cache / "neve").mkdir(parents=True, exist_ok=True)
    (cache / "neve" / f"kvm-{boot}.json").write_text(text)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('{"works": true, "reason": ""}', True),
        ('{"works": false, "reason": "hangs"}', False),
        ('{"works": "yes"}', None),
        ('{"wor', None),
        ("[]", None),
    ],
)
def test_a_test_guest_that_was_tried_is_believed(
    tmp_path: Path, text: str, *, answer: bool | None
) -> None:
    """The answer is found below either folder of caches; one that is damaged or of another boot is none."""
    assert probed_guests({"XDG_CACHE_HOME": str(tmp_path)}) is None
    keep_answer(tmp_path, text)
    assert probed_guests({"XDG_CACHE_HOME": str(tmp_path)}) is answer
    keep_answer(tmp_path / ".cache", text)
    assert probed_guests({"HOME": str(tmp_path)}) is answer


@pytest.mark.parametrize(("works", "flags"), [(True, False), (False, True)])
def test_kvm_is_offered_as_the_test_guest_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, works: bool, flags: bool
) -> None:
    """Where a guest was tried, flags of the processor do not count; without an answer they do."""
    monkeypatch.setattr("os.access", lambda *_: True)
    monkeypatch.setattr("neve.processor.can_run_guests", lambda *_: flags)
    found = Settings({"XDG_CACHE_HOME": str(tmp_path)})
    assert ("kvm" in found.words("system-features")) is flags
    keep_answer(tmp_path, f'{{"works": {str(works).lower()}}}')
    found = Settings({"XDG_CACHE_HOME": str(tmp_path)})
    assert ("kvm" in found.words("system-features")) is works
