# Keeping equal files of the store once, from time to time.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.nix.optimise;
in
{
  options.nix.optimise = {
    automatic = mkOption {
      type = types.bool;
      default = false;
      description = "Whether equal files are looked for from time to time.";
    };
    dates = mkOption {
      type = types.either types.singleLineStr (types.listOf types.str);
      apply = lib.toList;
      default = [ "03:45" ];
      description = "When: {manpage}`systemd.time(7)`.";
    };
    randomizedDelaySec = mkOption {
      type = types.singleLineStr;
      default = "1800";
      example = "45min";
      description = "The longest time by which it is put off, at random.";
    };
    persistent = mkOption {
      type = types.bool;
      default = true;
      description = "Whether it is made up for when the machine was off.";
    };
  };

  config = lib.mkIf config.nix.enable {
    systemd.services.nix-optimise = {
      description = "Nix Store Optimiser";
      unitConfig.ConditionACPower = true;
      serviceConfig.ExecStart = "${config.nix.package}/bin/nix-store --optimise";
      startAt = lib.optionals cfg.automatic cfg.dates;
      restartIfChanged = false;
    };
    systemd.timers.nix-optimise = lib.mkIf cfg.automatic {
      timerConfig = {
        RandomizedDelaySec = cfg.randomizedDelaySec;
        Persistent = cfg.persistent;
      };
    };
  };
}
