# Steam. Debian has no package of it for the channel's one architecture: `programs.steam.package` has to name one.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    literalExpression
    mkEnableOption
    mkIf
    mkOption
    types
    ;
  cfg = config.programs.steam;

  openFirewall =
    what:
    mkOption {
      type = types.bool;
      default = false;
      description = "Whether the firewall lets ${what} through.";
    };

  environment =
    lib.optionalAttrs (cfg.extraCompatPackages != [ ]) {
      STEAM_EXTRA_COMPAT_TOOLS_PATHS = lib.makeSearchPathOutput "steamcompattool" "" cfg.extraCompatPackages;
    };

  gamescopeSession = pkgs.writeTextFile {
    name = "steam-gamescope-session";
    destination = "/share/wayland-sessions/steam.desktop";
    text = lib.generators.toINI { } {
      "Desktop Entry" = {
        Name = "Steam";
        Comment = "Steam in Gamescope";
        Exec = pkgs.writeShellScript "steam-gamescope" ''
          ${lib.concatStrings (
            lib.mapAttrsToList (name: value: "export ${name}=${lib.escapeShellArg value}\n") cfg.gamescopeSession.env
          )}
          exec ${pkgs.gamescope}/bin/gamescope --steam ${lib.escapeShellArgs cfg.gamescopeSession.args} -- \
            steam ${lib.escapeShellArgs cfg.gamescopeSession.steamArgs}
        '';
        Type = "Application";
      };
    };
    passthru.providedSessions = [ "steam" ];
  };
in
{
  options.programs.steam = {
    enable = mkEnableOption "Steam";
    package = lib.mkPackageOption pkgs "steam" { };
    extraPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = literalExpression "[ pkgs.gamescope ]";
      description = "Packages that are on the system's search path beside Steam.";
    };
    extraCompatPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages of compatibility tools that Steam offers beside its own.";
    };
    fontPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Fonts that Steam needs beside those of the system.";
    };
    remotePlay.openFirewall = openFirewall "streaming to other devices";
    dedicatedServer.openFirewall = openFirewall "servers of Source games";
    localNetworkGameTransfers.openFirewall = openFirewall "copies of games from other machines of the network";
    protontricks = {
      enable = mkEnableOption "Protontricks, which runs Winetricks for games of Steam";
      package = lib.mkPackageOption pkgs "protontricks" { };
    };
    gamescopeSession = {
      enable = mkEnableOption "a session for display managers that is Steam in Gamescope";
      args = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Arguments of Gamescope.";
      };
      steamArgs = mkOption {
        type = types.listOf types.str;
        default = [
          "-tenfoot"
          "-pipewire-dmabuf"
        ];
        description = "Arguments of Steam.";
      };
      env = mkOption {
        type = types.attrsOf types.str;
        default = { };
        description = "Environment variables of the session.";
      };
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [
      cfg.package
    ]
    ++ cfg.extraPackages
    ++ lib.optional cfg.protontricks.enable cfg.protontricks.package;
    environment.sessionVariables = environment;
    fonts.packages = cfg.fontPackages;
    hardware.graphics.enable = true;
    services.displayManager.sessionPackages = mkIf cfg.gamescopeSession.enable [ gamescopeSession ];
    services.udev.packages = [ pkgs.steam-devices ];

    networking.firewall = lib.mkMerge [
      (mkIf (cfg.remotePlay.openFirewall || cfg.localNetworkGameTransfers.openFirewall) {
        allowedUDPPorts = [ 27036 ];
        allowedTCPPorts = [ 27036 ];
      })
      (mkIf cfg.remotePlay.openFirewall {
        allowedTCPPorts = [ 27037 ];
        allowedUDPPorts = [
          10400
          10401
        ];
        allowedUDPPortRanges = [
          {
            from = 27031;
            to = 27035;
          }
        ];
      })
      (mkIf cfg.localNetworkGameTransfers.openFirewall { allowedTCPPorts = [ 27040 ]; })
      (mkIf cfg.dedicatedServer.openFirewall {
        allowedTCPPorts = [ 27015 ];
        allowedUDPPorts = [ 27015 ];
      })
    ];
  };
}
