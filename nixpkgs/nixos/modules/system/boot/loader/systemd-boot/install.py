"""Install systemd-boot and an entry for each generation: `install.py PLAN TOPLEVEL`.

PLAN is a JSON file; its members are the fields of `Settings`. TOPLEVEL is the system that becomes the default. With
NIXOS_INSTALL_BOOTLOADER=1 the loader itself is installed, too. Entries have the format of the Boot Loader Specification
(https://uapi-group.org/specifications/specs/boot_loader_specification/).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from generations import Bootable, Generation, generations, read_system

_OWN: Final = "EFI/nixos"
_LOADER: Final = "EFI/systemd/systemd-bootx64.efi"
_FALLBACK: Final = "EFI/BOOT/BOOTX64.EFI"
_LISTED: Final = "EFI/nixos/.extra-files"


class LoaderError(Exception):
    """The boot loader cannot be installed; the message says why and what to do."""


@dataclass(frozen=True)
class Settings:
    """What the configuration says; paths are those of the running system."""

    esp: str
    boot: str
    distribution: str
    limit: int | None
    timeout: int | None
    editor: bool
    console_mode: str
    can_touch_variables: bool
    graceful: bool
    sort_key: str
    loader: str
    efibootmgr: str
    extra_files: dict[str, str] = field(default_factory=dict)
    extra_entries: dict[str, str] = field(default_factory=dict)


class Installation:
    """The files on the boot partition, as far as they are ours."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is written yet."""
        self._settings = settings
        self._boot = Path(settings.boot)
        self._kept: set[Path] = set()

    def write_generation(self, generation: Generation, default: Path) -> None:
        """Write the entries of a generation; the one whose system is `default` becomes what is started."""
        for system in generation.systems:
            is_default = Path(system.toplevel) == default and system.variant is None
            name = _entry_name(generation, system)
            try:
                initrd = self._copy(system.initrd, system.secrets)
            except (OSError, subprocess.CalledProcessError) as error:
                if is_default:
                    raise LoaderError(
                        f"the secrets of the initrd cannot be added: {error}"
                    ) from error
                _warn(
                    f"generation {generation.number} is left out, as its initrd's secrets are missing: {error}"
                )
                continue
            self._write(
                self._boot / "loader/entries" / name, self._entry(generation, system, initrd)
            )
            if is_default:
                self._write_loader_conf(name)

    def _entry(self, generation: Generation, system: Bootable, initrd: str | None) -> str:
        profile = f" [{generation.profile}]" if generation.profile else ""
        variant = f" ({system.variant})" if system.variant else ""
        lines = [
            f"title {self._settings.distribution}{profile}{variant}",
            f"sort-key {self._settings.sort_key}",
            f"version Generation {generation.number} {system.label}, built on {generation.built:%Y-%m-%d}",
            f"linux {self._copy(system.kernel, None)}",
            *([f"initrd {initrd}"] if initrd else []),
            f"options {' '.join(system.params)}",
        ]
        machine_id = Path("/etc/machine-id")
        if machine_id.exists():
            lines.append(f"machine-id {machine_id.read_text().strip()}")
        return "\n".join(lines) + "\n"

    def _write_loader_conf(self, default: str) -> None:
        settings = self._settings
        timeout = "menu-force" if settings.timeout is None else str(settings.timeout)
        lines = [
            f"timeout {timeout}",
            f"default {default}",
            f"console-mode {settings.console_mode}",
        ]
        if not settings.editor:
            lines.append("editor 0")
        self._write(Path(settings.esp) / "loader/loader.conf", "\n".join(lines) + "\n")

    def _copy(self, source: str | None, secrets: str | None) -> str | None:
        """Copy a kernel or an initrd, unless it is there, and return its place on the partition."""
        if source is None:
            return None
        real = Path(source).resolve()
        name = f"{real.parent.name}-{real.name}.efi"
        target = self._boot / _OWN / name
        if target not in self._kept and (not target.exists() or secrets is not None):
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh = target.with_name(f".{name}.new")
            shutil.copyfile(real, fresh)
            if secrets is not None:
                subprocess.run([secrets, str(fresh)], check=True)
            fresh.replace(target)
        self._kept.add(target)
        return f"/{_OWN}/{name}"

    def write_extras(self) -> None:
        """Write the files and entries that the configuration adds, and remove those that it added before."""
        listing = self._boot / _LISTED
        for name in listing.read_text().splitlines() if listing.exists() else []:
            if name not in self._settings.extra_files:
                (self._boot / name).unlink(missing_ok=True)
        for name, source in self._settings.extra_files.items():
            target = self._boot / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        for name, text in self._settings.extra_entries.items():
            self._write(self._boot / "loader/entries" / name, text)
        self._write(listing, "".join(f"{name}\n" for name in self._settings.extra_files))

    def remove_old(self) -> None:
        """Remove entries of generations that are gone, and files that no entry uses."""
        for folder, pattern in (("loader/entries", "*.conf"), (_OWN, "*.efi")):
            for path in (self._boot / folder).glob(pattern):
                if path not in self._kept:
                    path.unlink()

    def _write(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(file.name, 0o644)
        os.replace(file.name, path)
        self._kept.add(path)


def install_loader(settings: Settings) -> None:
    """Put the loader itself on the EFI system partition, and tell the firmware where that is allowed."""
    esp = Path(settings.esp)
    is_installed = (esp / _LOADER).exists()
    if os.environ.get("NIXOS_INSTALL_BOOTLOADER") != "1":
        if not is_installed:
            raise LoaderError(
                f"systemd-boot is not installed on {esp}; run nixos-rebuild with --install-bootloader"
            )
        if (esp / _LOADER).read_bytes() == Path(settings.loader).read_bytes():
            return
    for place in (_LOADER, _FALLBACK):
        (esp / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(settings.loader, esp / place)
    if settings.can_touch_variables and not is_installed:
        _register(settings)


def _register(settings: Settings) -> None:
    """Make the firmware start the loader; its disk and partition are found from the mount point."""
    device = os.stat(settings.esp).st_dev
    partition = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}").resolve()
    command = [
        *(settings.efibootmgr, "--create", "--quiet", "--disk", f"/dev/{partition.parent.name}"),
        *("--part", (partition / "partition").read_text().strip()),
        *("--label", "Linux Boot Manager", "--loader", "\\" + _LOADER.replace("/", "\\")),
    ]
    done = subprocess.run(command, check=False)
    if done.returncode != 0:
        text = "the firmware did not take the loader among its variables"
        if not settings.graceful:
            raise LoaderError(f"{text}; set boot.loader.systemd-boot.graceful to go on without")
        _warn(text)


def main(settings: Settings, toplevel: Path) -> None:
    """Install everything; raises `LoaderError`."""
    default = toplevel.resolve()
    if not os.path.ismount(settings.esp):
        raise LoaderError(
            f"no EFI system partition is mounted on {settings.esp}; "
            "mount it, or set boot.loader.efi.efiSysMountPoint"
        )
    read_system(default)
    installation = Installation(settings)
    install_loader(settings)
    for generation in generations(settings.limit):
        if isinstance(generation, str):
            _warn(generation)
        else:
            installation.write_generation(generation, default)
    installation.write_extras()
    installation.remove_old()


def _entry_name(generation: Generation, system: Bootable) -> str:
    parts = ["nixos", generation.profile, "generation", str(generation.number)]
    if system.variant is not None:
        parts += ["specialisation", system.variant]
    return "-".join(part for part in parts if part is not None) + ".conf"


def _warn(text: str) -> None:
    sys.stderr.write(f"warning: {text}\n")


if __name__ == "__main__":
    try:
        main(Settings(**json.loads(Path(sys.argv[1]).read_text())), Path(sys.argv[2]))
    except LoaderError as problem:
        sys.stderr.write(f"error: {problem}\n")
        sys.exit(1)
