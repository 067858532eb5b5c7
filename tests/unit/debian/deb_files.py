"""Makes `.deb` files for tests."""

import gzip
import io
import lzma
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path

import zstandard

COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".zst": lambda data: zstandard.ZstdCompressor().compress(data),
}


def file(name: str, content: bytes = b"", mode: int = 0o644) -> tuple[tarfile.TarInfo, bytes]:
    """A regular file."""
    return _entry(name, tarfile.REGTYPE, mode=mode, size=len(content)), content


def link(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    """A symbolic link."""
    return _entry(name, tarfile.SYMTYPE, linkname=target), b""


def hard_link(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    """A hard link."""
    return _entry(name, tarfile.LNKTYPE, linkname=target), b""


def directory(name: str) -> tuple[tarfile.TarInfo, bytes]:
    """A directory."""
    return _entry(name, tarfile.DIRTYPE, mode=0o755), b""


def device(name: str) -> tuple[tarfile.TarInfo, bytes]:
    """A character device."""
    return _entry(name, tarfile.CHRTYPE), b""


def make_deb(
    path: Path,
    entries: Sequence[tuple[tarfile.TarInfo, bytes]],
    *,
    postinst: str = "",
    compression: str = ".xz",
) -> str:
    """Writes a package and returns its path."""
    control = [file("./control", b"Package: test\n")]
    if postinst:
        control.append(file("./postinst", postinst.encode(), 0o755))
    members = {
        "debian-binary": b"2.0\n",
        "control.tar.gz": gzip.compress(_tar(control)),
        f"data.tar{compression}": COMPRESSIONS[compression](_tar(entries)),
    }
    path.write_bytes(b"!<arch>\n" + b"".join(_member(name, data) for name, data in members.items()))
    return str(path)


def _entry(name: str, kind: bytes, **fields: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def _tar(entries: Sequence[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for info, content in entries:
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def _member(name: str, data: bytes) -> bytes:
    header = f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n".encode()
    return header + data + b"\n" * (len(data) % 2)
