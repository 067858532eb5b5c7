# The managers of users: units that run for whoever logs in.
{
  config,
  lib,
  utils,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (utils) systemdUtils;
  unitLib = systemdUtils.lib;
  cfg = config.systemd.user;

  upstreamUnits = [
    "app.slice"
    "background.slice"
    "session.slice"
    "basic.target"
    "bluetooth.target"
    "default.target"
    "exit.target"
    "graphical-session-pre.target"
    "graphical-session.target"
    "paths.target"
    "printer.target"
    "shutdown.target"
    "smartcard.target"
    "sockets.target"
    "sound.target"
    "systemd-exit.service"
    "systemd-tmpfiles-clean.service"
    "systemd-tmpfiles-clean.timer"
    "systemd-tmpfiles-setup.service"
    "timers.target"
    "xdg-desktop-autostart.target"
  ]
  ++ config.systemd.additionalUpstreamUserUnits;

  unitsOption =
    kind: type:
    mkOption {
      inherit type;
      default = { };
      description = "Definitions of ${kind} that run for users.";
    };
in
{
  options.systemd = {
    additionalUpstreamUserUnits = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "More user units of systemd's package to take.";
    };

    user = {
      units = mkOption {
        type = systemdUtils.types.units;
        default = { };
        description = "Units of users by their full names, with their texts.";
      };
      paths = unitsOption "path units" systemdUtils.types.paths;
      services = unitsOption "services" systemdUtils.types.services;
      slices = unitsOption "slices" systemdUtils.types.slices;
      sockets = unitsOption "sockets" systemdUtils.types.sockets;
      targets = unitsOption "targets" systemdUtils.types.targets;
      timers = unitsOption "timers" systemdUtils.types.timers;

      extraConfig = mkOption {
        type = types.lines;
        default = "";
        example = "DefaultTimeoutStopSec=60";
        description = "Settings of users' managers: {manpage}`systemd-user.conf(5)`.";
      };

      generators = mkOption {
        type = types.attrsOf types.path;
        default = { };
        description = "Programs that make units when a user's manager starts or reloads, by name.";
      };
    };
  };

  config = {
    systemd.additionalUpstreamSystemUnits = [
      "user.slice"
      "user-runtime-dir@.service"
      "user@.service"
    ];

    systemd.user.units = unitLib.unitsOf {
      inherit cfg;
      escapePath = utils.escapeSystemdPath;
    };

    systemd.user.timers = lib.mapAttrs (_: service: {
      wantedBy = [ "timers.target" ];
      timerConfig.OnCalendar = service.startAt;
    }) (lib.filterAttrs (_: service: service.enable && service.startAt != [ ]) cfg.services);

    environment.etc = {
      "systemd/user".source = unitLib.generateUnits {
        type = "user";
        inherit (cfg) units;
        inherit upstreamUnits;
        upstreamWants = [ ];
      };
      "systemd/user.conf".text = "[Manager]\n${cfg.extraConfig}";
    }
    // lib.mapAttrs' (
      name: file: lib.nameValuePair "systemd/user-generators/${name}" { source = file; }
    ) cfg.generators;
  };
}
