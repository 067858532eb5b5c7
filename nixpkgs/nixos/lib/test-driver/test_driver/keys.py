"""Which key of QEMU's `sendkey` types a character on a US keyboard."""

from __future__ import annotations

from typing import Final

_SYMBOLS: Final = {
    **{shifted: f"shift-0x{code:02X}" for code, shifted in enumerate("!@#$%^&*()", start=0x02)},
    **{
        symbol: f"{'shift-' * is_shifted}0x{code:02X}"
        for pair, code in (
            ("-_", 0x0C),
            ("=+", 0x0D),
            ("[{", 0x1A),
            ("]}", 0x1B),
            (";:", 0x27),
            ("'\"", 0x28),
            ("`~", 0x29),
            ("\\|", 0x2B),
            (",<", 0x33),
            (".>", 0x34),
            ("/?", 0x35),
        )
        for is_shifted, symbol in enumerate(pair)
    },
    "\n": "ret",
    " ": "spc",
}


def key_of(text: str) -> str:
    """The key name for the character `text`; any other text is a key name already and comes back as it is."""
    if len(text) == 1 and "A" <= text <= "Z":
        return f"shift-{text.lower()}"
    return _SYMBOLS.get(text, text)
