# FUSE: file systems of users.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.programs.fuse;
in
{
  options.programs.fuse = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = "Whether users may mount file systems of their own.";
    };
    mountMax = lib.mkOption {
      type = lib.types.ints.between 0 32767;
      default = 1000;
      description = "Number of such file systems.";
    };
    userAllowOther = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether users may let others see what they mount.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ pkgs.fuse3 ];
    environment.etc."fuse.conf".text =
      lib.optionalString cfg.userAllowOther "user_allow_other\n" + "mount_max = ${toString cfg.mountMax}\n";
    security.wrappers.fusermount3 = {
      setuid = true;
      owner = "root";
      group = "root";
      source = "${pkgs.fuse3}/bin/fusermount3";
    };
  };
}
