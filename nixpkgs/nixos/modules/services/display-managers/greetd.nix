# greetd, which asks who logs in, with a greeter of one's choice.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.services.greetd;
  toml = pkgs.formats.toml { };
in
{
  imports = [
    (lib.mkRemovedOptionModule [ "services" "greetd" "vt" ] "The virtual terminal is now always 1.")
  ];

  options.services.greetd = {
    enable = lib.mkEnableOption "greetd";
    package = lib.mkPackageOption pkgs "greetd" { };
    settings = mkOption {
      inherit (toml) type;
      default = { };
      example = lib.literalExpression ''
        {
          default_session.command = "''${pkgs.tuigreet}/bin/tuigreet --cmd sway";
        }
      '';
      description = "Sections of config.toml, as greetd(5) describes them.";
    };
    restart = mkOption {
      type = types.bool;
      default = !(cfg.settings ? initial_session);
      defaultText = lib.literalExpression "!(config.services.greetd.settings ? initial_session)";
      description = "Whether greetd starts again when it has ended.";
    };
  };

  config = mkIf cfg.enable {
    services.greetd.settings = {
      terminal.vt = 1;
      default_session.user = lib.mkDefault "greeter";
    };
    security.pam.services.greetd = {
      allowNullPassword = true;
      startSession = true;
    };
    # The greeter has the terminal to itself.
    systemd.services."autovt@tty1".enable = false;
    systemd.services.greetd = {
      description = "Greeter daemon";
      aliases = [ "display-manager.service" ];
      wantedBy = [ "graphical.target" ];
      wants = [ "systemd-user-sessions.service" ];
      after = [
        "systemd-user-sessions.service"
        "getty@tty1.service"
      ];
      conflicts = [ "getty@tty1.service" ];
      restartIfChanged = false;
      serviceConfig = {
        Type = "idle";
        ExecStart = "${cfg.package}/bin/greetd --config ${toml.generate "greetd.toml" cfg.settings}";
        Restart = mkIf cfg.restart "on-success";
        SendSIGHUP = true;
        TimeoutStopSec = "30s";
        KeyringMode = "shared";
      };
    };
    systemd.defaultUnit = "graphical.target";
    users.users.greeter = {
      isSystemUser = true;
      group = "greeter";
    };
    users.groups.greeter = { };
    environment.systemPackages = [ cfg.package ];
  };
}
