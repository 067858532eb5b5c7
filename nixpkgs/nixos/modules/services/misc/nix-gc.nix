# Removing what nothing needs any more from the store, from time to time.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.nix.gc;
in
{
  options.nix.gc = {
    automatic = mkOption {
      type = types.bool;
      default = false;
      description = "Whether garbage is collected from time to time.";
    };
    dates = mkOption {
      type = types.either types.singleLineStr (types.listOf types.str);
      apply = lib.toList;
      default = [ "03:15" ];
      example = "weekly";
      description = "When: {manpage}`systemd.time(7)`.";
    };
    randomizedDelaySec = mkOption {
      type = types.singleLineStr;
      default = "0";
      example = "45min";
      description = "The longest time by which it is put off, at random.";
    };
    persistent = mkOption {
      type = types.bool;
      default = true;
      description = "Whether it is made up for when the machine was off.";
    };
    options = mkOption {
      type = types.singleLineStr;
      default = "";
      example = "--delete-older-than 30d";
      description = "Options of {command}`nix-collect-garbage`.";
    };
  };

  config = lib.mkIf config.nix.enable {
    systemd.services.nix-gc = {
      description = "Nix Garbage Collector";
      script = "exec ${config.nix.package}/bin/nix-collect-garbage ${cfg.options}";
      serviceConfig.Type = "oneshot";
      startAt = lib.optionals cfg.automatic cfg.dates;
      restartIfChanged = false;
    };
    systemd.timers.nix-gc = lib.mkIf cfg.automatic {
      timerConfig = {
        RandomizedDelaySec = cfg.randomizedDelaySec;
        Persistent = cfg.persistent;
      };
    };
  };
}
