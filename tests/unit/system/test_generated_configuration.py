"""The texts of a new configuration."""

import json
from typing import Any

from neve.lang.session import Session
from neve.settings import Settings
from neve.system import generated_configuration as texts
from neve.system.filesystems import FileSystem, Storage
from neve.system.hardware import Hardware

MODULE_ARGUMENTS = """{
  config.hardware.enableRedistributableFirmware = 1;
  lib.mkDefault = x: { default = x; };
  pkgs.linuxPackages_latest = "latest";
  modulesPath = "/modules";
}"""


def evaluate(text: str) -> Any:
    """The module that a text is, called with what modules get."""
    settings = Settings({"HOME": "/homeless", "NIX_STATE_DIR": "/stateless"})
    session = Session(settings, is_read_only=True, say=lambda *_: None)
    call = f"builtins.toJSON (removeAttrs (({text}) {MODULE_ARGUMENTS}) [ ])"
    return json.loads(str(session.evaluate(call).as_python()))


def test_hardware() -> None:
    """The hardware file is a module that says what was found."""
    hardware = Hardware(
        "none", ["ahci"], ["dm-snapshot"], [], ["a.nix", "b/c.nix"], ["x.enable = true;"]
    )
    root = FileSystem("/", "/dev/disk/by-uuid/1", "btrfs", ("subvol=@", "loop"))
    odd = FileSystem('/a "${b}"', "tmpfs", "tmpfs", extra=('stratis.poolUuid = "u";',))
    storage = Storage((root, odd), ("/dev/sda2",), ("boot.swraid.enable = true;",), None)
    module = evaluate(texts.hardware_text(hardware, storage, "x86_64-linux"))
    assert module["imports"] == ["/modules/a.nix", "/modules/b/c.nix"]
    assert module["boot"]["initrd"] == {
        "availableKernelModules": ["ahci"],
        "kernelModules": ["dm-snapshot"],
    }
    assert module["boot"]["swraid"] == module["x"] == {"enable": True}
    assert module["fileSystems"]["/"]["options"] == ["subvol=@", "loop"]
    assert module["fileSystems"]['/a "${b}"']["stratis"] == {"poolUuid": "u"}
    assert module["swapDevices"] == [{"device": "/dev/sda2"}]
    assert module["nixpkgs"]["hostPlatform"] == {"default": "x86_64-linux"}


def test_hardware_without_disks() -> None:
    """Disks can be left out."""
    module = evaluate(texts.hardware_text(Hardware(), None, "aarch64-linux"))
    assert "fileSystems" not in module
    assert "swapDevices" not in module


def test_configuration() -> None:
    """The owner's file imports the other, boots, and notes the release."""
    boot_loader = ["boot.loader.grub.enable = true;"]
    text = texts.configuration_text(boot_loader, kernel="latest", has_x_server=True)
    assert "./hardware-configuration.nix" in text
    module = evaluate(text.replace("./hardware-configuration.nix", ""))
    assert module["boot"] == {"loader": {"grub": {"enable": True}}, "kernelPackages": "latest"}
    assert module["services"] == {"xserver": {"enable": True}}
    assert module["system"]["stateVersion"] == texts.release()
    plain = evaluate(
        texts.configuration_text([], kernel="lts", has_x_server=False).replace("./hardware", "#")
    )
    assert set(plain) == {"imports", "networking", "system"}


def test_flake() -> None:
    """The flake holds one system of that name."""
    text = texts.flake_text("host")
    assert "nixosConfigurations.host = nixpkgs.lib.nixosSystem" in text
