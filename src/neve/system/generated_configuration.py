"""The texts that `nixos-generate-config` writes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from neve.lang.literals import string_literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from neve.system.filesystems import FileSystem, Storage
    from neve.system.hardware import Hardware

_RELEASE_FILE: Final = Path(__file__).resolve().parents[1] / "nixpkgs/lib/.version"
_CURRENT_SYSTEM: Final = "/run/current-system/nixos-version"


def release() -> str:
    """The release of the running system, else that of the package set: `YY.MM`."""
    for file in (_CURRENT_SYSTEM, str(_RELEASE_FILE)):
        try:
            with open(file, encoding="utf-8") as stream:
                return ".".join(stream.read().strip().split(".")[:2])
        except OSError:
            continue
    return ""


def hardware_text(hardware: Hardware, storage: Storage | None, system: str) -> str:
    """`hardware-configuration.nix`; without `storage` it says nothing of disks."""
    lines = [
        "# Made by nixos-generate-config, which writes this file anew each time it runs.",
        "# What you change here is lost then: put your own definitions into",
        "# configuration.nix, which imports this file.",
        "{ config, lib, pkgs, modulesPath, ... }:",
        "",
        "{",
        *_list_lines("imports", [f'(modulesPath + "/{path}")' for path in hardware.imports]),
        "",
        f"  boot.initrd.availableKernelModules = {_words(hardware.initrd_available)};",
        f"  boot.initrd.kernelModules = {_words(hardware.initrd_modules)};",
        f"  boot.kernelModules = {_words(hardware.kernel_modules)};",
        "  boot.extraModulePackages = [ ];",
        "",
    ]
    if storage is not None:
        for file_system in storage.file_systems:
            lines += [*_file_system_lines(file_system), ""]
        devices = [f"{{ device = {string_literal(device)}; }}" for device in storage.swap_devices]
        lines += [*_list_lines("swapDevices", devices), ""]
    attributes = [f"nixpkgs.hostPlatform = lib.mkDefault {string_literal(system)};"]
    attributes += storage.attributes if storage is not None else ()
    lines += [f"  {line}" for line in [*attributes, *hardware.attributes]]
    return "\n".join([*lines, "}", ""])


def _file_system_lines(file_system: FileSystem) -> list[str]:
    lines = [
        f"  fileSystems.{string_literal(file_system.mount_point)} =",
        f"    {{ device = {string_literal(file_system.device)};",
        f"      fsType = {string_literal(file_system.kind)};",
    ]
    if file_system.options:
        lines.append(f"      options = {_words(file_system.options)};")
    return [*lines, *(f"      {line}" for line in file_system.extra), "    };"]


def _words(items: Iterable[str]) -> str:
    return " ".join(["[", *map(string_literal, items), "]"])


def _list_lines(name: str, items: Sequence[str]) -> list[str]:
    if not items:
        return [f"  {name} = [ ];"]
    first, *others = items
    return [f"  {name} =", f"    [ {first}", *(f"      {item}" for item in others), "    ];"]


def boot_loader_lines(*, is_container: bool, root_disk: str | None) -> list[str]:
    """The boot loader that fits the machine: by UEFI, by extlinux on small boards, else GRUB on a disk."""
    if is_container:
        return []
    if os.path.isdir("/sys/firmware/efi/efivars"):
        return [
            "# The machine boots by UEFI: systemd-boot shows the generations.",
            "boot.loader.systemd-boot.enable = true;",
            "boot.loader.efi.canTouchEfiVariables = true;",
        ]
    if os.path.isdir("/boot/extlinux"):
        return [
            "# The board's own boot loader reads a list of generations.",
            "boot.loader.grub.enable = false;",
            "boot.loader.generic-extlinux-compatible.enable = true;",
        ]
    device = f'boot.loader.grub.device = "{root_disk or "/dev/sda"}"; # or "nodev" for UEFI only'
    return [
        "# The machine boots by BIOS: GRUB lies at the beginning of a disk.",
        "boot.loader.grub.enable = true;",
        "# boot.loader.grub.efiSupport = true;",
        "# boot.loader.grub.efiInstallAsRemovable = true;",
        '# boot.loader.efi.efiSysMountPoint = "/boot/efi";',
        device if root_disk is not None else f"# {device}",
    ]


def configuration_text(boot_loader: Sequence[str], *, kernel: str, has_x_server: bool) -> str:
    """`configuration.nix`: a start for the owner of the machine, most of it as comments."""
    boot = [*boot_loader]
    if kernel == "latest":
        boot += ["", "# The newest kernel that there is.", _LATEST_KERNEL]
    boot_text = "".join(f"  {line}".rstrip() + "\n" for line in [*boot, ""]) if boot else ""
    x_server = "services.xserver.enable = true;"
    return (
        _TEMPLATE.replace("@BOOT@\n\n", boot_text)
        .replace("@XSERVER@", x_server if has_x_server else f"# {x_server}")
        .replace("@RELEASE@", release())
    )


def flake_text(host_name: str) -> str:
    """`flake.nix`: one system, which is `configuration.nix`."""
    return _FLAKE.replace("@HOST@", host_name)


_LATEST_KERNEL: Final = "boot.kernelPackages = pkgs.linuxPackages_latest;"

_FLAKE: Final = """\
{
  description = "The configuration of this machine";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { nixpkgs, ... }:
    {
      nixosConfigurations.@HOST@ = nixpkgs.lib.nixosSystem {
        modules = [ ./configuration.nix ];
      };
    };
}
"""

_TEMPLATE: Final = """\
# What this system is made of. `man configuration.nix` describes all options, `nixos-option` shows their values;
# after a change, `nixos-rebuild switch` makes it so.

{ config, lib, pkgs, ... }:

{
  imports =
    [ # What was found out about the hardware.
      ./hardware-configuration.nix
    ];

@BOOT@

  # networking.hostName = "nixos"; # the name of the machine

  # Networks by cable and radio: `nmcli` and `nmtui` set them up.
  networking.networkmanager.enable = true;

  # time.timeZone = "Europe/Amsterdam";

  # A proxy, where the network needs one.
  # networking.proxy.default = "http://user:password@proxy:port/";
  # networking.proxy.noProxy = "127.0.0.1,localhost,internal.domain";

  # Language and keyboard.
  # i18n.defaultLocale = "en_US.UTF-8";
  # console = {
  #   font = "Lat2-Terminus16";
  #   keyMap = "us";
  #   useXkbConfig = true; # the keyboard of the X server on the console, in place of keyMap
  # };

  # A graphical desktop.
  @XSERVER@
  # services.xserver.xkb.layout = "us";
  # services.xserver.xkb.options = "eurosign:e,caps:escape";

  # Printing.
  # services.printing.enable = true;

  # Sound.
  # services.pipewire = {
  #   enable = true;
  #   pulse.enable = true;
  # };

  # Touchpads (most desktops turn them on by themselves).
  # services.libinput.enable = true;

  # People. `passwd alice` sets a password.
  # users.users.alice = {
  #   isNormalUser = true;
  #   extraGroups = [ "wheel" ]; # may use sudo
  #   packages = with pkgs; [
  #     tree
  #   ];
  # };

  # programs.firefox.enable = true;

  # Programs for everybody. `nix search nixpkgs WORD` finds them.
  # environment.systemPackages = with pkgs; [
  #   vim
  #   wget
  # ];

  # Programs that need more than to be installed.
  # programs.mtr.enable = true;
  # programs.gnupg.agent = {
  #   enable = true;
  #   enableSSHSupport = true;
  # };

  # Logging in over the network.
  # services.openssh.enable = true;

  # Doors in the firewall, or none at all.
  # networking.firewall.allowedTCPPorts = [ ... ];
  # networking.firewall.allowedUDPPorts = [ ... ];
  # networking.firewall.enable = false;

  # Keep a copy of this file in each generation (/run/current-system/configuration.nix).
  # system.copySystemConfiguration = true;

  # The release that this machine was first installed with. It says how data that services keep, such as databases, is
  # laid out: leave it as it is when you upgrade, and read the release notes before you ever change it.
  system.stateVersion = "@RELEASE@";
}
"""
