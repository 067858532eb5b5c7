# A script that starts the system in QEMU, with a window.
{ lib, modulesPath, ... }:
{
  imports = [ "${modulesPath}/virtualisation/qemu-vm.nix" ];
  formatAttr = "vm";
  virtualisation.diskSize = lib.mkDefault 2048;
}
