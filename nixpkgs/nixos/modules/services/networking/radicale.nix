# Radicale, a server of calendars and address books.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.radicale;
  ini = pkgs.formats.ini { listToValue = lib.concatMapStringsSep ", " toString; };
in
{
  options.services.radicale = {
    enable = lib.mkEnableOption "Radicale, a server of calendars and address books";
    package = lib.mkPackageOption pkgs "radicale" { };
    settings = lib.mkOption {
      inherit (ini) type;
      default = { };
      example = {
        server.hosts = [ "0.0.0.0:5232" ];
        auth.type = "htpasswd";
      };
      description = "Sections of Radicale's configuration.";
    };
    rights = lib.mkOption {
      inherit (ini) type;
      default = { };
      example.root = {
        user = ".+";
        collection = "";
        permissions = "R";
      };
      description = "Who may do what; it is read if `settings.rights.type` is `from_file`.";
    };
    extraArgs = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      description = "Arguments of the program.";
    };
  };

  config = lib.mkIf cfg.enable {
    services.radicale.settings = {
      storage.filesystem_folder = lib.mkDefault "/var/lib/radicale/collections";
    }
    // lib.optionalAttrs (cfg.rights != { }) {
      rights = {
        type = lib.mkDefault "from_file";
        file = lib.mkDefault "${ini.generate "radicale-rights" cfg.rights}";
      };
    };
    environment.systemPackages = [ cfg.package ];
    users.users.radicale = {
      isSystemUser = true;
      group = "radicale";
    };
    users.groups.radicale = { };
    systemd.services.radicale = {
      description = "Server of calendars and address books";
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      serviceConfig = {
        ExecStart = "${cfg.package}/bin/radicale --config ${ini.generate "radicale-config" cfg.settings} ${lib.escapeShellArgs cfg.extraArgs}";
        User = "radicale";
        Group = "radicale";
        StateDirectory = "radicale/collections";
        StateDirectoryMode = "0750";
        ProtectSystem = "strict";
        PrivateTmp = true;
        UMask = "0027";
      };
    };
  };
}
