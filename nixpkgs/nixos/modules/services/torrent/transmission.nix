# Transmission, a client of BitTorrent.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.services.transmission;
  json = pkgs.formats.json { };
  configDir = "${cfg.home}/.config/transmission-daemon";
  settings = json.generate "settings.json" cfg.settings;
  setting = type: default: description: mkOption { inherit type default description; };
in
{
  options.services.transmission = {
    enable = lib.mkEnableOption "Transmission, a client of BitTorrent with a web interface";
    package = lib.mkPackageOption pkgs "transmission-daemon" { };
    user = setting types.str "transmission" "User that it runs as.";
    group = setting types.str "transmission" "Group that it runs as.";
    home = setting types.path "/var/lib/transmission" "Folder of its data.";
    credentialsFile = mkOption {
      type = types.path;
      default = "/dev/null";
      description = "JSON file whose settings are added when it starts, for what is secret.";
    };
    extraFlags = setting (types.listOf types.str) [ ] "Arguments of the program.";
    downloadDirPermissions = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "770";
      description = "Mode that the folders of downloads are given; null leaves them.";
    };
    openFirewall = lib.mkEnableOption "letting `openPeerPorts` and `openRPCPort` through the firewall";
    openPeerPorts = lib.mkEnableOption "letting other clients through the firewall";
    openRPCPort = lib.mkEnableOption "letting the web interface through the firewall";
    settings = mkOption {
      default = { };
      description = "Settings: {file}`settings.json`. What the web interface changes is lost at the next start.";
      type = types.submodule {
        freeformType = json.type;
        options = {
          download-dir = setting types.path "${cfg.home}/Downloads" "Folder of downloads.";
          incomplete-dir = setting types.path "${cfg.home}/.incomplete" "Folder of what is not whole yet.";
          incomplete-dir-enabled = setting types.bool true "Whether that folder is used.";
          watch-dir = setting types.path "${cfg.home}/watchdir" "Folder in which torrents are looked for.";
          watch-dir-enabled = setting types.bool false "Whether that is done.";
          peer-port = setting types.port 51413 "Port for other clients.";
          rpc-bind-address = setting types.str "127.0.0.1" "Address of the web interface.";
          rpc-port = setting types.port 9091 "Port of the web interface.";
          umask = setting (types.either types.int types.str) "022" "What others may not do with downloads.";
        };
      };
    };
  };

  config = mkIf cfg.enable {
    systemd.tmpfiles.rules = [
      "d '${cfg.home}' 0750 ${cfg.user} ${cfg.group} - -"
      "d '${cfg.home}/.config' 0750 ${cfg.user} ${cfg.group} - -"
      "d '${configDir}' 0750 ${cfg.user} ${cfg.group} - -"
    ]
    ++ map (folder: "d '${folder}' ${if cfg.downloadDirPermissions == null then "-" else cfg.downloadDirPermissions} ${cfg.user} ${cfg.group} - -") (
      [ cfg.settings.download-dir ]
      ++ lib.optional cfg.settings.incomplete-dir-enabled cfg.settings.incomplete-dir
      ++ lib.optional cfg.settings.watch-dir-enabled cfg.settings.watch-dir
    );
    environment.systemPackages = [ pkgs.transmission-cli ];
    networking.firewall = lib.mkMerge [
      (mkIf (cfg.openFirewall || cfg.openPeerPorts) {
        allowedTCPPorts = [ cfg.settings.peer-port ];
        allowedUDPPorts = [ cfg.settings.peer-port ];
      })
      (mkIf (cfg.openFirewall || cfg.openRPCPort) { allowedTCPPorts = [ cfg.settings.rpc-port ]; })
    ];
    systemd.services.transmission = {
      description = "Transmission BitTorrent Service";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      serviceConfig = {
        Type = "notify";
        # The file with secrets may be readable for root alone.
        ExecStartPre = "+${pkgs.writeShellScript "transmission-settings" ''
          umask 0077
          ${pkgs.jq}/bin/jq --slurp 'map(. // {}) | add' ${settings} ${lib.escapeShellArg cfg.credentialsFile} > ${configDir}/settings.json
          ${pkgs.coreutils}/bin/chown ${cfg.user}:${cfg.group} ${configDir}/settings.json
        ''}";
        ExecStart = "${cfg.package}/bin/transmission-daemon -f -g ${configDir} ${lib.escapeShellArgs cfg.extraFlags}";
        ExecReload = "${pkgs.procps}/bin/kill -HUP $MAINPID";
        User = cfg.user;
        Group = cfg.group;
        Restart = "on-failure";
      };
    };
    users.users = lib.optionalAttrs (cfg.user == "transmission") {
      transmission = {
        inherit (cfg) group home;
        uid = config.ids.uids.transmission;
        isSystemUser = true;
        description = "Transmission";
      };
    };
    users.groups = lib.optionalAttrs (cfg.group == "transmission") {
      transmission.gid = config.ids.gids.transmission;
    };
  };
}
