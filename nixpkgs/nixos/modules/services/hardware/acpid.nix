# acpid: what happens when a key of the machine is pressed or its lid is closed.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.services.acpid;
  lines = description: mkOption {
    type = types.lines;
    default = "";
    inherit description;
  };
  own = lib.filterAttrs (_: handler: handler.action != "") {
    powerEvent = {
      event = "button/power.*";
      action = cfg.powerEventCommands;
    };
    lidEvent = {
      event = "button/lid.*";
      action = cfg.lidEventCommands;
    };
    acEvent = {
      event = "ac_adapter.*";
      action = cfg.acEventCommands;
    };
  };
  handlers = own // cfg.handlers;
  folder = pkgs.linkFarm "acpi-events" (
    lib.mapAttrs (
      name: handler:
      pkgs.writeText name ''
        event=${handler.event}
        action=${pkgs.writeShellScript "acpi-${name}" handler.action} '%e'
      ''
    ) handlers
  );
in
{
  options.services.acpid = {
    enable = lib.mkEnableOption "acpid, which runs commands when a key of the machine is pressed or its lid is closed";
    logEvents = mkOption {
      type = types.bool;
      default = false;
      description = "Whether events are in the journal.";
    };
    handlers = mkOption {
      default = { };
      example.mute = {
        event = "button/mute.*";
        action = "amixer set Master toggle";
      };
      description = "Events and what happens then.";
      type = types.attrsOf (
        types.submodule {
          options = {
            event = mkOption {
              type = types.str;
              description = "Regular expression for the event.";
            };
            action = mkOption {
              type = types.lines;
              description = "Shell commands; `$1` is the event.";
            };
          };
        }
      );
    };
    powerEventCommands = lines "Shell commands for the power key.";
    lidEventCommands = lines "Shell commands for the lid.";
    acEventCommands = lines "Shell commands for the power supply.";
  };

  config = mkIf cfg.enable {
    systemd.services.acpid = {
      description = "ACPI Daemon";
      documentation = [ "man:acpid(8)" ];
      wantedBy = [ "multi-user.target" ];
      unitConfig.ConditionVirtualization = "!systemd-nspawn";
      serviceConfig.ExecStart = "${pkgs.acpid}/bin/acpid --foreground --netlink --confdir ${folder}${lib.optionalString cfg.logEvents " --logevents"}";
    };
  };
}
