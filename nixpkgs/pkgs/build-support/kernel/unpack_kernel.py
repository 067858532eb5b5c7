"""Unpack a kernel image: `unpack_kernel.py`, run by a derivation.

The file that `$planPath` names is a JSON object: `image` (a bzImage) and `zstd` (the program). `$out/vmlinux` becomes
the ELF file in it. Where the packed kernel begins and how long it is stands in the image's header ("payload_offset" and
"payload_length" of the x86 boot protocol, kernel documentation).
"""

import gzip
import json
import lzma
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Final

_SETUP_SECTORS: Final = 0x1F1
_HEADER_MAGIC: Final = 0x202
_PAYLOAD: Final = 0x248


def main(image: Path, zstd: str, output: Path) -> None:
    """Write the kernel in `image` to `output`; exit with a message if there is none."""
    data = image.read_bytes()
    if data[_HEADER_MAGIC : _HEADER_MAGIC + 4] != b"HdrS":
        sys.exit(f"{image} is no kernel image of the x86 boot protocol")
    offset, length = struct.unpack_from("<II", data, _PAYLOAD)
    start = (data[_SETUP_SECTORS] + 1) * 512 + offset
    # The last four bytes are the length of the unpacked kernel.
    kernel = _unpack(data[start : start + length - 4], zstd)
    if kernel[:4] != b"\x7fELF":
        sys.exit(f"{image} holds no ELF kernel")
    output.mkdir()
    (output / "vmlinux").write_bytes(kernel)


def _unpack(packed: bytes, zstd: str) -> bytes:
    if packed[:4] == b"\x28\xb5\x2f\xfd":
        done = subprocess.run([zstd, "-dcq"], input=packed, stdout=subprocess.PIPE, check=True)
        return done.stdout
    if packed[:6] == b"\xfd7zXZ\0":
        return lzma.decompress(packed)
    if packed[:2] == b"\x1f\x8b":
        return gzip.decompress(packed)
    sys.exit(
        f"the kernel is packed in a way that is not known here (it begins with {packed[:6].hex()})"
    )


if __name__ == "__main__":
    plan = json.loads(Path(os.environ["planPath"]).read_text())
    main(Path(plan["image"]), plan["zstd"], Path(os.environ["out"]))
