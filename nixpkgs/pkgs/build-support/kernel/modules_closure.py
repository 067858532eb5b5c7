"""Copy kernel modules, all that they depend on, and their firmware: `modules_closure.py`, run by a derivation.

The file that `$planPath` names is a JSON object: `kernel` (the folder that has lib/modules), `modules` (names),
`firmware` (a folder with lib/firmware, or null), `allow_missing`, `keep_signatures` (otherwise modules also lose what
makes their functions traceable), `link_others` (whether the kernel's other files are there as links) and `depmod` (the
program). Modules are unpacked on the way, since a boot reads them from an initrd, where unpacking costs more than the
bytes. `$out/nix-support/insmod-list` names the files, in the order in which they load.
"""

from __future__ import annotations

import json
import lzma
import os
import re
import shutil
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_SUFFIXES: Final = (".ko.xz", ".ko.zst", ".ko.gz", ".ko")
_FIRMWARE: Final = re.compile(rb"(?:^|\0)firmware=([^\0]+)")
_PACKED_FIRMWARE: Final = (".xz", ".zst")

# The end of a signed module (include/linux/module_signature.h): the signature, a header that ends with the signature's
# length, these words.
_SIGNED: Final = b"~Module signature appended~\n"
_SIGNATURE_HEADER: Final = struct.Struct(">8xI")

# Sections that the kernel goes through when it loads a module: the places where functions can be traced, each of which
# it looks up among all symbols of the module (3 % of the instructions of an emulated boot), and the numbers in
# descriptions of trace events. By another name they are nothing to it.
_TRACED: Final = (b"__mcount_loc\0", b"_ftrace_eval_map\0")
_SECTION_TABLE: Final = struct.Struct("<40xQ10xHHH")
_SECTION: Final = struct.Struct("<24xQQ")


@dataclass(frozen=True)
class Tree:
    """The modules of a kernel, as depmod describes them; names have `_` in place of `-`."""

    folder: Path
    paths: dict[str, str]
    needs: dict[str, list[str]]
    built_in: frozenset[str]
    aliases: dict[str, list[str]]

    @classmethod
    def read(cls, folder: Path) -> Tree:
        """Reads modules.dep, modules.builtin, modules.softdep and the plain names of modules.alias."""
        paths: dict[str, str] = {}
        needs: dict[str, list[str]] = {}
        for line in _lines(folder / "modules.dep"):
            path, _, dependencies = line.partition(":")
            paths[_name(path)] = path
            needs[_name(path)] = [_name(dependency) for dependency in dependencies.split()]
        for line in _lines(folder / "modules.softdep"):
            words = line.split()
            if len(words) > 2 and words[0] == "softdep":
                softly = [_plain(word) for word in words[2:] if word not in ("pre:", "post:")]
                needs.setdefault(_plain(words[1]), []).extend(softly)
        aliases: dict[str, list[str]] = {}
        for line in _lines(folder / "modules.alias"):
            words = line.split()
            if len(words) == 3 and words[0] == "alias" and "*" not in words[1]:
                aliases.setdefault(_plain(words[1]), []).append(_plain(words[2]))
        built_in = frozenset(_name(line) for line in _lines(folder / "modules.builtin"))
        return cls(folder, paths, needs, built_in, aliases)

    def closure(self, wanted: list[str]) -> tuple[list[str], list[str]]:
        """The modules to copy, dependencies first, and the wanted names that the kernel does not have."""
        order: list[str] = []
        missing: list[str] = []
        for name in wanted:
            plain = _plain(name)
            found = [plain] if plain in self.paths else self.aliases.get(plain, [])
            if not found and plain not in self.built_in:
                missing.append(name)
            for module in found:
                self._add(module, order, set())
        return order, missing

    def _add(self, module: str, order: list[str], above: set[str]) -> None:
        # Soft dependencies may be missing, and may form a circle.
        if module in order or module in above or module not in self.paths:
            return
        for dependency in reversed(self.needs.get(module, [])):
            self._add(dependency, order, above | {module})
        order.append(module)


def main(plan: dict[str, Any], output: Path) -> None:
    """Make the output that the plan describes; exit with a message if a module is missing."""
    versions = sorted((Path(plan["kernel"]) / "lib/modules").iterdir())
    if len(versions) != 1:
        sys.exit(f"{plan['kernel']} has the modules of {len(versions)} kernels, not of one")
    tree = Tree.read(versions[0])
    order, missing = tree.closure(plan["modules"])
    if missing and not plan["allow_missing"]:
        sys.exit(
            f"the kernel {tree.folder.name} has no module {', '.join(missing)}; "
            "remove the name from boot.initrd.availableKernelModules or boot.initrd.kernelModules, "
            "or set boot.initrd.allowMissingModules"
        )
    target = output / "lib/modules" / tree.folder.name
    target.mkdir(parents=True)
    loads = _copy_modules(plan, tree, order, output)
    if plan["link_others"]:
        _link_others(tree, set(order), output)
    for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
        if (tree.folder / name).exists():
            shutil.copyfile(tree.folder / name, target / name)
    subprocess.run([plan["depmod"], "-b", str(output), tree.folder.name], check=True)
    # Only depmod needs it, and it names every module of the kernel.
    (target / "modules.order").unlink(missing_ok=True)
    support = output / "nix-support"
    support.mkdir()
    (support / "insmod-list").write_text("".join(f"{line}\n" for line in loads))


def _copy_modules(plan: dict[str, Any], tree: Tree, order: list[str], output: Path) -> list[str]:
    """Write the modules and their firmware; the paths of the modules, in the same order."""
    target = output / "lib/modules" / tree.folder.name
    loads = []
    for module in order:
        path = Path(tree.paths[module])
        unpacked = target / path.parent / (path.name.split(".ko")[0] + ".ko")
        content = _unpack(tree.folder / path)
        unpacked.parent.mkdir(parents=True, exist_ok=True)
        unpacked.write_bytes(content if plan["keep_signatures"] else quick_to_load(content))
        loads.append(str(unpacked))
        if plan["firmware"] is not None:
            _copy_firmware(
                content, Path(plan["firmware"]) / "lib/firmware", output / "lib/firmware"
            )
    return loads


def _link_others(tree: Tree, copied: set[str], output: Path) -> None:
    """Link the modules that are not copied, and what the kernel has beside its modules, to where they really are."""
    kernel = tree.folder.parents[2]
    paths = [tree.folder / path for module, path in tree.paths.items() if module not in copied]
    for path in [*paths, *(path for path in kernel.iterdir() if path.name != "lib")]:
        link = output / path.relative_to(kernel)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(path.resolve())


def quick_to_load(module: bytes) -> bytes:
    """A module without signature, whose functions cannot be traced."""
    unsigned = bytearray(without_signature(module))
    if unsigned[:5] != b"\x7fELF\x02":
        return bytes(unsigned)
    table, size, _, names = _SECTION_TABLE.unpack_from(unsigned)
    start, length = _SECTION.unpack_from(unsigned, table + size * names)
    for name in _TRACED:
        text = unsigned[start : start + length]
        unsigned[start : start + length] = text.replace(name, b"-" + name[1:])
    return bytes(unsigned)


def without_signature(module: bytes) -> bytes:
    """The ELF file of a module, whether or not a signature follows it."""
    if not module.endswith(_SIGNED):
        return module
    header = len(module) - len(_SIGNED) - _SIGNATURE_HEADER.size
    (length,) = _SIGNATURE_HEADER.unpack_from(module, header)
    return module[: header - length]


def _copy_firmware(module: bytes, source: Path, target: Path) -> None:
    for match in _FIRMWARE.findall(module):
        name = match.decode()
        for suffix in ("", *_PACKED_FIRMWARE):
            file = source / (name + suffix)
            if file.exists():
                place = target / (name + suffix)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, place)
                break


def _unpack(path: Path) -> bytes:
    content = path.read_bytes()
    match path.suffix:
        case ".ko":
            return content
        case ".xz":
            return lzma.decompress(content)
        case _:
            sys.exit(f"{path} is packed in a way that is not known here")


def _lines(path: Path) -> list[str]:
    if not path.exists():
        return []
    return [line for line in path.read_text().splitlines() if not line.startswith("#")]


def _name(path: str) -> str:
    name = path.rpartition("/")[2]
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    return _plain(name)


def _plain(name: str) -> str:
    return name.replace("-", "_")


if __name__ == "__main__":
    main(json.loads(Path(os.environ["planPath"]).read_text()), Path(os.environ["out"]))
