"""What an ELF file says about how it wants to be loaded.

Reads the generic ABI's headers of 64-bit little-endian files (https://refspecs.linuxfoundation.org/elf/gabi4+/), and
the notes in which programs list the libraries that they may open by name
(https://uapi-group.org/specifications/specs/elf_dlopen_metadata/).
"""

import json
import mmap
import struct
from dataclasses import dataclass, field
from typing import Final

MAGIC: Final = b"\x7fELF"
_LITTLE_64: Final = b"\x7fELF\x02\x01"
_ET_EXEC, _ET_DYN = 2, 3
_PT_LOAD, _PT_DYNAMIC, _PT_INTERP, _PT_NOTE = 1, 2, 3, 4
_DT_NEEDED, _DT_STRTAB, _DT_RPATH, _DT_RUNPATH = 1, 5, 15, 29
_NOTE_DLOPEN: Final = 0x407C0C0A
_NOTE_OWNER: Final = b"FDO\0"


@dataclass(slots=True)
class Dynamic:
    """A dynamically linked program or library."""

    interpreter: str | None
    needed: list[str] = field(default_factory=list)
    """Names of the libraries that it is linked against."""
    runpath: list[str] = field(default_factory=list)
    dlopen: list[list[str]] = field(default_factory=list)
    """Names of libraries that it may open when it runs: for each feature, the alternatives."""


def read_dynamic(path: str, machine: int) -> Dynamic | None:
    """The dynamic section of a file for this machine (`e_machine`).

    `None` for everything that the dynamic loader does not load: other machines and word sizes, object files, static
    programs (position independent ones too, which have a dynamic section but neither interpreter nor libraries to
    load), and files whose headers make no sense.
    """
    with open(path, "rb") as file:
        if file.read(6) != _LITTLE_64:
            return None
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            try:
                return _read(data, machine)
            except (struct.error, ValueError, LookupError, TypeError):
                return None


@dataclass(frozen=True, slots=True)
class _Segment:
    kind: int
    offset: int
    address: int
    size: int


def _read(data: mmap.mmap, machine: int) -> Dynamic | None:
    kind, its_machine = struct.unpack_from("<HH", data, 16)
    if its_machine != machine or kind not in {_ET_EXEC, _ET_DYN}:
        return None
    segments = _segments(data)
    dynamic = next((segment for segment in segments if segment.kind == _PT_DYNAMIC), None)
    if dynamic is None:
        return None
    result = Dynamic(_interpreter(data, segments))
    _read_entries(data, dynamic, segments, result)
    if result.interpreter is None and not result.needed:
        return None
    result.dlopen = [
        names for segment in segments if segment.kind == _PT_NOTE for names in _notes(data, segment)
    ]
    return result


def _segments(data: mmap.mmap) -> list[_Segment]:
    (table,) = struct.unpack_from("<Q", data, 32)
    entry_size, count = struct.unpack_from("<HH", data, 54)
    segments = []
    for number in range(count):
        kind, _, offset, address, _, size = struct.unpack_from(
            "<IIQQQQ", data, table + number * entry_size
        )
        segments.append(_Segment(kind, offset, address, size))
    return segments


def _interpreter(data: mmap.mmap, segments: list[_Segment]) -> str | None:
    for segment in segments:
        if segment.kind == _PT_INTERP:
            return data[segment.offset : segment.offset + segment.size].rstrip(b"\0").decode()
    return None


def _read_entries(
    data: mmap.mmap, dynamic: _Segment, segments: list[_Segment], result: Dynamic
) -> None:
    raw = data[dynamic.offset : dynamic.offset + dynamic.size // 16 * 16]
    entries = list(struct.iter_unpack("<QQ", raw))
    strings = next((value for tag, value in entries if tag == _DT_STRTAB), None)
    if strings is None:
        return
    base = _file_offset(strings, segments)
    for tag, value in entries:
        if tag == _DT_NEEDED:
            result.needed.append(_string(data, base + value))
        elif tag in {_DT_RPATH, _DT_RUNPATH}:
            result.runpath.extend(part for part in _string(data, base + value).split(":") if part)


def _file_offset(address: int, segments: list[_Segment]) -> int:
    for segment in segments:
        if segment.kind == _PT_LOAD and segment.address <= address < segment.address + segment.size:
            return address - segment.address + segment.offset
    raise ValueError("an address lies outside the file")


def _string(data: mmap.mmap, offset: int) -> str:
    end = data.find(b"\0", offset)
    return data[offset:end].decode()


def _notes(data: mmap.mmap, segment: _Segment) -> list[list[str]]:
    found = []
    offset, end = segment.offset, segment.offset + segment.size
    while offset + 12 <= end:
        owner_size, size, kind = struct.unpack_from("<III", data, offset)
        start = offset + 12 + (owner_size + 3) // 4 * 4
        if kind == _NOTE_DLOPEN and data[offset + 12 : offset + 12 + owner_size] == _NOTE_OWNER:
            text = data[start : start + size].rstrip(b"\0").decode()
            found += [entry["soname"] for entry in json.loads(text) if "soname" in entry]
        offset = start + (size + 3) // 4 * 4
    return found
