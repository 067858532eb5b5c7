# Mosquitto, a broker of MQTT.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatMapStrings
    mkEnableOption
    mkIf
    mkOption
    optionalString
    types
    ;
  cfg = config.services.mosquitto;

  atom = types.oneOf [
    types.str
    types.int
    types.bool
    types.path
  ];
  settingsType = types.attrsOf atom;
  showValue = value: if builtins.isBool value then lib.boolToString value else toString value;
  lines = set: lib.concatStrings (lib.mapAttrsToList (key: value: "${key} ${showValue value}\n") set);

  userType = types.submodule {
    options = {
      password = mkOption {
        type = types.nullOr types.singleLineStr;
        default = null;
        description = "Password, which becomes readable for everyone on the machine.";
      };
      passwordFile = mkOption {
        type = types.nullOr types.path;
        default = null;
        description = "File with the password.";
      };
      hashedPassword = mkOption {
        type = types.nullOr types.singleLineStr;
        default = null;
        description = "Password as mosquitto_passwd writes it.";
      };
      hashedPasswordFile = mkOption {
        type = types.nullOr types.path;
        default = null;
        description = "File with the password as mosquitto_passwd writes it.";
      };
      acl = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [
          "read A/B"
          "readwrite A/#"
        ];
        description = "Topics that the user may read and write.";
      };
    };
  };

  listenerType = types.submodule {
    options = {
      port = mkOption {
        type = types.port;
        default = 1883;
        description = "Port to listen on; 0 with a socket.";
      };
      address = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "Address to listen on; `null` means all.";
      };
      users = mkOption {
        type = types.attrsOf userType;
        default = { };
        description = "Users by name.";
      };
      omitPasswordAuth = mkOption {
        type = types.bool;
        default = false;
        description = "Whether nobody is asked for a password.";
      };
      acl = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "pattern readwrite homeassistant/#" ];
        description = "Rules for everybody.";
      };
      settings = mkOption {
        type = settingsType;
        default = { };
        example.allow_anonymous = true;
        description = "Settings of the listener, as mosquitto.conf(5) names them.";
      };
    };
  };

  passwords = index: "/run/mosquitto/passwd-${toString index}";
  aclFile =
    index: listener:
    pkgs.writeText "mosquitto-acl-${toString index}" (
      concatMapStrings (rule: rule + "\n") listener.acl
      + lib.concatStrings (
        lib.mapAttrsToList (
          name: user: "user ${name}\n${concatMapStrings (rule: "topic ${rule}\n") user.acl}\n"
        ) listener.users
      )
    );
  listenerText =
    index: listener:
    "listener ${toString listener.port} ${optionalString (listener.address != null) listener.address}\n"
    + optionalString (!listener.omitPasswordAuth) "password_file ${passwords index}\n"
    + "acl_file ${aclFile index listener}\n"
    + lines listener.settings;

  configFile = pkgs.writeText "mosquitto.conf" (
    ''
      per_listener_settings true
      persistence ${lib.boolToString cfg.persistence}
      persistence_location ${cfg.dataDir}/
    ''
    + concatMapStrings (kind: "log_type ${kind}\n") cfg.logType
    + concatMapStrings (destination: "log_dest ${destination}\n") cfg.logDest
    + lines cfg.settings
    + lib.concatStrings (lib.imap0 listenerText cfg.listeners)
  );

  addUser =
    file: name: user:
    if user.hashedPassword != null then
      "printf '%s:%s\\n' ${lib.escapeShellArg name} ${lib.escapeShellArg user.hashedPassword} >> ${file}\n"
    else if user.hashedPasswordFile != null then
      "printf '%s:%s\\n' ${lib.escapeShellArg name} \"$(cat ${user.hashedPasswordFile})\" >> ${file}\n"
    else if user.passwordFile != null then
      "${cfg.package}/bin/mosquitto_passwd -b ${file} ${lib.escapeShellArg name} \"$(cat ${user.passwordFile})\"\n"
    else if user.password != null then
      "${cfg.package}/bin/mosquitto_passwd -b ${file} ${lib.escapeShellArg name} ${lib.escapeShellArg user.password}\n"
    else
      "";
  makePasswords = pkgs.writeShellScript "mosquitto-passwords" (
    "set -e\numask 0077\n"
    + lib.concatStrings (
      lib.imap0 (
        index: listener:
        let
          file = passwords index;
        in
        ": > ${file}\n"
        + lib.concatStrings (lib.mapAttrsToList (addUser file) listener.users)
        + "chown mosquitto:mosquitto ${file}\n"
      ) cfg.listeners
    )
  );
in
{
  options.services.mosquitto = {
    enable = mkEnableOption "Mosquitto";
    package = lib.mkPackageOption pkgs "mosquitto" { };
    listeners = mkOption {
      type = types.listOf listenerType;
      default = [ ];
      description = "What is listened on.";
    };
    dataDir = mkOption {
      type = types.path;
      default = "/var/lib/mosquitto";
      description = "Folder of the data.";
    };
    persistence = mkOption {
      type = types.bool;
      default = true;
      description = "Whether messages and subscriptions are kept.";
    };
    logDest = mkOption {
      type = types.listOf types.str;
      default = [ "stderr" ];
      description = "Where is logged to.";
    };
    logType = mkOption {
      type = types.listOf (
        types.enum [
          "debug"
          "error"
          "warning"
          "notice"
          "information"
          "subscribe"
          "unsubscribe"
          "websockets"
          "none"
          "all"
        ]
      );
      default = [ ];
      description = "What is logged.";
    };
    settings = mkOption {
      type = settingsType;
      default = { };
      description = "Settings of the broker, as mosquitto.conf(5) names them.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    users.users.mosquitto = {
      description = "Mosquitto MQTT Broker Daemon owner";
      group = "mosquitto";
      home = cfg.dataDir;
      isSystemUser = true;
    };
    users.groups.mosquitto = { };
    systemd.services.mosquitto = {
      description = "Mosquitto MQTT Broker Daemon";
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      serviceConfig = {
        Type = "notify";
        NotifyAccess = "main";
        User = "mosquitto";
        Group = "mosquitto";
        RuntimeDirectory = "mosquitto";
        StateDirectory = mkIf (cfg.dataDir == "/var/lib/mosquitto") "mosquitto";
        WorkingDirectory = cfg.dataDir;
        Restart = "on-failure";
        ExecStartPre = "+${makePasswords}";
        ExecStart = "${cfg.package}/bin/mosquitto -c ${configFile}";
        ExecReload = "${pkgs.procps}/bin/kill -HUP $MAINPID";
        CapabilityBoundingSet = "";
        DevicePolicy = "closed";
        LockPersonality = true;
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        ProtectClock = true;
        ProtectControlGroups = true;
        ProtectHome = true;
        ProtectHostname = true;
        ProtectKernelLogs = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        ProtectSystem = "strict";
        ReadWritePaths = [ cfg.dataDir ];
        RestrictAddressFamilies = [
          "AF_UNIX"
          "AF_INET"
          "AF_INET6"
          "AF_NETLINK"
        ];
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        SystemCallArchitectures = "native";
        UMask = "0077";
      };
    };
  };
}
