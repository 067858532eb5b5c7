# Suspending and hibernating.
{ config, lib, utils, ... }:
let
  inherit (lib) mkOption types;
  inherit (utils.systemdUtils) unitOptions;
  inherit (utils.systemdUtils.lib) attrsToSection;
  cfg = config.systemd.sleep;
in
{
  options.systemd.sleep = {
    settings.Sleep = mkOption {
      type = types.attrsOf unitOptions.unitOption;
      default = { };
      example = {
        HibernateDelaySec = "1h";
      };
      description = "Settings of {manpage}`systemd-sleep.conf(5)`.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "HibernateDelaySec=1h";
      visible = false;
      description = "More lines of {manpage}`systemd-sleep.conf(5)`.";
    };
  };

  config.environment.etc."systemd/sleep.conf".text =
    "[Sleep]\n" + attrsToSection cfg.settings.Sleep + cfg.extraConfig;
}
