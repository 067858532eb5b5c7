# LVM: volumes over several disks.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.services.lvm;
in
{
  options = {
    services.lvm = {
      enable = mkOption {
        type = types.bool;
        default = config.boot.initrd.services.lvm.enable;
        defaultText = lib.literalExpression "config.boot.initrd.services.lvm.enable";
        example = true;
        description = "Whether the system has LVM's programs and rules for its volumes.";
      };
      package = mkOption {
        type = types.package;
        default = pkgs.lvm2;
        defaultText = lib.literalExpression "pkgs.lvm2";
        description = "The package with the programs.";
      };
    };
    boot.initrd.services.lvm.enable = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = "Whether stage 1 looks for LVM's volumes.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    services.udev.packages = [ cfg.package ];
    systemd.packages = [ cfg.package ];
    boot.kernelModules = [ "dm_mod" ];

    boot.initrd = mkIf config.boot.initrd.services.lvm.enable {
      availableKernelModules = [
        "dm_mod"
        "dm_snapshot"
      ];
      programs.lvm = "${cfg.package}/bin/lvm";
      lvmCommands = ''
        info "looking for volumes of LVM..."
        /bin/lvm vgchange -ay --sysinit --noudevsync
        /bin/lvm vgmknodes --ignorelockingfailure
      '';
    };
  };
}
