"""What a boot need not do: processes that are not started, modules that are not unpacked."""

from pathlib import Path

import pytest

import neve

pytestmark = pytest.mark.usefixtures("packages")

NIXPKGS = Path(__file__).parents[3] / "nixpkgs"
MACHINE = """
    { modulesPath, ... }: {
      imports = [ (modulesPath + "/virtualisation/qemu-vm.nix") ];
      services.nginx.enable = true;
      system.stateVersion = "25.11";
    }
"""


def evaluate(folder: Path, configuration: str, expression: str) -> object:
    """The value of `expression`, a function of `config`."""
    (folder / "configuration.nix").write_text(configuration)
    evaluator = neve.Evaluator(
        settings={},
        store=f"local?store={folder}/store&state={folder}/state&log={folder}/log",
        read_only=False,
    )
    source = f"""
        let system = import {NIXPKGS}/nixos {{
          configuration = {folder}/configuration.nix;
          system = "x86_64-linux";
        }};
        in ({expression}) system.config
    """
    return neve.to_python(evaluator.evaluate(source))


def test_guests_load_unpacked_modules(tmp_path: Path) -> None:
    """The modules of a guest's network and of its firewall are among those that need no unpacking and verifying."""
    modules = evaluate(tmp_path, MACHINE, "c: c.system.unpackedModules")
    assert isinstance(modules, list)
    assert {"nft_compat", "nf_conntrack", "virtio_net"} <= set(modules)


def test_real_machines_keep_signatures(tmp_path: Path) -> None:
    """Secure Boot asks for the signatures of modules: only guests whose kernel QEMU loads go without."""
    configuration = '{ fileSystems."/".device = "/dev/vda"; boot.loader.grub.device = "nodev"; }'
    assert evaluate(tmp_path, configuration, "c: c.system.unpackedModules") == []


def test_modules_that_are_there_take_no_process(tmp_path: Path) -> None:
    """No process loads what is loaded or built in, nor graphics that nothing draws on."""
    units = evaluate(
        tmp_path,
        MACHINE,
        'c: map (name: c.systemd.units.${name}.text) [ "modprobe@.service" "modprobe@drm.service" ]',
    )
    assert isinstance(units, list)
    assert "ConditionPathExists=!/sys/module/%I\n" in units[0]
    assert "ConditionPathExistsGlob=|/sys/bus/pci/devices/*/boot_vga\n" in units[1]
