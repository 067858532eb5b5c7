"""Sizes for people."""

import pytest

from neve.store.sizes import render_size


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0.0 KiB"),
        (100, "0.1 KiB"),
        (1024, "1.0 KiB"),
        (1 << 20, "1024.0 KiB"),
        ((1 << 20) + 1024, "1.0 MiB"),
        (5 << 30, "5.0 GiB"),
        (-4096, "-4.0 KiB"),
    ],
)
def test_sizes_are_rendered_as_nix_does(size: int, text: str) -> None:
    """One decimal, binary units, and the next unit only above 1024 of the last."""
    assert render_size(size) == text
