# PowerTOP's advice, taken when the machine starts.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.powerManagement.powertop;
in
{
  options.powerManagement.powertop = {
    enable = lib.mkEnableOption "taking PowerTOP's advice when the machine starts";
    preStart = lib.mkOption {
      type = lib.types.lines;
      default = "";
      description = "Shell commands before that.";
    };
    postStart = lib.mkOption {
      type = lib.types.lines;
      default = "";
      example = "echo on > /sys/bus/usb/devices/1-4/power/control";
      description = "Shell commands after that, such as to take something back.";
    };
  };

  config = lib.mkIf cfg.enable {
    systemd.services.powertop = {
      description = "Powertop tunings";
      wantedBy = [ "multi-user.target" ];
      after = [ "multi-user.target" ];
      path = [ pkgs.kmod ];
      inherit (cfg) preStart postStart;
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = "${pkgs.powertop}/bin/powertop --auto-tune";
      };
    };
  };
}
