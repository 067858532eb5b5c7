"""The system call filter, run by a small interpreter of classic BPF."""

import errno
import struct

import pytest

from neve.sandbox.filter import (
    AARCH64,
    ARM,
    I386,
    MACHINES,
    RULES,
    X86_64,
    Architecture,
    ModeRule,
    RefusalRule,
    assemble_filter,
)

ALLOW = 0x7FFF_0000
FAIL = 0x0005_0000
CREATE = 0o100
TEMPORARY = 0o20000000


def run_filter(program: bytes, audit: int, number: int, arguments: tuple[int, ...] = ()) -> int:
    """What the kernel would answer to a call."""
    padded = (*arguments, *[0] * (6 - len(arguments)))
    data = struct.pack("=IIQ6Q", number, audit, 0, *padded)
    instructions = list(struct.iter_unpack("=HBBI", program))
    position = accumulator = 0
    while True:
        code, then, otherwise, constant = instructions[position]
        position += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("=I", data, constant)
        elif code == 0x54:
            accumulator &= constant
        elif code == 0x05:
            position += constant
        elif code == 0x15:
            position += then if accumulator == constant else otherwise
        elif code == 0x45:
            position += then if accumulator & constant else otherwise
        elif code == 0x06:
            return int(constant)
        else:
            raise AssertionError(f"instruction {code:#x}")


def calls(kind: type) -> list[tuple[str, Architecture, str]]:
    return [
        (machine, architecture, call)
        for machine, architectures in MACHINES.items()
        for architecture in architectures
        for call in architecture.numbers
        if isinstance(RULES[call], kind)
    ]


@pytest.mark.parametrize(("machine", "architecture", "call"), calls(ModeRule))
@pytest.mark.parametrize("bits", [0o4755, 0o2755, 0o6000, 0o4000])
def test_privileged_modes_are_refused(
    machine: str, architecture: Architecture, call: str, bits: int
) -> None:
    """Every way to give a file a setuid or setgid bit fails, in every calling convention."""
    rule = RULES[call]
    assert isinstance(rule, ModeRule)
    arguments = [0] * 6
    arguments[rule.mode] = bits
    if rule.flags is not None:
        arguments[rule.flags] = CREATE
    number = architecture.numbers[call]
    answer = run_filter(assemble_filter(machine), architecture.audit, number, tuple(arguments))
    assert answer == FAIL | errno.EPERM


@pytest.mark.parametrize(("machine", "architecture", "call"), calls(ModeRule))
@pytest.mark.parametrize("bits", [0o755, 0o1777, 0, 0o100644])
def test_ordinary_modes_are_allowed(
    machine: str, architecture: Architecture, call: str, bits: int
) -> None:
    """Modes without those bits pass."""
    rule = RULES[call]
    assert isinstance(rule, ModeRule)
    arguments = [0] * 6
    arguments[rule.mode] = bits
    if rule.flags is not None:
        arguments[rule.flags] = CREATE
    number = architecture.numbers[call]
    answer = run_filter(assemble_filter(machine), architecture.audit, number, tuple(arguments))
    assert answer == ALLOW


@pytest.mark.parametrize(("machine", "architecture", "call"), calls(RefusalRule))
def test_attributes_are_refused(machine: str, architecture: Architecture, call: str) -> None:
    """Extended attributes are said not to be supported, and io_uring not to exist."""
    rule = RULES[call]
    assert isinstance(rule, RefusalRule)
    number = architecture.numbers[call]
    answer = run_filter(assemble_filter(machine), architecture.audit, number)
    assert answer == FAIL | rule.error


def test_open_without_create_ignores_the_mode() -> None:
    """The mode of `open` is garbage when no file is made, so it must not matter then."""
    program = assemble_filter("x86_64")
    number = X86_64.numbers["openat"]
    assert run_filter(program, X86_64.audit, number, (0, 0, 0, 0o4755)) == ALLOW
    refused = run_filter(program, X86_64.audit, number, (0, 0, TEMPORARY, 0o4755))
    assert refused == FAIL | errno.EPERM


def test_x32_calls_are_filtered() -> None:
    """The x32 convention, which has a bit of its own in call numbers, is no way around."""
    number = X86_64.numbers["chmod"] | 0x4000_0000
    program = assemble_filter("x86_64")
    assert run_filter(program, X86_64.audit, number, (0, 0o4755)) == FAIL | errno.EPERM


def test_other_calls_are_allowed() -> None:
    """What no rule names passes."""
    for machine, architectures in MACHINES.items():
        for architecture in architectures:
            assert run_filter(assemble_filter(machine), architecture.audit, 400) == ALLOW


def test_unknown_conventions_have_no_calls() -> None:
    """A calling convention that the filter does not know cannot be used at all."""
    program = assemble_filter("x86_64")
    for audit in (ARM.audit, AARCH64.audit):
        assert run_filter(program, audit, 400) == FAIL | errno.ENOSYS


def test_numbers_differ_by_convention() -> None:
    """What is `chmod` in one convention is another call in the next, and passes there."""
    program = assemble_filter("x86_64")
    assert run_filter(program, I386.audit, X86_64.numbers["chmod"], (0, 0o4755)) == ALLOW


def test_unknown_machine_is_an_error() -> None:
    """There is no filter without a table of call numbers."""
    with pytest.raises(KeyError):
        assemble_filter("riscv64")
