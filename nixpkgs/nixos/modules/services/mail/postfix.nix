# Postfix, a mail server.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatStringsSep
    mkEnableOption
    mkIf
    mkOption
    optionalString
    types
    ;

  cfg = config.services.postfix;
  package = pkgs.postfix;
  libexec = "${package}/lib/postfix/sbin";

  atom = types.oneOf [
    types.bool
    types.int
    types.str
    types.path
  ];
  showValue =
    value:
    if value == true then
      "yes"
    else if value == false then
      "no"
    else if builtins.isList value then
      concatStringsSep "\n  " ([ "" ] ++ map toString value)
    else
      toString value;
  mainCf = pkgs.writeText "postfix-main.cf" (
    lib.concatStrings (
      lib.mapAttrsToList (name: value: "${name} = ${showValue value}\n") (
        lib.filterAttrs (_: value: value != null) cfg.settings.main
      )
    )
    + cfg.extraConfig
  );

  masterType = types.submodule (
    { name, config, ... }:
    {
      options = {
        name = mkOption {
          type = types.str;
          default = name;
          description = "Name of the service, or the address and port to listen on.";
        };
        type = mkOption {
          type = types.enum [
            "inet"
            "unix"
            "unix-dgram"
            "fifo"
            "pass"
          ];
          default = "unix";
          description = "Kind of the service's socket.";
        };
        private = mkOption {
          type = types.bool;
          default = true;
          description = "Whether only Postfix may connect.";
        };
        privileged = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the service runs as root.";
        };
        chroot = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the service is shut into the queue's folder.";
        };
        wakeup = mkOption {
          type = types.int;
          default = 0;
          description = "Seconds after which the service is woken; 0 never.";
        };
        wakeupUnusedComponent = mkOption {
          type = types.bool;
          default = true;
          description = "Whether it is woken although nobody has used it.";
        };
        maxproc = mkOption {
          type = types.int;
          default = 100;
          description = "Number of processes at a time; 0 is no limit.";
        };
        command = mkOption {
          type = types.str;
          default = name;
          description = "Program of the service.";
        };
        args = mkOption {
          type = types.listOf types.str;
          default = [ ];
          example = [
            "-o"
            "smtp_helo_timeout=5"
          ];
          description = "Arguments of the program.";
        };
      };
    }
  );

  masterLine =
    entry:
    concatStringsSep " " [
      entry.name
      entry.type
      (if entry.private then "-" else "n")
      # The column says who runs without privileges.
      (if entry.privileged then "n" else "-")
      (if entry.chroot then "y" else "n")
      (
        if entry.wakeup == 0 then
          "-"
        else
          toString entry.wakeup + optionalString (!entry.wakeupUnusedComponent) "?"
      )
      (toString entry.maxproc)
      entry.command
      (lib.concatMapStringsSep " " (
        argument: if lib.hasInfix " " argument then "{ ${argument} }" else argument
      ) entry.args)
    ]
    + "\n";
  masterCf = pkgs.writeText "postfix-master.cf" (
    lib.concatMapStrings masterLine (builtins.attrValues cfg.settings.master) + cfg.extraMasterConf
  );

  maps = {
    aliases = aliasesText;
    virtual = cfg.virtual;
    transport = cfg.transport;
  }
  // lib.optionalAttrs (cfg.canonical != "") { canonical = cfg.canonical; };
  aliasesText =
    optionalString (cfg.postmasterAlias != "") "postmaster: ${cfg.postmasterAlias}\n"
    + optionalString (cfg.rootAlias != "") "root: ${cfg.rootAlias}\n"
    + cfg.extraAliases;
  mapSources = lib.mapAttrs (name: text: pkgs.writeText "postfix-${name}" text) maps // cfg.mapFiles;

  # Postfix insists that its configuration lies in one folder; tables are made of texts at start.
  prepare = pkgs.writeShellScript "postfix-prepare" ''
    set -e
    mkdir -p /etc/postfix /var/lib/postfix/conf /var/lib/postfix/data /var/lib/postfix/queue
    # Postfix takes a link for a file that everybody may write.
    install -m 0644 ${mainCf} /etc/postfix/main.cf
    install -m 0644 ${masterCf} /etc/postfix/master.cf
    ${lib.concatStrings (
      lib.mapAttrsToList (name: file: ''
        ln -sfn ${file} /var/lib/postfix/conf/${name}
        ${package}/bin/${if name == "aliases" then "postalias" else "postmap"} -o -p -c /etc/postfix /var/lib/postfix/conf/${name}
      '') mapSources
    )}
    chown postfix:postfix /var/lib/postfix/data
    chmod 0700 /var/lib/postfix/data
    mkdir -p /var/spool/mail
    chown root:root /var/spool/mail
    chmod a+rwxt /var/spool/mail
    cd /var/lib/postfix/queue
    mkdir -p active bounce corrupt defer deferred flush hold incoming maildrop pid private public saved trace
    chown ${cfg.user} active bounce corrupt defer deferred flush hold incoming maildrop private public saved trace
    chmod 0700 active bounce corrupt defer deferred flush hold incoming private saved trace
    chgrp ${cfg.setgidGroup} maildrop public
    chmod 0730 maildrop
    chmod 0710 public
  '';

  tlsOption =
    description:
    mkOption {
      type = types.nullOr types.path;
      default = null;
      inherit description;
    };
  textOption =
    description:
    mkOption {
      type = types.lines;
      default = "";
      inherit description;
    };
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "services" "postfix" "config" ] [ "services" "postfix" "settings" "main" ])
    (lib.mkRenamedOptionModule [ "services" "postfix" "masterConfig" ] [ "services" "postfix" "settings" "master" ])
    (lib.mkRenamedOptionModule [ "services" "postfix" "hostname" ] [ "services" "postfix" "settings" "main" "myhostname" ])
    (lib.mkRenamedOptionModule [ "services" "postfix" "domain" ] [ "services" "postfix" "settings" "main" "mydomain" ])
    (lib.mkRenamedOptionModule [ "services" "postfix" "origin" ] [ "services" "postfix" "settings" "main" "myorigin" ])
    (lib.mkRenamedOptionModule [ "services" "postfix" "destination" ] [ "services" "postfix" "settings" "main" "mydestination" ])
    (lib.mkRenamedOptionModule [ "services" "postfix" "networks" ] [ "services" "postfix" "settings" "main" "mynetworks" ])
  ];

  options.services.postfix = {
    enable = mkEnableOption "Postfix";
    enableSmtp = mkOption {
      type = types.bool;
      default = true;
      description = "Whether mail is taken on port 25.";
    };
    enableSubmission = mkOption {
      type = types.bool;
      default = false;
      description = "Whether users may send mail on port 587.";
    };
    enableSubmissions = mkOption {
      type = types.bool;
      default = false;
      description = "Whether users may send mail, over TLS from the start, on port 465.";
    };
    submissionOptions = mkOption {
      type = types.attrsOf types.str;
      default = {
        smtpd_tls_security_level = "encrypt";
        smtpd_sasl_auth_enable = "yes";
        smtpd_client_restrictions = "permit_sasl_authenticated,reject";
      };
      description = "Settings of port 587.";
    };
    submissionsOptions = mkOption {
      type = types.attrsOf types.str;
      default = {
        smtpd_sasl_auth_enable = "yes";
        smtpd_client_restrictions = "permit_sasl_authenticated,reject";
      };
      description = "Settings of port 465.";
    };
    setSendmail = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the program `sendmail` is Postfix's.";
    };
    user = mkOption {
      type = types.str;
      default = "postfix";
      description = "User as whom Postfix runs.";
    };
    group = mkOption {
      type = types.str;
      default = "postfix";
      description = "Group as which Postfix runs.";
    };
    setgidGroup = mkOption {
      type = types.str;
      default = "postdrop";
      description = "Group that may put mail into the queue.";
    };
    postmasterAlias = mkOption {
      type = types.str;
      default = "root";
      description = "Who gets mail to postmaster.";
    };
    rootAlias = mkOption {
      type = types.str;
      default = "";
      description = "Who gets mail to root.";
    };
    extraAliases = textOption "Lines of aliases(5).";
    virtual = textOption "Lines of virtual(5).";
    transport = textOption "Lines of transport(5).";
    canonical = textOption "Lines of canonical(5).";
    mapFiles = mkOption {
      type = types.attrsOf types.path;
      default = { };
      description = "More tables, as files: a table `name` is `hash:/var/lib/postfix/conf/name`.";
    };
    relayHost = mkOption {
      type = types.str;
      default = "";
      example = "mail.example.org";
      description = "Server that all mail goes through.";
    };
    relayPort = mkOption {
      type = types.port;
      default = 25;
      description = "Port of that server.";
    };
    lookupMX = mkOption {
      type = types.bool;
      default = false;
      description = "Whether `relayHost` is a domain whose mail server is looked up.";
    };
    sslCert = tlsOption "The server's certificate.";
    sslKey = tlsOption "The certificate's key.";
    tlsTrustedAuthorities = mkOption {
      type = types.path;
      default = "/etc/ssl/certs/ca-certificates.crt";
      description = "Authorities whose certificates other servers may have.";
    };
    settings = {
      main = mkOption {
        type = types.attrsOf (types.nullOr (types.either atom (types.listOf atom)));
        default = { };
        example = {
          myhostname = "mail.example.com";
          mynetworks = [ "127.0.0.0/8" ];
        };
        description = "Settings of main.cf, as postconf(5) describes them.";
      };
      master = mkOption {
        type = types.attrsOf masterType;
        default = { };
        description = "Services of master.cf, as master(5) describes them.";
      };
    };
    extraConfig = textOption "Text at the end of main.cf.";
    extraMasterConf = textOption "Text at the end of master.cf.";
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ package ];
    environment.etc.aliases = { source = mapSources.aliases; };

    security.wrappers = {
      postdrop = {
        source = "${package}/bin/postdrop";
        owner = "root";
        group = cfg.setgidGroup;
        setgid = true;
      };
      postqueue = {
        source = "${package}/bin/postqueue";
        owner = "root";
        group = cfg.setgidGroup;
        setgid = true;
      };
    }
    // lib.optionalAttrs cfg.setSendmail {
      sendmail = {
        source = "${package}/bin/sendmail";
        owner = "nobody";
        group = cfg.setgidGroup;
        setgid = true;
      };
    };

    users.users = lib.optionalAttrs (cfg.user == "postfix") {
      postfix = {
        description = "Postfix mail server user";
        uid = config.ids.uids.postfix;
        inherit (cfg) group;
        isSystemUser = true;
      };
    };
    users.groups =
      lib.optionalAttrs (cfg.group == "postfix") { postfix.gid = config.ids.gids.postfix; }
      // lib.optionalAttrs (cfg.setgidGroup == "postdrop") { postdrop.gid = config.ids.gids.postdrop; };

    services.postfix.settings.main = {
      compatibility_level = lib.mkDefault "3.10";
      mail_owner = cfg.user;
      default_privs = "nobody";
      data_directory = "/var/lib/postfix/data";
      queue_directory = "/var/lib/postfix/queue";
      command_directory = "${package}/bin";
      daemon_directory = libexec;
      shlib_directory = "${package}/lib/postfix";
      meta_directory = "${package}/etc/postfix";
      sendmail_path = "${config.security.wrapperDir}/sendmail";
      newaliases_path = "${package}/bin/newaliases";
      mailq_path = "${package}/bin/mailq";
      setgid_group = cfg.setgidGroup;
      default_database_type = "hash";
      mail_spool_directory = "/var/spool/mail/";
      alias_maps = lib.mkDefault [ "hash:/var/lib/postfix/conf/aliases" ];
      alias_database = lib.mkDefault [ "hash:/var/lib/postfix/conf/aliases" ];
      inet_protocols = mkIf (!config.networking.enableIPv6) (lib.mkDefault "ipv4");
      myhostname = lib.mkDefault config.networking.fqdnOrHostName;
      mydestination = lib.mkDefault [
        "$myhostname"
        "localhost.$mydomain"
        "$mydomain"
        "localhost"
      ];
      mynetworks_style = lib.mkDefault "host";
      smtpd_relay_restrictions = lib.mkDefault [
        "permit_mynetworks"
        "permit_sasl_authenticated"
        "defer_unauth_destination"
      ];
      smtp_tls_CAfile = lib.mkDefault "${cfg.tlsTrustedAuthorities}";
      smtp_tls_security_level = lib.mkDefault "may";
      virtual_alias_maps = mkIf (cfg.virtual != "") (lib.mkDefault [ "hash:/var/lib/postfix/conf/virtual" ]);
      transport_maps = mkIf (cfg.transport != "") (lib.mkDefault [ "hash:/var/lib/postfix/conf/transport" ]);
      canonical_maps = mkIf (cfg.canonical != "") (lib.mkDefault [ "hash:/var/lib/postfix/conf/canonical" ]);
      relayhost = mkIf (cfg.relayHost != "") (
        lib.mkDefault (
          (if cfg.lookupMX then cfg.relayHost else "[${cfg.relayHost}]") + ":${toString cfg.relayPort}"
        )
      );
      smtpd_tls_chain_files = mkIf (cfg.sslCert != null && cfg.sslKey != null) [
        "${cfg.sslKey}"
        "${cfg.sslCert}"
      ];
      smtpd_tls_security_level = mkIf (cfg.sslCert != null) (lib.mkDefault "may");
    };

    services.postfix.settings.master =
      let
        flags = options: lib.concatLists (
          lib.mapAttrsToList (name: value: [
            "-o"
            "${name}=${value}"
          ]) options
        );
        fixed = lib.mapAttrs (_: entry: lib.mapAttrs (_: lib.mkDefault) entry);
      in
      fixed {
        pickup = {
          private = false;
          wakeup = 60;
          maxproc = 1;
        };
        cleanup = {
          private = false;
          maxproc = 0;
        };
        qmgr = {
          private = false;
          wakeup = 300;
          maxproc = 1;
        };
        tlsmgr = {
          wakeup = 1000;
          wakeupUnusedComponent = false;
          maxproc = 1;
        };
        rewrite.command = "trivial-rewrite";
        bounce.maxproc = 0;
        defer = {
          maxproc = 0;
          command = "bounce";
        };
        trace = {
          maxproc = 0;
          command = "bounce";
        };
        verify.maxproc = 1;
        flush = {
          private = false;
          wakeup = 1000;
          wakeupUnusedComponent = false;
          maxproc = 0;
        };
        proxymap.command = "proxymap";
        proxywrite = {
          maxproc = 1;
          command = "proxymap";
        };
        showq.private = false;
        error = { };
        retry.command = "error";
        discard = { };
        local.privileged = true;
        virtual.privileged = true;
        lmtp = { };
        anvil.maxproc = 1;
        scache.maxproc = 1;
        smtp = { };
        relay = {
          command = "smtp";
          args = [
            "-o"
            "smtp_fallback_relay="
          ];
        };
        postlog = {
          type = "unix-dgram";
          private = false;
          maxproc = 1;
          command = "postlogd";
        };
      }
      // lib.optionalAttrs cfg.enableSmtp (fixed {
        smtp_inet = {
          name = "smtp";
          type = "inet";
          private = false;
          command = "smtpd";
        };
      })
      // lib.optionalAttrs cfg.enableSubmission (fixed {
        submission = {
          type = "inet";
          private = false;
          command = "smtpd";
          args = flags cfg.submissionOptions;
        };
      })
      // lib.optionalAttrs cfg.enableSubmissions (fixed {
        submissions = {
          type = "inet";
          private = false;
          command = "smtpd";
          args = flags (cfg.submissionsOptions // { smtpd_tls_wrappermode = "yes"; });
        };
      });

    systemd.services.postfix-setup = {
      description = "Setup for Postfix mail server";
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = prepare;
      };
    };
    systemd.services.postfix = {
      description = "Postfix mail server";
      wantedBy = [ "multi-user.target" ];
      after = [
        "network.target"
        "postfix-setup.service"
      ];
      requires = [ "postfix-setup.service" ];
      path = [ package ];
      restartTriggers = [
        mainCf
        masterCf
      ];
      serviceConfig = {
        Type = "forking";
        # It looks at its own files first, which takes slow machines a while.
        TimeoutStartSec = "10min";
        Restart = "always";
        PIDFile = "/var/lib/postfix/queue/pid/master.pid";
        ExecStart = "${package}/bin/postfix start";
        ExecStop = "${package}/bin/postfix stop";
        ExecReload = "${package}/bin/postfix reload";
        PrivateTmp = true;
        PrivateDevices = true;
        ProtectSystem = "full";
        CapabilityBoundingSet = [ "~CAP_NET_ADMIN CAP_SYS_ADMIN CAP_SYS_BOOT CAP_SYS_MODULE" ];
        MemoryDenyWriteExecute = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        ProtectControlGroups = true;
        RestrictAddressFamilies = [
          "AF_INET"
          "AF_INET6"
          "AF_NETLINK"
          "AF_UNIX"
        ];
        RestrictNamespaces = true;
        RestrictRealtime = true;
      };
    };
  };
}
