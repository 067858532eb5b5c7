"""Write an initrd: `make_initrd.py`, run by a derivation.

The file that `$planPath` names is a JSON object:

    contents     list of {source, target, copy}: `source` is a path in the store. With a `target`, that place of the
                 initrd links to it, or with `copy` has its content. Or of {text, target, mode}: a file with that text;
                 or of {link, target}: a link to a place in the initrd. Programs bring along the libraries that they
                 load, texts the files that they name, and nothing else of the packages that those are in.
    graphs       files as `exportReferencesGraph` writes them: all paths that they name come along whole
    prepend      files that stand before the archive, as they are
    compressor   argv; empty for none
    loader       the program that lists the libraries of a program (ld.so)

The archive, `$out/initrd`, has cpio's format "newc" (kernel documentation, "initramfs buffer format"): names sorted,
times and owners all 0.
"""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

_LIBRARY: Final = re.compile(r"^\s+(?:\S+ => )?(/\S+) \(0x", re.MULTILINE)
_INTERPRETER_LINE: Final = re.compile(rb"#! ?(/nix/store/\S+)")
_STORE_FILE: Final = re.compile(r"/nix/store/[0-9a-z]{32}-[\w+.?=/-]+")


@dataclass
class Archive:
    """What the initrd will have: place → (mode, content), where the content of links is their target."""

    loader: str
    entries: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    def add(self, place: str, mode: int, content: bytes = b"") -> None:
        """Add a file, a folder or a link and the folders above it; what is there already stays."""
        parent = os.path.dirname(place)
        if parent not in ("", "/"):
            self.add(parent, stat.S_IFDIR | 0o755)
        self.entries.setdefault(place, (mode, content))

    def copy(self, source: str, place: str) -> None:
        """Copy a file, a link or a folder's whole content; libraries of programs come along."""
        if not os.path.lexists(source):
            sys.exit(f"{source}, which the initrd is to have at {place}, does not exist")
        status = os.lstat(source)
        if stat.S_ISLNK(status.st_mode):
            target = os.readlink(source)
            self.add(place, stat.S_IFLNK | 0o777, target.encode())
            found = os.path.normpath(os.path.join(os.path.dirname(source), target))
            if os.path.exists(found):
                self.copy_same(found)
        elif stat.S_ISDIR(status.st_mode):
            self.add(place, stat.S_IFDIR | 0o755)
            for name in sorted(os.listdir(source)):
                self.copy(f"{source}/{name}", f"{place}/{name}")
        else:
            content = Path(source).read_bytes()
            executable = 0o555 if status.st_mode & stat.S_IXUSR else 0o444
            self.add(place, stat.S_IFREG | executable, content)
            self._follow(source, content)

    def copy_same(self, source: str) -> None:
        """Copy to the same place; an absolute place that is there already is not copied twice."""
        if source.startswith("/nix/store/") and source not in self.entries:
            self.copy(source, source)

    def write_text(self, text: str, place: str, mode: int) -> None:
        """Add a file with a text; the files that it names come along."""
        self.add(place, stat.S_IFREG | mode, text.encode())
        for path in _STORE_FILE.findall(text):
            if os.path.isfile(path):
                self.copy_same(path)

    def _follow(self, source: str, content: bytes) -> None:
        """Bring along what a program needs to start: its interpreter and its libraries."""
        script = _INTERPRETER_LINE.match(content)
        if script is not None:
            self.copy_same(script[1].decode())
        elif content[:4] == b"\x7fELF" and b"/nix/store/" in content:
            listing = subprocess.run(
                [self.loader, "--list", source], capture_output=True, text=True, check=False
            )
            for library in _LIBRARY.findall(listing.stdout):
                self.copy_same(library)

    def write(self, file: IO[bytes]) -> None:
        """Write the archive in cpio's format "newc"."""
        for number, (place, (mode, content)) in enumerate(sorted(self.entries.items()), start=1):
            links = 2 if stat.S_ISDIR(mode) else 1
            _write_entry(file, place.lstrip("/"), (number, mode, links), content)
        _write_entry(file, "TRAILER!!!", (0, 0, 1), b"")


def main(plan: dict[str, Any], output: Path) -> None:
    """Make the output that the plan describes."""
    archive = Archive(plan["loader"])
    for entry in plan["contents"]:
        _add_entry(archive, entry)
    for graph in plan["graphs"]:
        for path in _paths_of(Path(graph)):
            archive.copy_same(path)
    output.mkdir()
    with (output / "initrd").open("wb") as file:
        for first in plan["prepend"]:
            file.write(Path(first).read_bytes())
            _pad(file)
        _write_packed(archive, file, plan["compressor"])


def _add_entry(archive: Archive, entry: dict[str, Any]) -> None:
    match entry:
        case {"text": text, "target": target}:
            archive.write_text(text, target, int(entry.get("mode", "444"), base=8))
        case {"link": link, "target": target}:
            archive.add(target, stat.S_IFLNK | 0o777, link.encode())
        case {"source": source, "target": target, "copy": True}:
            archive.copy(source, target)
        case {"source": source, "target": target}:
            archive.add(target, stat.S_IFLNK | 0o777, source.encode())
            archive.copy_same(source)
        case {"source": source}:
            archive.copy_same(source)
        case _:
            sys.exit(f"an entry of an initrd has a source, a text or a link, unlike {entry}")


def _paths_of(graph: Path) -> list[str]:
    """The paths in a graph, whose entries are a path, its deriver, the number of its references, and these."""
    lines = graph.read_text().splitlines()
    paths = []
    place = 0
    while place < len(lines):
        paths.append(lines[place])
        place += 3 + int(lines[place + 2])
    return sorted(paths)


def _write_packed(archive: Archive, file: IO[bytes], compressor: list[str]) -> None:
    if not compressor:
        archive.write(file)
        return
    file.flush()
    with subprocess.Popen(compressor, stdin=subprocess.PIPE, stdout=file) as packer:
        if packer.stdin is not None:
            archive.write(packer.stdin)
            packer.stdin.close()
        if packer.wait() != 0:
            sys.exit(f"{' '.join(compressor)} failed with status {packer.returncode}")


def _write_entry(file: IO[bytes], place: str, node: tuple[int, int, int], content: bytes) -> None:
    number, mode, links = node
    name = place.encode() + b"\0"
    numbers = (number, mode, 0, 0, links, 0, len(content), 0, 0, 0, 0, len(name), 0)
    header = b"070701" + b"".join(b"%08X" % value for value in numbers)
    _write_padded(file, header + name)
    _write_padded(file, content)


def _write_padded(file: IO[bytes], data: bytes) -> None:
    file.write(data + bytes(-len(data) % 4))


def _pad(file: IO[bytes]) -> None:
    file.write(bytes(-file.tell() % 4))


if __name__ == "__main__":
    main(json.loads(Path(os.environ["planPath"]).read_text()), Path(os.environ["out"]))
