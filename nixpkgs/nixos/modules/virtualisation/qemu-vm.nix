# The system as a virtual machine of QEMU: `system.build.vm` has a script that starts it.
#
# Imported by name, it makes the configuration itself that machine; `virtualisation.vmVariant` imports it into a copy.
{
  imports = [
    ../profiles/qemu-guest.nix
    ./disk-size-option.nix
    ./guest-networking-options.nix
    ./qemu-vm/options.nix
    ./qemu-vm/qemu-options.nix
    ./qemu-vm/guest.nix
    ./qemu-vm/kernel-modules.nix
    ./qemu-vm/disks.nix
    ./qemu-vm/start.nix
  ];
}
