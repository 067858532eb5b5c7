# Ending what takes all memory before the kernel has to.
{
  config,
  lib,
  utils,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  inherit (utils.systemdUtils) unitOptions;
  cfg = config.systemd.oomd;

  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };
  pressure = {
    ManagedOOMMemoryPressure = "kill";
    ManagedOOMMemoryPressureLimit = lib.mkDefault "80%";
  };
in
{
  options.systemd.oomd = {
    enable = flag false "Whether systemd-oomd runs.";
    enableRootSlice = flag false "Whether it watches everything.";
    enableSystemSlice = flag false "Whether it watches services.";
    enableUserSlices = flag false "Whether it watches users.";
    settings.OOM = mkOption {
      type = types.attrsOf unitOptions.unitOption;
      default = { };
      example = {
        DefaultMemoryPressureLimit = "60%";
      };
      description = "Settings of {manpage}`oomd.conf(5)`.";
    };
  };

  config = mkIf cfg.enable {
    systemd.additionalUpstreamSystemUnits = [
      "systemd-oomd.service"
      "systemd-oomd.socket"
    ];
    systemd.services.systemd-oomd.wantedBy = [ "multi-user.target" ];
    systemd.oomd.settings.OOM.DefaultMemoryPressureDurationSec = lib.mkDefault "20s";
    environment.etc."systemd/oomd.conf".text = utils.systemdUtils.lib.settingsToSections {
      inherit (cfg.settings) OOM;
    };

    systemd.slices."-" = mkIf cfg.enableRootSlice { sliceConfig = pressure; };
    systemd.slices.system = mkIf cfg.enableSystemSlice { sliceConfig = pressure; };
    systemd.slices.user = mkIf cfg.enableUserSlices { sliceConfig = pressure; };

    users.users.systemd-oom = {
      description = "systemd-oomd";
      group = "systemd-oom";
      isSystemUser = true;
    };
    users.groups.systemd-oom = { };
  };
}
