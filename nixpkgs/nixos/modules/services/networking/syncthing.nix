# Syncthing: folders that are the same on several machines.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    mkEnableOption
    mkIf
    mkOption
    types
    ;
  cfg = config.services.syncthing;
  json = pkgs.formats.json { };
  ownUser = cfg.user == "syncthing";

  devices = lib.mapAttrsToList (
    name: device:
    {
      deviceID = device.id;
      inherit name;
    }
    // builtins.removeAttrs device [
      "id"
      "name"
    ]
  ) cfg.settings.devices;
  folders = map (
    folder:
    builtins.removeAttrs folder [
      "enable"
      "devices"
    ]
    // {
      devices = map (name: { deviceID = cfg.settings.devices.${name}.id; }) folder.devices;
    }
  ) (builtins.filter (folder: folder.enable) (builtins.attrValues cfg.settings.folders));
  other = builtins.removeAttrs cfg.settings [
    "devices"
    "folders"
  ];
  hasSettings = cfg.settings.devices != { } || cfg.settings.folders != { } || other != { };

  # The running server is told over its own interface; its key is in its configuration.
  update = pkgs.writeShellScript "syncthing-update" ''
    set -efu
    PATH=${
      lib.makeBinPath [
        pkgs.curl
        pkgs.jq
        pkgs.coreutils
        pkgs.libxml2
      ]
    }
    umask 0077
    until key=$(xmllint --xpath 'string(configuration/gui/apikey)' ${cfg.configDir}/config.xml 2> /dev/null) && [ -n "$key" ]; do
      sleep 1
    done
    printf 'X-API-Key: %s' "$key" > "$RUNTIME_DIRECTORY/key"
    call() {
      curl -sSLk -H "@$RUNTIME_DIRECTORY/key" --retry 1000 --retry-delay 1 --retry-all-errors "$@"
    }
    url=http://${cfg.guiAddress}/rest/config
    replace() { # kind, file of entries, whether others are removed
      if [ "$3" = 1 ]; then
        call -X PUT -d @"$2" "$url/$1"
      else
        jq -c '.[]' < "$2" | while read -r entry; do call -X POST -d "$entry" "$url/$1"; done
      fi
    }
    replace devices ${json.generate "devices.json" devices} ${if cfg.overrideDevices then "1" else "0"}
    replace folders ${json.generate "folders.json" folders} ${if cfg.overrideFolders then "1" else "0"}
    ${lib.concatStrings (
      lib.mapAttrsToList (name: value: ''
        call -X PATCH -d @${json.generate "${name}.json" value} "$url/${name}"
      '') other
    )}
    if [ "$(call "$url/restart-required" | jq .requiresRestart)" = true ]; then
      call -X POST http://${cfg.guiAddress}/rest/system/restart
    fi
  '';
in
{
  options.services.syncthing = {
    enable = mkEnableOption "Syncthing";
    package = lib.mkPackageOption pkgs "syncthing" { };
    cert = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "File of the machine's certificate, which decides its identity.";
    };
    key = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "File of the certificate's key.";
    };
    overrideDevices = mkOption {
      type = types.bool;
      default = true;
      description = "Whether devices that the configuration does not name are removed.";
    };
    overrideFolders = mkOption {
      type = types.bool;
      default = true;
      description = "Whether folders that the configuration does not name are removed.";
    };
    settings = mkOption {
      type = types.submodule {
        freeformType = json.type;
        options = {
          devices = mkOption {
            type = types.attrsOf (
              types.submodule {
                freeformType = json.type;
                options.id = mkOption {
                  type = types.str;
                  description = "Identity of the device.";
                };
              }
            );
            default = { };
            example.bigbox.id = "7CFNTQM-IMTJBHJ-3UWRDIU-ZGQJFR6-VCXZ3NB-XUH3KZO-N52ITXR-LAIYUAU";
            description = "Other machines by name.";
          };
          folders = mkOption {
            type = types.attrsOf (
              types.submodule (
                { name, ... }:
                {
                  freeformType = json.type;
                  options = {
                    enable = mkOption {
                      type = types.bool;
                      default = true;
                      description = "Whether the folder is shared.";
                    };
                    path = mkOption {
                      type = types.str;
                      default = name;
                      description = "Place of the folder.";
                    };
                    id = mkOption {
                      type = types.str;
                      default = name;
                      description = "Identity of the folder, the same on all machines.";
                    };
                    label = mkOption {
                      type = types.str;
                      default = name;
                      description = "Name of the folder.";
                    };
                    devices = mkOption {
                      type = types.listOf types.str;
                      default = [ ];
                      description = "Machines that share it, by name.";
                    };
                  };
                }
              )
            );
            default = { };
            example."/home/user/sync" = {
              id = "syncme";
              devices = [ "bigbox" ];
            };
            description = "Folders by place or name.";
          };
        };
      };
      default = { };
      description = "Syncthing's configuration, as its interface names things.";
    };
    guiAddress = mkOption {
      type = types.str;
      default = "127.0.0.1:8384";
      description = "Address of the page by which Syncthing is looked after.";
    };
    systemService = mkOption {
      type = types.bool;
      default = true;
      description = "Whether Syncthing runs from the start, and not only in users' sessions.";
    };
    user = mkOption {
      type = types.str;
      default = "syncthing";
      description = "User as whom Syncthing runs.";
    };
    group = mkOption {
      type = types.str;
      default = "syncthing";
      description = "Group as which Syncthing runs.";
    };
    dataDir = mkOption {
      type = types.path;
      default = "/var/lib/syncthing";
      description = "Folder that relative places start from.";
    };
    configDir = mkOption {
      type = types.path;
      default = "${cfg.dataDir}/.config/syncthing";
      defaultText = lib.literalExpression ''"''${config.services.syncthing.dataDir}/.config/syncthing"'';
      description = "Folder of the configuration and the keys.";
    };
    databaseDir = mkOption {
      type = types.path;
      default = cfg.configDir;
      defaultText = lib.literalExpression "config.services.syncthing.configDir";
      description = "Folder of the database.";
    };
    openDefaultPorts = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the firewall lets other machines in.";
    };
    all_proxy = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "socks5://address.com:1234";
      description = "Proxy through which other machines are reached.";
    };
    extraFlags = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Arguments of Syncthing.";
    };
  };

  config = mkIf cfg.enable {
    networking.firewall = mkIf cfg.openDefaultPorts {
      allowedTCPPorts = [ 22000 ];
      allowedUDPPorts = [
        21027
        22000
      ];
    };
    users.users = lib.optionalAttrs (cfg.systemService && ownUser) {
      syncthing = {
        inherit (cfg) group;
        home = cfg.dataDir;
        createHome = true;
        uid = config.ids.uids.syncthing;
        description = "Syncthing daemon user";
        isSystemUser = true;
      };
    };
    users.groups = lib.optionalAttrs (cfg.systemService && cfg.group == "syncthing") {
      syncthing.gid = config.ids.gids.syncthing;
    };

    environment.systemPackages = [ cfg.package ];

    systemd.services.syncthing = mkIf cfg.systemService {
      description = "Syncthing service";
      after = [ "network.target" ];
      wantedBy = [ "multi-user.target" ];
      environment = {
        STNORESTART = "yes";
        STNOUPGRADE = "yes";
        inherit (cfg) all_proxy;
      };
      serviceConfig = {
        Restart = "on-failure";
        SuccessExitStatus = "3 4";
        RestartForceExitStatus = "3 4";
        User = cfg.user;
        Group = cfg.group;
        ExecStartPre =
          mkIf (cfg.cert != null || cfg.key != null)
            "+${pkgs.writeShellScript "syncthing-copy-keys" ''
              install -dm700 -o ${cfg.user} -g ${cfg.group} ${cfg.configDir}
              ${lib.optionalString (cfg.cert != null) "install -Dm644 -o ${cfg.user} -g ${cfg.group} ${cfg.cert} ${cfg.configDir}/cert.pem"}
              ${lib.optionalString (cfg.key != null) "install -Dm600 -o ${cfg.user} -g ${cfg.group} ${cfg.key} ${cfg.configDir}/key.pem"}
            ''}";
        ExecStart = lib.escapeShellArgs (
          [
            "${cfg.package}/bin/syncthing"
            "--no-browser"
            "--gui-address=${cfg.guiAddress}"
            "--config=${cfg.configDir}"
            "--data=${cfg.databaseDir}"
          ]
          ++ cfg.extraFlags
        );
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateMounts = true;
        PrivateTmp = true;
        ProtectControlGroups = true;
        ProtectHostname = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
      };
    };
    systemd.services.syncthing-init = mkIf (cfg.systemService && hasSettings) {
      description = "Syncthing configuration updater";
      requisite = [ "syncthing.service" ];
      after = [ "syncthing.service" ];
      wantedBy = [ "multi-user.target" ];
      serviceConfig = {
        User = cfg.user;
        RemainAfterExit = true;
        RuntimeDirectory = "syncthing-init";
        Type = "oneshot";
        ExecStart = update;
      };
    };
  };
}
