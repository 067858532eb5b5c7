# Kernel modules as an emulated processor loads them fast. Verifying the signature of one takes it a tenth of a second,
# and unpacking it as long again. QEMU loads the kernel, so there is no Secure Boot that would ask for signatures.
{ config, lib, ... }:
let
  cfg = config.virtualisation;
in
{
  system.unpackedModules = lib.mkIf cfg.directBoot.enable (
    config.boot.initrd.kernelModules
    ++ config.boot.initrd.availableKernelModules
    ++ config.boot.kernelModules
    # What udev loads for the devices that QEMU's machines have.
    ++ [
      "ahci"
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
      "sg"
      "sha1_ssse3"
      "sha256_ssse3"
      "sha512_ssse3"
      "sr_mod"
      "virtio_balloon"
      "virtio_console"
      "virtio_input"
      "virtio_net"
      "virtio_rng"
    ]
    ++ lib.optionals cfg.graphics [
      "bochs"
      "hid_generic"
      "uhci_hcd"
      "usbhid"
      "virtio_gpu"
    ]
    # What programs ask for: file systems, dhcpcd, the firewall.
    ++ [
      "8021q"
      "9p"
      "9pnet_virtio"
      "erofs"
      "ext4"
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
      "overlay"
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
