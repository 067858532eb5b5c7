# The OpenSSH server.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatMapStrings
    concatStringsSep
    mkEnableOption
    mkIf
    mkOption
    optionalString
    types
    ;

  cfg = config.services.openssh;
  libexec = "${cfg.package}/lib/openssh";

  atom = types.oneOf [
    types.bool
    types.int
    types.str
  ];
  settingsType = types.attrsOf (types.nullOr (types.either atom (types.listOf atom)));

  recommended = algorithms: if cfg.enableRecommendedAlgorithms then algorithms else null;

  # Lists that sshd wants on one line with commas; all others are repeated keywords.
  commaLists = [
    "Ciphers"
    "HostKeyAlgorithms"
    "KexAlgorithms"
    "Macs"
    "PubkeyAcceptedAlgorithms"
    "CASignatureAlgorithms"
  ];
  spaceLists = [
    "AllowGroups"
    "AllowUsers"
    "AuthorizedKeysFile"
    "DenyGroups"
    "DenyUsers"
  ];

  showAtom = value: if builtins.isBool value then lib.boolToYesNo value else toString value;
  showSetting =
    key: value:
    if value == null || value == [ ] then
      ""
    else if builtins.isList value && builtins.elem key commaLists then
      "${key} ${concatStringsSep "," value}\n"
    else if builtins.isList value && builtins.elem key spaceLists then
      "${key} ${concatStringsSep " " value}\n"
    else
      concatMapStrings (entry: "${key} ${showAtom entry}\n") (lib.toList value);

  # An IPv6 address beside a port, as people write it with or without brackets.
  bracketed = addr: if lib.hasInfix ":" addr && !lib.hasPrefix "[" addr then "[${addr}]" else addr;
  listen =
    { addr, port, ... }:
    "ListenAddress ${bracketed addr}${optionalString (port != null) ":${toString port}"}\n";

  configText =
    concatMapStrings (port: "Port ${toString port}\n") cfg.ports
    + concatMapStrings listen cfg.listenAddresses
    + optionalString (!config.networking.enableIPv6) "AddressFamily inet\n"
    + concatMapStrings (key: "HostKey ${key.path}\n") cfg.hostKeys
    # The server's other halves are in the store, wherever /usr leads.
    + ''
      SshdSessionPath ${libexec}/sshd-session
      SshdAuthPath ${libexec}/sshd-auth
    ''
    + optionalString (cfg.banner != null) "Banner ${pkgs.writeText "ssh-banner" cfg.banner}\n"
    + optionalString cfg.allowSFTP "Subsystem sftp ${cfg.sftpServerExecutable} ${concatStringsSep " " cfg.sftpFlags}\n"
    + lib.concatStrings (lib.mapAttrsToList showSetting cfg.settings)
    + optionalString (cfg.authorizedKeysCommand != "none") ''
      AuthorizedKeysCommand ${cfg.authorizedKeysCommand}
      AuthorizedKeysCommandUser ${cfg.authorizedKeysCommandUser}
    ''
    + "AuthorizedKeysFile ${toString cfg.authorizedKeysFiles}\n"
    # A `Match` in it reaches to the end of the file.
    + cfg.extraConfig;

  configFile = pkgs.runCommandLocal "sshd_config" { inherit configText; passAsFile = [ "configText" ]; } ''
    # `Match` needs a connection to compare with; the text is read whatever it is like.
    ${cfg.package}/bin/sshd -G -T -C user=root,host=localhost,addr=127.0.0.1,laddr=127.0.0.1,lport=22 \
      -f "$configTextPath" > /dev/null
    cp "$configTextPath" $out
  '';

  missingKey = key: "|!${key.path}";
  keygen = pkgs.writeShellScript "sshd-keygen" (
    concatMapStrings (key: ''
      if [ ! -s ${lib.escapeShellArg key.path} ]; then
        rm -f ${lib.escapeShellArg key.path}
        mkdir -p -m 0755 "$(dirname ${lib.escapeShellArg key.path})"
        ${cfg.package}/bin/ssh-keygen -q -t ${key.type} -N "" -f ${lib.escapeShellArg key.path} \
          ${optionalString (key ? bits) "-b ${toString key.bits}"} \
          ${optionalString (key ? rounds) "-a ${toString key.rounds}"} \
          ${optionalString (key ? comment) "-C ${lib.escapeShellArg key.comment}"}
      fi
    '') cfg.hostKeys
  );

  server = {
    restartTriggers = lib.optional (!cfg.startWhenNeeded) configFile;
    serviceConfig = {
      ExecStart = "${cfg.package}/bin/sshd ${if cfg.startWhenNeeded then "-i" else "-D"} -f /etc/ssh/sshd_config";
      KillMode = "process";
      RuntimeDirectory = "sshd";
      RuntimeDirectoryPreserve = true;
    };
  };

  usersWithKeys = lib.filterAttrs (
    _: user:
    user.openssh.authorizedKeys.keys != [ ] || user.openssh.authorizedKeys.keyFiles != [ ]
  ) config.users.users;
  authorizedKeys = user: concatStringsSep "\n" (
    user.openssh.authorizedKeys.keys
    ++ map builtins.readFile user.openssh.authorizedKeys.keyFiles
  ) + "\n";

  keysConfig = mkIf ((cfg.enable || cfg.generateHostKeys) && cfg.hostKeys != [ ]) {
    assertions = map (key: {
      assertion = key ? path && key ? type;
      message = "services.openssh.hostKeys: each key needs a `type` and a `path`.";
    }) cfg.hostKeys;

    systemd.services.sshd-keygen = {
      description = "SSH Host Keys Generation";
      # Where the server runs, it is what asks for them.
      wantedBy = lib.optional cfg.generateHostKeys "multi-user.target";
      # Once the keys exist this costs no process.
      unitConfig.ConditionFileNotEmpty = map missingKey cfg.hostKeys;
      serviceConfig = {
        Type = "oneshot";
        ExecStart = keygen;
      };
    };
  };

  serverConfig = {
    assertions = [
      {
        assertion = cfg.settings.X11Forwarding == true -> config.programs.ssh.setXAuthLocation;
        message = "services.openssh.settings.X11Forwarding needs programs.ssh.setXAuthLocation.";
      }
    ];

    users.users.sshd = {
      isSystemUser = true;
      group = "sshd";
      description = "SSH privilege separation user";
    };
    users.groups.sshd = { };

    services.openssh.authorizedKeysFiles =
      lib.optional cfg.authorizedKeysInHomedir "%h/.ssh/authorized_keys"
      ++ [ "/etc/ssh/authorized_keys.d/%u" ];
    services.openssh.settings.XAuthLocation = mkIf config.programs.ssh.setXAuthLocation "${pkgs.xorg.xauth}/bin/xauth";

    environment.etc = {
      "ssh/sshd_config".source = configFile;
    }
    // lib.mapAttrs' (
      name: user:
      # A copy: the server distrusts a link into the store.
      lib.nameValuePair "ssh/authorized_keys.d/${name}" {
        mode = "0444";
        text = authorizedKeys user;
      }
    ) usersWithKeys;

    networking.firewall.allowedTCPPorts = mkIf cfg.openFirewall (
      cfg.ports ++ builtins.filter (port: port != null) (map (address: address.port) cfg.listenAddresses)
    );

    security.pam.services.sshd = {
      startSession = true;
      showMotd = true;
      unixAuth = cfg.settings.PasswordAuthentication == true || cfg.settings.KbdInteractiveAuthentication == true;
    };

    systemd.services.sshd = mkIf (!cfg.startWhenNeeded) (
      lib.recursiveUpdate server {
        description = "SSH Daemon";
        documentation = [
          "man:sshd(8)"
          "man:sshd_config(5)"
        ];
        wantedBy = [ "multi-user.target" ];
        wants = [ "sshd-keygen.service" ];
        after = [
          "network.target"
          "sshd-keygen.service"
        ];
        # Sessions live on, so the new server can take over at any time.
        stopIfChanged = false;
        serviceConfig = {
          Type = "notify-reload";
          Restart = "always";
        };
      }
    );

    systemd.sockets.sshd = mkIf cfg.startWhenNeeded {
      description = "SSH Socket";
      wantedBy = [ "sockets.target" ];
      socketConfig = {
        ListenStream =
          if cfg.listenAddresses == [ ] then
            map toString cfg.ports
          else
            lib.concatMap (
              { addr, port, ... }:
              map (number: "${bracketed addr}:${toString number}") (if port == null then cfg.ports else [ port ])
            ) cfg.listenAddresses;
        Accept = true;
        TriggerLimitIntervalSec = 0;
      };
    };
    systemd.services."sshd@" = mkIf cfg.startWhenNeeded (
      lib.recursiveUpdate server {
        description = "SSH per-connection Daemon";
        wants = [ "sshd-keygen.service" ];
        after = [
          "network.target"
          "sshd-keygen.service"
        ];
        serviceConfig = {
          StandardInput = "socket";
          StandardOutput = "socket";
          StandardError = "journal";
        };
      }
    );
  };
in
{
  imports = [
    (lib.mkAliasOptionModule [ "services" "openssh" "knownHosts" ] [ "programs" "ssh" "knownHosts" ])
    (lib.mkRenamedOptionModule
      [ "services" "openssh" "passwordAuthentication" ]
      [ "services" "openssh" "settings" "PasswordAuthentication" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "openssh" "permitRootLogin" ]
      [ "services" "openssh" "settings" "PermitRootLogin" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "openssh" "kbdInteractiveAuthentication" ]
      [ "services" "openssh" "settings" "KbdInteractiveAuthentication" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "openssh" "challengeResponseAuthentication" ]
      [ "services" "openssh" "settings" "KbdInteractiveAuthentication" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "openssh" "forwardX11" ]
      [ "services" "openssh" "settings" "X11Forwarding" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "openssh" "useDns" ]
      [ "services" "openssh" "settings" "UseDns" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "openssh" "logLevel" ]
      [ "services" "openssh" "settings" "LogLevel" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "openssh" "gatewayPorts" ]
      [ "services" "openssh" "settings" "GatewayPorts" ]
    )
    (lib.mkRenamedOptionModule [ "services" "openssh" "ciphers" ] [ "services" "openssh" "settings" "Ciphers" ])
    (lib.mkRenamedOptionModule [ "services" "openssh" "macs" ] [ "services" "openssh" "settings" "Macs" ])
    (lib.mkRenamedOptionModule
      [ "services" "openssh" "kexAlgorithms" ]
      [ "services" "openssh" "settings" "KexAlgorithms" ]
    )
  ];

  options.services.openssh = {
    enable = mkEnableOption "the OpenSSH server, which lets users log in over the network";

    package = lib.mkPackageOption pkgs "openssh" { };

    generateHostKeys = mkOption {
      type = types.bool;
      default = false;
      description = "Whether `hostKeys` are made even on a machine without the server, as programs that encrypt for it want.";
    };

    enableRecommendedAlgorithms = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the settings `Ciphers`, `KexAlgorithms` and `Macs` are short lists of good ones, and not all that OpenSSH takes.";
    };

    startWhenNeeded = mkOption {
      type = types.bool;
      default = false;
      description = "Whether systemd listens, and starts a server for each connection.";
    };

    ports = mkOption {
      type = types.listOf types.port;
      default = [ 22 ];
      description = "Ports to listen on.";
    };

    openFirewall = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the firewall lets connections to these ports in.";
    };

    listenAddresses = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            addr = mkOption {
              type = types.str;
              description = "Host name or address to listen on.";
            };
            port = mkOption {
              type = types.nullOr types.port;
              default = null;
              description = "Port to listen on; `null` takes those of `services.openssh.ports`.";
            };
          };
        }
      );
      default = [ ];
      example = [
        {
          addr = "192.168.3.1";
          port = 22;
        }
      ];
      description = "Addresses to listen on; none means all of them.";
    };

    hostKeys = mkOption {
      type = types.listOf types.attrs;
      default = [
        {
          type = "ed25519";
          path = "/etc/ssh/ssh_host_ed25519_key";
        }
      ];
      example = [
        {
          type = "rsa";
          bits = 4096;
          path = "/etc/ssh/ssh_host_rsa_key";
        }
        {
          type = "ed25519";
          path = "/etc/ssh/ssh_host_ed25519_key";
          rounds = 100;
          comment = "key comment";
        }
      ];
      description = ''
        The server's keys. A key that is missing when the server first starts is made, as `type`, `bits`, `rounds` and
        `comment` say. An RSA key is not among the defaults because making one takes slow machines half a minute.
      '';
    };

    banner = mkOption {
      type = types.nullOr types.lines;
      default = null;
      description = "Text that is sent before a user logs in.";
    };

    allowSFTP = mkOption {
      type = types.bool;
      default = true;
      description = "Whether files can be copied by SFTP.";
    };

    sftpServerExecutable = mkOption {
      type = types.str;
      default = "${libexec}/sftp-server";
      defaultText = lib.literalExpression ''"''${config.services.openssh.package}/lib/openssh/sftp-server"'';
      example = "internal-sftp";
      description = "Program that serves SFTP.";
    };

    sftpFlags = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [
        "-f AUTHPRIV"
        "-l INFO"
      ];
      description = "Arguments of that program.";
    };

    authorizedKeysFiles = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Files with the keys that users may log in with; `%h` is the user's home and `%u` the name.";
    };

    authorizedKeysInHomedir = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the file `~/.ssh/authorized_keys` is one of them.";
    };

    authorizedKeysCommand = mkOption {
      type = types.str;
      default = "none";
      description = "Program that prints the keys that a user may log in with.";
    };

    authorizedKeysCommandUser = mkOption {
      type = types.str;
      default = "nobody";
      description = "User as whom that program runs.";
    };

    settings = mkOption {
      default = { };
      example = {
        UseDns = true;
        PasswordAuthentication = false;
      };
      description = "Settings of sshd_config(5).";
      type = types.submodule {
        freeformType = settingsType;
        options = {
          LogLevel = mkOption {
            type = types.nullOr (
              types.enum [
                "QUIET"
                "FATAL"
                "ERROR"
                "INFO"
                "VERBOSE"
                "DEBUG"
                "DEBUG1"
                "DEBUG2"
                "DEBUG3"
              ]
            );
            default = "INFO";
            description = "How much the server logs.";
          };
          UsePAM = mkOption {
            type = types.nullOr types.bool;
            default = true;
            description = "Whether PAM checks passwords and opens sessions.";
          };
          UseDns = mkOption {
            type = types.nullOr types.bool;
            default = false;
            description = "Whether the names of clients are looked up.";
          };
          X11Forwarding = mkOption {
            type = types.nullOr types.bool;
            default = false;
            description = "Whether X11 connections may be forwarded.";
          };
          PasswordAuthentication = mkOption {
            type = types.nullOr types.bool;
            default = true;
            description = "Whether users may log in with a password.";
          };
          PermitRootLogin = mkOption {
            type = types.nullOr (
              types.enum [
                "yes"
                "without-password"
                "prohibit-password"
                "forced-commands-only"
                "no"
              ]
            );
            default = "prohibit-password";
            description = "Whether and how root may log in.";
          };
          KbdInteractiveAuthentication = mkOption {
            type = types.nullOr types.bool;
            default = true;
            description = "Whether users may log in by answering questions, such as those of PAM.";
          };
          GatewayPorts = mkOption {
            type = types.nullOr types.str;
            default = "no";
            description = "Whether others may connect to ports that a client forwards here.";
          };
          StrictModes = mkOption {
            type = types.nullOr types.bool;
            default = true;
            description = "Whether a user's files must not be writable by others.";
          };
          PrintMotd = mkOption {
            type = types.nullOr types.bool;
            default = false;
            description = "Whether the server prints `/etc/motd`; PAM does it already.";
          };
          KexAlgorithms = mkOption {
            type = types.nullOr (types.listOf types.str);
            default = recommended [
              "mlkem768x25519-sha256"
              "sntrup761x25519-sha512"
              "sntrup761x25519-sha512@openssh.com"
              "curve25519-sha256"
              "curve25519-sha256@libssh.org"
              "diffie-hellman-group-exchange-sha256"
            ];
            defaultText = lib.literalMD "a list of good ones, or `null` without `enableRecommendedAlgorithms`";
            description = "Key exchanges that the server takes part in.";
          };
          Macs = mkOption {
            type = types.nullOr (types.listOf types.str);
            default = recommended [
              "hmac-sha2-512-etm@openssh.com"
              "hmac-sha2-256-etm@openssh.com"
              "umac-128-etm@openssh.com"
            ];
            defaultText = lib.literalMD "a list of good ones, or `null` without `enableRecommendedAlgorithms`";
            description = "Message authentication codes that the server takes part in.";
          };
          Ciphers = mkOption {
            type = types.nullOr (types.listOf types.str);
            default = recommended [
              "chacha20-poly1305@openssh.com"
              "aes256-gcm@openssh.com"
              "aes128-gcm@openssh.com"
              "aes256-ctr"
              "aes192-ctr"
              "aes128-ctr"
            ];
            defaultText = lib.literalMD "a list of good ones, or `null` without `enableRecommendedAlgorithms`";
            description = "Ciphers that the server takes part in.";
          };
        };
      };
    };

    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = ''
        Match User git
          PasswordAuthentication no
      '';
      description = "Text at the end of sshd_config(5).";
    };
  };

  options.users.users = mkOption {
    type = types.attrsOf (
      types.submodule {
        options.openssh.authorizedKeys = {
          keys = mkOption {
            type = types.listOf types.singleLineStr;
            default = [ ];
            example = [ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ… alice@laptop" ];
            description = "Public keys that the user may log in with.";
          };
          keyFiles = mkOption {
            type = types.listOf types.path;
            default = [ ];
            description = "Files of public keys that the user may log in with, read when the system is built.";
          };
        };
      }
    );
  };

  config = lib.mkMerge [ keysConfig (mkIf cfg.enable serverConfig) ];
}
