# What is kept of programs that crash.
{
  config,
  lib,
  utils,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  inherit (utils.systemdUtils) unitOptions;
  cfg = config.systemd.coredump;
in
{
  options.systemd.coredump = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether systemd-coredump keeps what {command}`coredumpctl` shows.";
    };

    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "Storage=none";
      description = "More lines of {manpage}`coredump.conf(5)`.";
    };

    settings.Coredump = mkOption {
      type = types.attrsOf unitOptions.unitOption;
      default = { };
      example = {
        Storage = "none";
      };
      description = "Settings of {manpage}`coredump.conf(5)`.";
    };
  };

  config = lib.mkMerge [
    (mkIf cfg.enable {
      systemd.additionalUpstreamSystemUnits = [
        "systemd-coredump.socket"
        "systemd-coredump@.service"
      ];
      environment.etc = {
        "systemd/coredump.conf".text =
          "[Coredump]\n"
          + utils.systemdUtils.lib.attrsToSection cfg.settings.Coredump
          + cfg.extraConfig;
        "sysctl.d/50-coredump.conf".source = "${config.systemd.package}/lib/sysctl.d/50-coredump.conf";
      };
      users.users.systemd-coredump = {
        uid = config.ids.uids.systemd-coredump;
        group = "systemd-coredump";
        isSystemUser = true;
      };
      users.groups.systemd-coredump.gid = config.ids.gids.systemd-coredump;
    })
    (mkIf (!cfg.enable) {
      boot.kernel.sysctl."kernel.core_pattern" = lib.mkDefault "core";
    })
  ];
}
