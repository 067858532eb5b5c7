"""Install GRUB and its menu: `install.py PLAN TOPLEVEL`.

PLAN is a JSON file; its members are the fields of `Settings`. TOPLEVEL is the system of the first entry. GRUB itself is
installed when what it depends on has changed since, or with NIXOS_INSTALL_BOOTLOADER=1.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from generations import Bootable, Generation, generations, read_system

_STORE: Final = "/nix/store"


class LoaderError(Exception):
    """GRUB cannot be installed; the message says why and what to do."""


@dataclass(frozen=True)
class Settings:
    """What the configuration says."""

    distribution: str
    configuration_name: str
    limit: int
    timeout: int | None
    default_entry: str
    copy_kernels: bool
    mirrors: list[dict[str, Any]]
    removable: bool
    can_touch_variables: bool
    bios_platform: str
    efi_platform: str
    programs: str
    install_arguments: list[str]
    search: str
    extra_config: str
    extra_entries: str
    extra_entries_first: bool
    extra_per_entry: str
    gfx_mode: str
    extra_files: dict[str, str]


@dataclass(frozen=True)
class Place:
    """A folder as GRUB finds it: a command that selects its file system, and the path there."""

    search: str
    path: str

    @classmethod
    def of(cls, folder: str, settings: Settings) -> Place:
        """Ask what `folder` is on; raises `LoaderError`."""
        device, point, options = (
            _ask(settings, folder, column) for column in ("SOURCE", "TARGET", "FSROOT")
        )
        inside = os.path.relpath(os.path.realpath(folder), point)
        path = os.path.normpath(os.path.join(options, inside))
        if settings.search == "provided":
            return cls(f"set root='{device}'", path)
        value = _ask(settings, folder, settings.search.upper())
        kind = "--fs-uuid" if settings.search == "uuid" else "--label"
        return cls(f"search --set=root {kind} {value}", path)


class Menu:
    """The text of grub.cfg for one boot folder."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        """Kernels are used in the store where GRUB's folder is on the same file system."""
        self._settings = settings
        self._folder = folder
        self._copies = settings.copy_kernels or os.stat(_STORE).st_dev != os.stat(folder).st_dev
        self._place = Place.of(str(folder) if self._copies else _STORE, settings)
        self._kept: set[Path] = set()

    def text(self, default: tuple[Bootable, ...], older: list[Generation]) -> str:
        """The whole configuration; kernels that it names are copied where they have to be."""
        settings = self._settings
        name = settings.configuration_name or "Default"
        own = [self._entry(f"{settings.distribution} - {name}", default[0])]
        own += [
            self._entry(f"{settings.distribution} - {name} - {variant.variant}", variant)
            for variant in default[1:]
        ]
        own += [
            self._submenu(profile, older)
            for profile in sorted({item.profile or "" for item in older})
        ]
        extra = [settings.extra_entries]
        entries = extra + own if settings.extra_entries_first else own + extra
        timeout = -1 if settings.timeout is None else settings.timeout
        saved = settings.default_entry == "saved"
        start = [
            "if [ -s $prefix/grubenv ]; then load_env; fi" if saved else "",
            f'set default="{"${saved_entry}" if saved else settings.default_entry}"',
            f"set timeout={timeout}",
            f"set gfxmode={settings.gfx_mode}",
            "insmod part_gpt",
            "insmod part_msdos",
            "insmod all_video",
            settings.extra_config,
        ]
        return "\n".join([*start, *entries]) + "\n"

    def _submenu(self, profile: str, older: list[Generation]) -> str:
        title = (
            f"Profile '{profile}'"
            if profile
            else f"{self._settings.distribution} - All configurations"
        )
        entries = [
            self._entry(
                f"{self._settings.distribution} - Configuration {item.number}"
                f"{f' - {system.variant}' if system.variant else ''} ({item.built:%Y-%m-%d} - {system.label})",
                system,
            )
            for item in older
            if (item.profile or "") == profile
            for system in item.systems
        ]
        return f'submenu "{title}" {{\n' + "\n".join(entries) + "\n}"

    def _entry(self, title: str, system: Bootable) -> str:
        lines = [
            f'menuentry "{title}" --class nixos {{',
            *(["  save_env saved_entry"] if self._settings.default_entry == "saved" else []),
            f"  {self._place.search}",
            f"  {self._settings.extra_per_entry}" if self._settings.extra_per_entry else "",
            f"  linux {self._find(system.kernel, None)} {' '.join(system.params)}",
            f"  initrd {self._find(system.initrd, system.secrets)}" if system.initrd else "",
            "}",
        ]
        return "\n".join(line for line in lines if line)

    def _find(self, file: str, secrets: str | None) -> str:
        """The path of a kernel or initrd for GRUB."""
        real = Path(file).resolve()
        if not self._copies and secrets is None:
            return os.path.join(self._place.path, os.path.relpath(real, _STORE))
        name = f"{real.parent.name}-{real.name}"
        target = self._folder / "kernels" / name
        self._kept.add(target)
        if not target.exists() or secrets is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh = target.with_name(f".{name}.new")
            shutil.copyfile(real, fresh)
            if secrets is not None:
                subprocess.run([secrets, str(fresh)], check=True)
            fresh.replace(target)
        folder = self._place if self._copies else Place.of(str(self._folder), self._settings)
        return os.path.join(folder.path, "kernels", name)

    def remove_old(self) -> None:
        """Remove kernels that no entry uses."""
        for path in (self._folder / "kernels").glob("*"):
            if path not in self._kept:
                path.unlink()


def install_grub(settings: Settings, mirror: dict[str, Any]) -> None:
    """Run grub-install for the disks and the firmware of one mirror, if something changed; raises `LoaderError`."""
    folder = Path(mirror["path"])
    wanted = json.dumps(
        [
            settings.bios_platform,
            settings.efi_platform,
            mirror,
            settings.install_arguments,
            settings.removable,
        ]
    )
    state = folder / "grub/state"
    forced = os.environ.get("NIXOS_INSTALL_BOOTLOADER") == "1"
    if not forced and state.exists() and state.read_text() == wanted:
        return
    common = ["--recheck", f"--boot-directory={folder}", *settings.install_arguments]
    for device in mirror["devices"]:
        if device != "nodev":
            _run(
                settings,
                [
                    "grub-install",
                    *common,
                    "--target=i386-pc",
                    f"--directory={settings.bios_platform}",
                    device,
                ],
            )
    if mirror["efi"] is not None:
        touch = (
            ["--removable"]
            if settings.removable
            else []
            if settings.can_touch_variables
            else ["--no-nvram"]
        )
        _run(
            settings,
            [
                "grub-install",
                *common,
                "--target=x86_64-efi",
                f"--directory={settings.efi_platform}",
                f"--efi-directory={mirror['efi']}",
                f"--bootloader-id={settings.distribution}",
                *touch,
            ],
        )
    _write(state, wanted)


def main(settings: Settings, toplevel: Path) -> None:
    """Install everything; raises `LoaderError`."""
    default = read_system(toplevel.resolve())
    older = []
    for generation in generations(settings.limit):
        if isinstance(generation, str):
            sys.stderr.write(f"warning: {generation}\n")
        else:
            older.append(generation)
    for mirror in settings.mirrors:
        folder = Path(mirror["path"])
        (folder / "grub").mkdir(parents=True, exist_ok=True)
        menu = Menu(settings, folder)
        text = menu.text(default, older)
        for name, source in settings.extra_files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, folder / name)
        _write(folder / "grub/grub.cfg", text)
        install_grub(settings, mirror)
        menu.remove_old()


def _ask(settings: Settings, folder: str, column: str) -> str:
    command = ["findmnt", "--noheadings", "--first-only", "--output", column, "--target", folder]
    return _run(settings, command, capture=True).strip()


def _run(settings: Settings, command: list[str], *, capture: bool = False) -> str:
    environment = {**os.environ, "PATH": settings.programs}
    try:
        done = subprocess.run(
            command,
            env=environment,
            check=True,
            text=True,
            stdout=subprocess.PIPE if capture else None,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise LoaderError(f"{' '.join(command)} failed: {error}") from error
    return done.stdout or ""


def _write(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


if __name__ == "__main__":
    try:
        main(Settings(**json.loads(Path(sys.argv[1]).read_text())), Path(sys.argv[2]))
    except LoaderError as problem:
        sys.stderr.write(f"error: {problem}\n")
        sys.exit(1)
