# The folder /tmp.
{ config, lib, ... }:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.boot.tmp;
in
{
  options.boot.tmp = {
    cleanOnBoot = mkOption {
      type = types.bool;
      default = false;
      description = "Whether {file}`/tmp` is emptied at boot.";
    };
    useTmpfs = mkOption {
      type = types.bool;
      default = false;
      description = "Whether {file}`/tmp` is in memory.";
    };
    tmpfsSize = mkOption {
      type = types.oneOf [
        types.str
        types.ints.positive
      ];
      default = "50%";
      description = "How large {file}`/tmp` may become in memory.";
    };
    tmpfsHugeMemoryPages = mkOption {
      type = types.enum [
        "never"
        "always"
        "within_size"
        "advise"
      ];
      default = "never";
      description = "When files in memory use large pages.";
    };
    useZram = mkOption {
      type = types.bool;
      default = false;
      visible = false;
      description = "Whether {file}`/tmp` is on a compressed device in memory.";
    };
  };

  config = {
    systemd.mounts = mkIf cfg.useTmpfs [
      {
        what = "tmpfs";
        where = "/tmp";
        type = "tmpfs";
        mountConfig.Options = lib.concatStringsSep "," [
          "mode=1777"
          "strictatime"
          "rw"
          "nosuid"
          "nodev"
          "size=${toString cfg.tmpfsSize}"
          "huge=${cfg.tmpfsHugeMemoryPages}"
        ];
        wantedBy = [ "local-fs.target" ];
        before = [ "local-fs.target" "umount.target" ];
        conflicts = [ "umount.target" ];
        unitConfig.DefaultDependencies = false;
      }
    ];

    systemd.tmpfiles.rules = lib.optional cfg.cleanOnBoot "D! /tmp 1777 root root";

    assertions = [
      {
        assertion = !cfg.useZram;
        message = "boot.tmp.useZram is not supported; use boot.tmp.useTmpfs together with zramSwap.enable instead.";
      }
    ];
  };
}
