"""Which x86-64 level a machine has."""

import pytest

from neve.processor import microarchitecture_levels

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
