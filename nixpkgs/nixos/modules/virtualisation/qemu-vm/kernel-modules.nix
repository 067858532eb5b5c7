# Kernel modules as an emulated processor loads them fast. Verifying the signature of one takes it a tenth of a second,
# and unpacking it as long again. QEMU loads the kernel, so there is no Secure Boot that would ask for signatures.
{ config, lib, ... }:
let
  cfg = config.virtualisation;
in
{
  system.unpackedModules = lib.mkIf cfg.directBoot.enable (
    # The initrd has its own.
    config.boot.kernelModules
    # What udev loads for the devices that every machine of QEMU has.
    ++ [
      "autofs4"
      "button"
      "crc32c_intel"
      "evdev"
      "i2c_i801"
      "iTCO_wdt"
      "lpc_ich"
      "parport_pc"
      "pcspkr"
      "ppdev"
      "psmouse"
      "qemu_fw_cfg"
      "serio_raw"
      "sha1_ssse3"
      "sha256_ssse3"
      "sha512_ssse3"
      "virtio_balloon"
      "virtio_console"
      "virtio_input"
      "virtio_net"
      "virtio_rng"
    ]
    # What programs ask for: dhcpcd, the firewall.
    ++ [
      "8021q"
      "fuse"
      "ip6_tables"
      "ip6t_rpfilter"
      "ip_tables"
      "ipt_rpfilter"
      "loop"
      "nf_conntrack"
      "nf_log_syslog"
      "nft_compat"
      "nft_ct"
      "nft_fib_inet"
      "xt_LOG"
      "xt_conntrack"
      "xt_pkttype"
      "xt_tcpudp"
    ]
  );

  # Logind asks for it so that sessions may use graphics cards. Where there is neither a card nor anything that draws on
  # one, it is the largest module of a boot.
  systemd.services."modprobe@drm" = lib.mkIf (!config.hardware.graphics.enable) {
    overrideStrategy = "asDropin";
    unitConfig = {
      ConditionPathExists = "|/sys/class/drm";
      ConditionPathExistsGlob = "|/sys/bus/pci/devices/*/boot_vga";
    };
  };
}
