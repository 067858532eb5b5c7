# Memory pages with the same content are kept once.
{ config, lib, ... }:
let
  cfg = config.hardware.ksm;
in
{
  options.hardware.ksm = {
    enable = lib.mkEnableOption "the merging of memory pages with the same content, which saves memory where many virtual machines run";
    sleep = lib.mkOption {
      type = lib.types.nullOr lib.types.ints.unsigned;
      default = null;
      description = "Milliseconds between searches; null for the kernel's own.";
    };
  };

  config = lib.mkIf cfg.enable {
    systemd.services.enable-ksm = {
      description = "Merging of Memory Pages";
      wantedBy = [ "multi-user.target" ];
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
      script = ''
        echo 1 > /sys/kernel/mm/ksm/run
        ${lib.optionalString (cfg.sleep != null) "echo ${toString cfg.sleep} > /sys/kernel/mm/ksm/sleep_millisecs"}
      '';
    };
  };
}
