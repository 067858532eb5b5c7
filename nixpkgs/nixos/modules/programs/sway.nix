# Sway, a window manager for Wayland.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    literalExpression
    mkOption
    optionalString
    types
    ;
  cfg = config.programs.sway;

  # Sway with what the options say, under its own name.
  wrapped = pkgs.writeShellScriptBin "sway" ''
    ${optionalString cfg.wrapperFeatures.gtk ''
      export XDG_DATA_DIRS=${pkgs.gsettings-desktop-schemas}/share:$XDG_DATA_DIRS
    ''}
    ${cfg.extraSessionCommands}
    ${optionalString cfg.wrapperFeatures.base ''
      export XDG_CURRENT_DESKTOP=sway
      if [ -z "$DBUS_SESSION_BUS_ADDRESS" ]; then
        exec ${pkgs.dbus}/bin/dbus-run-session ${cfg.package}/bin/sway ${lib.escapeShellArgs cfg.extraOptions} "$@"
      fi
    ''}
    exec ${cfg.package}/bin/sway ${lib.escapeShellArgs cfg.extraOptions} "$@"
  '';
in
{
  options.programs.sway = {
    enable = lib.mkEnableOption "Sway, a window manager for Wayland";
    package = lib.mkPackageOption pkgs "sway" { };
    wrapperFeatures = {
      base = mkOption {
        type = types.bool;
        default = true;
        description = "Whether it has a session bus, and sessions know that it is Sway.";
      };
      gtk = mkOption {
        type = types.bool;
        default = false;
        description = "Whether programs of GTK find their settings.";
      };
    };
    extraSessionCommands = mkOption {
      type = types.lines;
      default = "";
      example = "export MOZ_ENABLE_WAYLAND=1";
      description = "Shell commands before Sway starts.";
    };
    extraOptions = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "--debug" ];
      description = "Arguments of Sway.";
    };
    xwayland.enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether programs of X11 can be used.";
    };
    extraPackages = mkOption {
      type = types.listOf types.package;
      default = [
        pkgs.swaylock
        pkgs.swayidle
        pkgs.foot
        pkgs.wmenu
      ];
      defaultText = literalExpression "[ pkgs.swaylock pkgs.swayidle pkgs.foot pkgs.wmenu ]";
      description = "Packages that come with it.";
    };
  };

  config = lib.mkIf cfg.enable {
    # The wrapper has Sway's name and comes first.
    environment.systemPackages = [
      (lib.hiPrio wrapped)
      cfg.package
    ]
    ++ cfg.extraPackages;
    assertions = [
      {
        assertion = config.security.polkit.enable;
        message = "programs.sway.enable needs security.polkit.enable.";
      }
    ];
    environment.etc."sway/config".source = lib.mkDefault "${cfg.package}/etc/sway/config";
    services.displayManager.sessionPackages = [ cfg.package ];
    security.polkit.enable = lib.mkDefault true;
    security.pam.services.swaylock = { };
    programs.dconf.enable = lib.mkDefault true;
    programs.xwayland.enable = cfg.xwayland.enable;
  };
}
