# Names of the device mapper's devices (encrypted disks, volumes): without udev's rules programs that set one up wait for
# udev's word forever, and none appears in /dev/mapper for systemd.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.boot) initrd;

  # The rules of dmsetup disbelieve a device that they hear of for the first time when udev starts. Those that stage 1
  # set up, which has no udev, are such, and have a size already.
  setUpBefore = pkgs.writeTextDir "lib/udev/rules.d/54-dm-stage-1.rules" ''
    ACTION=="add", SUBSYSTEM=="block", KERNEL=="dm-[0-9]*", ENV{DM_COOKIE}=="", ATTR{size}!="0", ENV{DM_UDEV_RULES_VSN}="1"
  '';
in
{
  config = lib.mkIf config.services.udev.enable {
    services.udev.packages = [
      pkgs.dmsetup
      setUpBefore
    ];

    # There the names are device files, which udev does not replace by its links.
    boot.initrd.postMountCommands = lib.mkIf (initrd.luks.devices != { } || initrd.services.lvm.enable) ''
      for device in /sys/class/block/dm-*; do
          [ ! -e "$device/dm/name" ] || ln -sf "../''${device##*/}" "/dev/mapper/$(cat "$device/dm/name")"
      done
    '';
  };
}
