# What the virtual machines and the tests of NixOS have in common about QEMU.
{ lib, stdenv }:
let
  platform = stdenv.hostPlatform;
  hexByte = number: lib.fixedWidthString 2 "0" (lib.toLower (lib.toHexString number));
in
rec {
  # The hardware address of machine number `machine` on network number `net`.
  qemuNicMac = net: machine: "52:54:00:12:${hexByte net}:${hexByte machine}";

  # Options for card number `nic` of machine number `machine`, on network number `net`.
  qemuNICFlags = nic: net: machine: [
    "-device virtio-net-pci,netdev=vlan${toString nic},mac=${qemuNicMac net machine}"
    ''-netdev vde,id=vlan${toString nic},sock="$QEMU_VDE_SOCKET_${toString net}"''
  ];

  # The first serial line, as the guest's kernel calls it.
  qemuSerialDevice =
    if platform.isx86 || platform.isRiscV || platform.isLoongArch64 || platform.isMips then
      "ttyS0"
    else if platform.isAarch || platform.isPower then
      "ttyAMA0"
    else
      throw "QEMU's serial device for ${platform.system} is not known here";

  # QEMU for guests of this platform, with the machine that they are made for.
  qemuBinary =
    package:
    let
      machines = {
        x86_64-linux = "qemu-system-x86_64 -machine q35";
        i686-linux = "qemu-system-i386 -machine q35";
        aarch64-linux = "qemu-system-aarch64 -machine virt,gic-version=max";
      };
    in
    "${package}/bin/${
      machines.${platform.system}
        or (throw "virtual machines for ${platform.system} are not known here, only for ${lib.concatStringsSep ", " (lib.attrNames machines)}")
    }";
}
