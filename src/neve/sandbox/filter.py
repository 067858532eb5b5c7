"""The system call filter of builders: no setuid or setgid bits, no extended attributes.

A store object has neither, and a setuid program left in a build folder would run with the builder's identity for
whoever finds it. The filter is a program of classic BPF over `struct seccomp_data` (linux/seccomp.h); it knows the
calling conventions that a 64-bit kernel offers besides its own. `io_uring` is refused because its requests do the same
work past the filter; programs fall back to ordinary calls.
"""

import errno
import stat
import struct
from dataclasses import dataclass
from functools import cache
from typing import Final

_LOAD: Final = 0x20  # ld [offset]
_AND: Final = 0x54  # and #constant
_JUMP: Final = 0x05  # ja #offset
_JUMP_IF_EQUAL: Final = 0x15  # jeq #constant, then, else
_JUMP_IF_ANY: Final = 0x45  # jset #mask, then, else
_RETURN: Final = 0x06  # ret #constant

_ALLOW: Final = 0x7FFF_0000
_FAIL: Final = 0x0005_0000

_NUMBER_OFFSET: Final = 0
_ARCHITECTURE_OFFSET: Final = 4
_X32_BIT: Final = 0x4000_0000
_PRIVILEGED_BITS: Final = stat.S_ISUID | stat.S_ISGID
_CREATES: Final = 0o100 | 0o20000000
"""`O_CREAT` and `O_TMPFILE`: without them `open` ignores its mode."""

Instruction = tuple[int, int, int, int]


@dataclass(frozen=True)
class ModeRule:
    """A call that sets a file's mode must not set a privileged bit.

    `mode` and `flags` are positions of arguments; with `flags`, the mode counts only if they ask for a new file.
    """

    mode: int
    flags: int | None = None


@dataclass(frozen=True)
class RefusalRule:
    """A call that always fails with this error number."""

    error: int


Rule = ModeRule | RefusalRule

_NO_ATTRIBUTES: Final = RefusalRule(errno.ENOTSUP)
RULES: Final[dict[str, Rule]] = {
    "chmod": ModeRule(1),
    "fchmod": ModeRule(1),
    "fchmodat": ModeRule(2),
    "fchmodat2": ModeRule(2),
    "creat": ModeRule(1),
    "open": ModeRule(2, flags=1),
    "openat": ModeRule(3, flags=2),
    "mknod": ModeRule(1),
    "mknodat": ModeRule(2),
    "getxattr": _NO_ATTRIBUTES,
    "lgetxattr": _NO_ATTRIBUTES,
    "fgetxattr": _NO_ATTRIBUTES,
    "getxattrat": _NO_ATTRIBUTES,
    "setxattr": _NO_ATTRIBUTES,
    "lsetxattr": _NO_ATTRIBUTES,
    "fsetxattr": _NO_ATTRIBUTES,
    "setxattrat": _NO_ATTRIBUTES,
    "io_uring_setup": RefusalRule(errno.ENOSYS),
}

_COMMON: Final = {"io_uring_setup": 425, "fchmodat2": 452, "setxattrat": 463, "getxattrat": 464}
_32_BIT: Final = {
    "open": 5,
    "creat": 8,
    "mknod": 14,
    "chmod": 15,
    "fchmod": 94,
    "setxattr": 226,
    "lsetxattr": 227,
    "fsetxattr": 228,
    "getxattr": 229,
    "lgetxattr": 230,
    "fgetxattr": 231,
}


@dataclass(frozen=True)
class Architecture:
    """A calling convention: its name in `linux/audit.h` as a number, and its call numbers."""

    audit: int
    numbers: dict[str, int]


X86_64: Final = Architecture(
    0xC000_003E,
    {
        "open": 2,
        "creat": 85,
        "chmod": 90,
        "fchmod": 91,
        "mknod": 133,
        "setxattr": 188,
        "lsetxattr": 189,
        "fsetxattr": 190,
        "getxattr": 191,
        "lgetxattr": 192,
        "fgetxattr": 193,
        "openat": 257,
        "mknodat": 259,
        "fchmodat": 268,
    }
    | _COMMON,
)
I386: Final = Architecture(
    0x4000_0003, {"openat": 295, "mknodat": 297, "fchmodat": 306} | _32_BIT | _COMMON
)
AARCH64: Final = Architecture(
    0xC000_00B7,
    {
        "setxattr": 5,
        "lsetxattr": 6,
        "fsetxattr": 7,
        "getxattr": 8,
        "lgetxattr": 9,
        "fgetxattr": 10,
        "mknodat": 33,
        "fchmod": 52,
        "fchmodat": 53,
        "openat": 56,
    }
    | _COMMON,
)
ARM: Final = Architecture(
    0x4000_0028, {"openat": 322, "mknodat": 324, "fchmodat": 333} | _32_BIT | _COMMON
)

MACHINES: Final = {"x86_64": (X86_64, I386), "aarch64": (AARCH64, ARM)}
"""Machine name of uname(2) → the conventions that its programs may use."""


@cache
def assemble_filter(machine: str) -> bytes:
    """The program for a kernel of this machine type; raises `KeyError` for a type without a table."""
    program: list[Instruction] = [(_LOAD, 0, 0, _ARCHITECTURE_OFFSET)]
    for architecture in MACHINES[machine]:
        body = _architecture_body(architecture)
        # A jump reaches 255 instructions, a plain one any number.
        program.append((_JUMP_IF_EQUAL, 1, 0, architecture.audit))
        program.append((_JUMP, 0, 0, len(body)))
        program.extend(body)
    program.append((_RETURN, 0, 0, _FAIL | errno.ENOSYS))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def _architecture_body(architecture: Architecture) -> list[Instruction]:
    body: list[Instruction] = [(_LOAD, 0, 0, _NUMBER_OFFSET)]
    if architecture is X86_64:
        # x32 has the same numbers with a bit added.
        body.append((_AND, 0, 0, ~_X32_BIT & 0xFFFF_FFFF))
    for call, rule in RULES.items():
        if call not in architecture.numbers:
            continue
        steps = _rule_steps(rule)
        body.append((_JUMP_IF_EQUAL, 0, len(steps), architecture.numbers[call]))
        body.extend(steps)
    body.append((_RETURN, 0, 0, _ALLOW))
    return body


def _rule_steps(rule: Rule) -> list[Instruction]:
    if isinstance(rule, RefusalRule):
        return [(_RETURN, 0, 0, _FAIL | rule.error)]
    check: list[Instruction] = [
        (_LOAD, 0, 0, _argument_offset(rule.mode)),
        (_JUMP_IF_ANY, 0, 1, _PRIVILEGED_BITS),
        (_RETURN, 0, 0, _FAIL | errno.EPERM),
    ]
    allow: Instruction = (_RETURN, 0, 0, _ALLOW)
    if rule.flags is None:
        return [*check, allow]
    return [
        (_LOAD, 0, 0, _argument_offset(rule.flags)),
        (_JUMP_IF_ANY, 0, len(check), _CREATES),
        *check,
        allow,
    ]


def _argument_offset(position: int) -> int:
    """Where the low half of an argument lies on a little-endian machine."""
    return 16 + 8 * position
