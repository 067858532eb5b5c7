"""What kind of processor this machine has."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

# The levels of the x86-64 psABI, by the flags that Linux names in /proc/cpuinfo.
_LEVELS: Final = (
    ("x86_64-v1", "cmov cx8 fpu fxsr mmx sse sse2"),
    ("x86_64-v2", "cx16 lahf_lm pni popcnt sse4_1 sse4_2 ssse3"),
    ("x86_64-v3", "abm avx avx2 bmi1 bmi2 f16c fma movbe"),
    ("x86_64-v4", "avx512bw avx512cd avx512dq avx512f avx512vl"),
)


def microarchitecture_levels(cpuinfo: str | None = None) -> list[str]:
    """The x86-64 levels that the processor reaches, lowest first; `cpuinfo` is the text of `/proc/cpuinfo`."""
    if cpuinfo is None:
        try:
            with open("/proc/cpuinfo", encoding="utf-8") as stream:
                cpuinfo = stream.read()
        except OSError:
            return []
    line = next((line for line in cpuinfo.split("\n") if line.startswith("flags")), "")
    flags = set(line.partition(":")[2].split())
    reached: list[str] = []
    for level, needed in _LEVELS:
        if not flags.issuperset(needed.split()):
            break
        reached.append(level)
    return reached
