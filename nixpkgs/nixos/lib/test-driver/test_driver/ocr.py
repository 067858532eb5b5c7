"""Text on a screen, as Tesseract reads it."""

from __future__ import annotations

import io
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

from test_driver.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MAGNIFICATION: Final = 3


def read_text(picture: Path) -> str:
    """The text in the PNG file `picture`; raises `MachineError` when the test has no text recognition."""
    return next(_readings(picture))


def read_text_variants(picture: Path) -> list[str]:
    """Several readings: of the enlarged picture, of its negative, and of its two-colour version."""
    return list(_readings(picture))


def _readings(picture: Path) -> Iterator[str]:
    program = shutil.which("tesseract")
    if program is None:
        raise MachineError("text recognition is not part of this test: set `enableOCR = true`")
    for data in _variants(picture):
        finished = subprocess.run(
            [program, "-", "-", "--psm", "11", "-c", "debug_file=/dev/null"],
            input=data,
            capture_output=True,
            check=False,
        )
        if finished.returncode != 0:
            words = finished.stderr.decode(errors="replace").strip()
            raise MachineError(f"tesseract cannot read {picture.name}: {words}")
        yield finished.stdout.decode(errors="replace")


def _variants(picture: Path) -> Iterator[bytes]:
    try:
        from PIL import Image, ImageOps
    except ImportError as error:
        raise MachineError("Pillow is missing: set `enableOCR = true`") from error
    with Image.open(picture) as opened:
        grey = opened.convert("L")
    large = grey.resize(
        (grey.width * _MAGNIFICATION, grey.height * _MAGNIFICATION), Image.Resampling.LANCZOS
    )
    stretched = ImageOps.autocontrast(large, cutoff=1)
    for variant in (
        stretched,
        ImageOps.invert(stretched),
        stretched.point(lambda value: 255 if value > 127 else 0),
    ):
        buffer = io.BytesIO()
        variant.save(buffer, "PNG")
        yield buffer.getvalue()
