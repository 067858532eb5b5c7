# Dovecot 2.4, a server for mailboxes.
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
    optional
    optionalString
    types
    ;

  cfg = config.services.dovecot2;

  # The daemon finds its protocols and modules beside its own program.
  package = pkgs.buildEnv {
    name = "dovecot";
    paths = [
      pkgs.dovecot-core
    ]
    ++ optional cfg.enableImap pkgs.dovecot-imapd
    ++ optional cfg.enablePop3 pkgs.dovecot-pop3d
    ++ optional cfg.enableLmtp pkgs.dovecot-lmtpd
    ++ optional (builtins.elem "sieve" cfg.protocols) pkgs.dovecot-managesieved
    ++ cfg.modules;
    ignoreCollisions = true;
  };

  protocols =
    optional cfg.enableImap "imap"
    ++ optional cfg.enablePop3 "pop3"
    ++ optional cfg.enableLmtp "lmtp"
    ++ cfg.protocols;

  # Two names of one setting since 2.4: `driver:path`.
  location = builtins.match "([a-z]+):(.*)" cfg.mailLocation;

  mailbox = name: box: ''
    mailbox "${name}" {
      auto = ${box.auto}
      ${optionalString (box.autoexpunge != null) "autoexpunge = ${box.autoexpunge}"}
      ${optionalString (box.specialUse != null) "special_use = \\${box.specialUse}"}
    }
  '';

  configFile = pkgs.writeText "dovecot.conf" ''
    dovecot_config_version = 2.4.0
    dovecot_storage_version = 2.4.0
    base_dir = /run/dovecot2
    state_dir = /var/lib/dovecot
    libexec_dir = ${package}/lib/dovecot
    mail_plugin_dir = ${package}/lib/dovecot/modules
    login_plugin_dir = ${package}/lib/dovecot/modules/login
    protocols {
      ${concatMapStrings (protocol: "${protocol} = yes\n") protocols}
    }
    ${
      if cfg.sslServerCert == null then
        ''
          ssl = no
          auth_allow_cleartext = yes
        ''
      else
        ''
          ssl_server_cert_file = ${cfg.sslServerCert}
          ssl_server_key_file = ${cfg.sslServerKey}
          ${optionalString (cfg.sslCACert != null) "ssl_server_ca_file = ${cfg.sslCACert}"}
          auth_allow_cleartext = no
        ''
    }
    default_internal_user = ${cfg.user}
    default_internal_group = ${cfg.group}
    default_login_user = dovenull
    ${optionalString (cfg.mailUser != null) "mail_uid = ${cfg.mailUser}"}
    ${optionalString (cfg.mailGroup != null) "mail_gid = ${cfg.mailGroup}"}
    mail_driver = ${builtins.elemAt location 0}
    mail_path = ${builtins.elemAt location 1}
    ${optionalString cfg.enablePAM ''
      passdb pam {
        driver = pam
        pam_service_name = dovecot2
        ${optionalString cfg.showPAMFailure "pam_failure_show_message = yes"}
      }
      userdb passwd {
        driver = passwd
      }
    ''}
    namespace inbox {
      inbox = yes
      ${lib.concatStrings (lib.mapAttrsToList mailbox cfg.mailboxes)}
    }
    ${cfg.extraConfig}
  '';
  checked = pkgs.runCommandLocal "dovecot.conf" { } ''
    # Users and certificates are those of the machine that it runs on.
    sed -e '/_cert_file\|_key_file\|_ca_file\|mail_uid\|mail_gid\|default_internal_group/d' \
      -e 's/^\(default_[a-z]*_user\) = .*/\1 = nobody/' ${configFile} > words.conf
    ${package}/bin/doveconf -n -c words.conf > /dev/null
    cp ${configFile} $out
  '';

  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };
  nullable =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };
in
{
  options.services.dovecot2 = {
    enable = mkEnableOption "Dovecot";
    enableImap = flag true "Whether mailboxes are read by IMAP.";
    enablePop3 = flag false "Whether mailboxes are emptied by POP3.";
    enableLmtp = flag false "Whether mail is taken by LMTP.";
    protocols = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "sieve" ];
      description = "More protocols.";
    };
    modules = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.dovecot-sieve ]";
      description = "Packages of plugins.";
    };
    user = mkOption {
      type = types.str;
      default = "dovecot2";
      description = "User as whom Dovecot's own work is done.";
    };
    group = mkOption {
      type = types.str;
      default = "dovecot2";
      description = "Group as which Dovecot's own work is done.";
    };
    mailUser = nullable types.str "User whom all mail belongs to; `null` is each user.";
    mailGroup = nullable types.str "Group that all mail belongs to.";
    createMailUser = flag true "Whether that user and group are made.";
    mailLocation = mkOption {
      type = types.strMatching "[a-z]+:.*";
      default = "maildir:/var/spool/mail/%{user}";
      example = "maildir:~/mail";
      description = "Kind and place of mailboxes.";
    };
    sslServerCert = nullable types.str "The server's certificate; without it, nothing is encrypted.";
    sslServerKey = nullable types.str "The certificate's key.";
    sslCACert = nullable types.str "Certificate of the authority that clients' certificates must be from.";
    enablePAM = flag true "Whether users log in as on the machine.";
    showPAMFailure = flag false "Whether users are told why they could not.";
    mailboxes = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = {
            auto = mkOption {
              type = types.enum [
                "no"
                "create"
                "subscribe"
              ];
              default = "no";
              description = "Whether the mailbox is made, and subscribed to.";
            };
            specialUse = mkOption {
              type = types.nullOr (
                types.enum [
                  "All"
                  "Archive"
                  "Drafts"
                  "Flagged"
                  "Junk"
                  "Sent"
                  "Trash"
                ]
              );
              default = null;
              description = "What the mailbox is for.";
            };
            autoexpunge = nullable types.str "Age after which mail in it is deleted.";
          };
        }
      );
      default = { };
      example.Junk = {
        auto = "create";
        specialUse = "Junk";
      };
      description = "Mailboxes that all users have.";
    };
    configFile = mkOption {
      type = types.path;
      default = checked;
      defaultText = lib.literalMD "a file made of the other options";
      description = "The whole configuration, instead of what the other options make.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "mail_debug = yes";
      description = "Text at the end of dovecot.conf, in the words of Dovecot 2.4.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = (cfg.sslServerCert == null) == (cfg.sslServerKey == null);
        message = "services.dovecot2: sslServerCert and sslServerKey go together.";
      }
    ];

    security.pam.services.dovecot2 = mkIf cfg.enablePAM { };

    users.users = {
      dovenull = {
        description = "Dovecot user of who is not logged in yet";
        isSystemUser = true;
        group = "dovenull";
      };
    }
    // lib.optionalAttrs (cfg.user == "dovecot2") {
      dovecot2 = {
        uid = config.ids.uids.dovecot2;
        isSystemUser = true;
        inherit (cfg) group;
      };
    }
    // lib.optionalAttrs (cfg.createMailUser && cfg.mailUser != null) {
      ${cfg.mailUser} = {
        isSystemUser = true;
        group = if cfg.mailGroup != null then cfg.mailGroup else "nogroup";
      };
    };
    users.groups = {
      dovenull = { };
    }
    // lib.optionalAttrs (cfg.group == "dovecot2") { dovecot2.gid = config.ids.gids.dovecot2; }
    // lib.optionalAttrs (cfg.createMailUser && cfg.mailGroup != null) { ${cfg.mailGroup} = { }; };

    environment.etc."dovecot/dovecot.conf".source = cfg.configFile;
    environment.systemPackages = [ package ];

    systemd.services.dovecot = {
      aliases = [ "dovecot2.service" ];
      description = "Dovecot IMAP/POP3 server";
      after = [ "network.target" ];
      wantedBy = [ "multi-user.target" ];
      restartTriggers = [ cfg.configFile ];
      startLimitIntervalSec = 60;
      serviceConfig = {
        Type = "notify";
        ExecStart = "${package}/bin/dovecot -F -c /etc/dovecot/dovecot.conf";
        ExecReload = "${package}/bin/doveadm -c /etc/dovecot/dovecot.conf reload";
        Restart = "on-failure";
        RestartSec = "1s";
        RuntimeDirectory = "dovecot2";
        StateDirectory = "dovecot";
        CapabilityBoundingSet = [
          "CAP_CHOWN"
          "CAP_DAC_OVERRIDE"
          "CAP_FOWNER"
          "CAP_KILL"
          "CAP_NET_BIND_SERVICE"
          "CAP_SETGID"
          "CAP_SETUID"
          "CAP_SYS_CHROOT"
          "CAP_SYS_RESOURCE"
        ];
        PrivateDevices = true;
        PrivateTmp = true;
        ProtectControlGroups = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        ProtectSystem = "full";
        LockPersonality = true;
        RestrictRealtime = true;
      };
    };
    systemd.tmpfiles.rules = [ "d /var/spool/mail 1777 root root - -" ];
  };
}
