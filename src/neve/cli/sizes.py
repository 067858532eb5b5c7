"""Numbers with units on command lines."""

from neve.errors import UsageError

_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def parse_size(text: str, flag: str) -> int:
    """A whole number, perhaps with K, M, G or T behind it; raises `UsageError`."""
    unit = text[-1:].upper()
    if unit.isalpha():
        if unit not in _UNITS:
            raise UsageError(f"invalid unit specifier '{unit}' in the value of '{flag}'")
        text = text[:-1]
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise UsageError(f"'{text}' is not an integer, as '{flag}' wants one")
    return int(text) * _UNITS.get(unit, 1)
