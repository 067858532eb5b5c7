# UWSM: sessions of Wayland compositors as units of systemd.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    literalExpression
    mkIf
    mkOption
    types
    ;
  cfg = config.programs.uwsm;

  # A session for display managers to choose.
  sessionOf =
    name: compositor:
    pkgs.writeTextFile {
      name = "${name}-uwsm";
      destination = "/share/wayland-sessions/${name}-uwsm.desktop";
      text = lib.generators.toINI { } {
        "Desktop Entry" = {
          Name = "${compositor.prettyName} (UWSM)";
          Comment = compositor.comment;
          Exec = "${cfg.package}/bin/uwsm start -F -- ${
            lib.concatStringsSep " " ([ compositor.binPath ] ++ compositor.extraArgs)
          }";
          Type = "Application";
        };
      };
      passthru.providedSessions = [ "${name}-uwsm" ];
    };
in
{
  options.programs.uwsm = {
    enable = lib.mkEnableOption "UWSM, which runs compositors for Wayland as units of systemd";
    package = lib.mkPackageOption pkgs "uwsm" { };
    waylandCompositors = mkOption {
      default = { };
      example = literalExpression ''
        {
          sway = {
            prettyName = "Sway";
            comment = "Sway, managed by UWSM";
            binPath = "/run/current-system/sw/bin/sway";
          };
        }
      '';
      description = "Compositors that display managers offer, by name.";
      type = types.attrsOf (
        types.submodule {
          options = {
            prettyName = mkOption {
              type = types.str;
              example = "Sway";
              description = "What display managers call it.";
            };
            comment = mkOption {
              type = types.str;
              default = "";
              description = "What display managers say about it.";
            };
            binPath = mkOption {
              type = types.path;
              example = "/run/current-system/sw/bin/sway";
              description = "Its program.";
            };
            extraArgs = mkOption {
              type = types.listOf types.str;
              default = [ ];
              description = "Arguments of the program.";
            };
          };
        }
      );
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    environment.pathsToLink = [ "/share/uwsm" ];
    systemd.packages = [ cfg.package ];
    # Its plugins and units are looked for below /usr.
    system.usrTree.packages = [ cfg.package ];
    services.displayManager.sessionPackages = lib.mapAttrsToList sessionOf cfg.waylandCompositors;
  };
}
