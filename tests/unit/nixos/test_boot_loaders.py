"""The programs that install boot loaders, on a folder in place of a partition."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[3]
LOADERS: Final = ROOT / "nixpkgs/nixos/modules/system/boot/loader"

SCRIPT: Final = """
import json, os, sys
from pathlib import Path
sys.path[:0] = [{loaders!r}, {loaders!r} + "/systemd-boot"]
import generations, install
os.path.ismount = lambda path: True
profiles = Path(sys.argv[3])
original = generations.generations
install.generations = lambda limit: original(limit, profiles)
try:
    install.main(install.Settings(**json.loads(Path(sys.argv[1]).read_text())), Path(sys.argv[2]))
except install.LoaderError as problem:
    sys.exit(f"error: {{problem}}")
"""


class Machine:
    """A partition, a profile with generations, and the plan of an installation."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.boot = folder / "boot"
        self.profiles = folder / "profiles"
        self.boot.mkdir()
        self.profiles.mkdir()
        (folder / "loader.efi").write_text("loader")
        self.plan: dict[str, Any] = {
            "esp": str(self.boot),
            "boot": str(self.boot),
            "distribution": "NixOS",
            "limit": None,
            "timeout": 5,
            "editor": False,
            "console_mode": "keep",
            "can_touch_variables": False,
            "graceful": False,
            "sort_key": "nixos",
            "loader": str(folder / "loader.efi"),
            "efibootmgr": "/absent",
        }

    def add_generation(self, number: int) -> Path:
        system = self.folder / f"system-{number}"
        system.mkdir()
        (system / "kernel").write_text(f"kernel {number}")
        (system / "initrd").write_text(f"initrd {number}")
        spec = {
            "kernel": str(system / "kernel"),
            "initrd": str(system / "initrd"),
            "init": str(system / "init"),
            "kernelParams": ["quiet"],
            "toplevel": str(system),
            "label": f"label-{number}",
        }
        (system / "boot.json").write_text(json.dumps({"org.nixos.bootspec.v1": spec}))
        (self.profiles / f"system-{number}-link").symlink_to(system)
        return system

    def install(self, system: Path, **environment: str) -> subprocess.CompletedProcess[str]:
        (self.folder / "plan.json").write_text(json.dumps(self.plan))
        return subprocess.run(
            [
                *(sys.executable, "-B", "-c", SCRIPT.format(loaders=str(LOADERS))),
                *(self.folder / "plan.json", system, self.profiles),
            ],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def entries(self) -> list[str]:
        return sorted(path.name for path in (self.boot / "loader/entries").iterdir())


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_systemd_boot_has_an_entry_for_each_generation(machine: Machine) -> None:
    """Entries name kernel, initrd and init; loader.conf starts the generation that was asked for."""
    machine.add_generation(1)
    newest = machine.add_generation(2)
    done = machine.install(newest, NIXOS_INSTALL_BOOTLOADER="1")
    assert done.returncode == 0, done.stderr
    assert machine.entries() == ["nixos-generation-1.conf", "nixos-generation-2.conf"]
    entry = (machine.boot / "loader/entries/nixos-generation-2.conf").read_text()
    assert "title NixOS\n" in entry
    assert "version Generation 2 label-2, built on " in entry
    assert f"options init={newest}/init quiet\n" in entry
    kernel = next(line for line in entry.splitlines() if line.startswith("linux ")).split()[1]
    assert (machine.boot / kernel.lstrip("/")).read_text() == "kernel 2"
    settings = (machine.boot / "loader/loader.conf").read_text()
    assert settings == "timeout 5\ndefault nixos-generation-2.conf\nconsole-mode keep\neditor 0\n"
    assert (machine.boot / "EFI/BOOT/BOOTX64.EFI").read_text() == "loader"


def test_systemd_boot_forgets_generations_that_are_gone(machine: Machine) -> None:
    """Entries and kernels of removed generations are removed; others stay."""
    machine.add_generation(1)
    newest = machine.add_generation(2)
    machine.install(newest, NIXOS_INSTALL_BOOTLOADER="1")
    (machine.profiles / "system-1-link").unlink()
    assert machine.install(newest).returncode == 0
    assert machine.entries() == ["nixos-generation-2.conf"]
    assert len(list((machine.boot / "EFI/nixos").glob("*.efi"))) == 2


def test_systemd_boot_passes_over_what_cannot_be_booted(machine: Machine) -> None:
    """A broken generation is a warning, not an error."""
    broken = machine.add_generation(1)
    (broken / "boot.json").unlink()
    done = machine.install(machine.add_generation(2), NIXOS_INSTALL_BOOTLOADER="1")
    assert done.returncode == 0
    assert "system-1-link cannot be booted and is left out" in done.stderr
    assert machine.entries() == ["nixos-generation-2.conf"]


def test_systemd_boot_that_is_not_installed(machine: Machine) -> None:
    """Without the loader on the partition, the error says how to install it."""
    done = machine.install(machine.add_generation(1))
    assert done.returncode == 1
    assert "run nixos-rebuild with --install-bootloader" in done.stderr
