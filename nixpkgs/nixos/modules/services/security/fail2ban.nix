# Fail2ban: shuts out addresses that fail to log in too often.
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

  cfg = config.services.fail2ban;
  atom = types.oneOf [
    types.bool
    types.int
    types.float
    types.str
  ];
  sectionType = types.attrsOf atom;

  ini = lib.generators.toINI { };

  jailType = types.submodule {
    options = {
      enabled = mkEnableOption "this jail" // {
        default = true;
      };
      filter = mkOption {
        type = types.nullOr (types.either types.str (types.attrsOf types.anything));
        default = null;
        description = "Name of a filter, or its content.";
      };
      settings = mkOption {
        type = sectionType;
        default = { };
        description = "Settings of the jail.";
      };
    };
  };

  jails = lib.filterAttrs (_: jail: !builtins.isAttrs jail || jail.enabled) cfg.jails;
  jailText =
    name: jail:
    if builtins.isAttrs jail then
      ini {
        ${name} = {
          enabled = true;
        }
        // lib.optionalAttrs (jail.filter != null) {
          filter = if builtins.isString jail.filter then jail.filter else name;
        }
        // jail.settings;
      }
    else
      "[${name}]\nenabled = true\n${jail}\n";

  ownFilters = lib.filterAttrs (_: jail: builtins.isAttrs jail && builtins.isAttrs jail.filter) jails;

  packaged = "${cfg.package}/etc/fail2ban";
in
{
  options.services.fail2ban = {
    enable = mkEnableOption "Fail2ban";
    package = lib.mkPackageOption pkgs "fail2ban" { };
    packageFirewall = mkOption {
      type = types.package;
      default = config.networking.firewall.package;
      defaultText = lib.literalExpression "config.networking.firewall.package";
      description = "Package with the programs that shut addresses out.";
    };
    extraPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages whose programs actions use.";
    };
    banaction = mkOption {
      type = types.str;
      default = if config.networking.nftables.enable then "nftables-multiport" else "iptables-multiport";
      defaultText = lib.literalExpression ''if config.networking.nftables.enable then "nftables-multiport" else "iptables-multiport"'';
      description = "How an address is shut out of the ports in question.";
    };
    banaction-allports = mkOption {
      type = types.str;
      default = if config.networking.nftables.enable then "nftables-allports" else "iptables-allports";
      defaultText = lib.literalExpression ''if config.networking.nftables.enable then "nftables-allports" else "iptables-allports"'';
      description = "How an address is shut out of all ports.";
    };
    bantime = mkOption {
      type = types.str;
      default = "10m";
      example = "1h";
      description = "How long an address is shut out.";
    };
    bantime-increment = mkOption {
      type = types.submodule {
        freeformType = sectionType;
        options = {
          enable = mkEnableOption "shutting out for longer whoever comes again";
          rndtime = mkOption {
            type = types.nullOr types.str;
            default = null;
            description = "Random time that is added.";
          };
          maxtime = mkOption {
            type = types.nullOr types.str;
            default = null;
            example = "48h";
            description = "Longest time.";
          };
          factor = mkOption {
            type = types.nullOr types.str;
            default = null;
            example = "4";
            description = "Factor of the time.";
          };
          formula = mkOption {
            type = types.nullOr types.str;
            default = null;
            description = "Formula of the time.";
          };
          multipliers = mkOption {
            type = types.nullOr types.str;
            default = null;
            example = "1 2 4 8 16 32 64";
            description = "Factors of the time by how often the address came.";
          };
          overalljails = mkOption {
            type = types.nullOr types.bool;
            default = null;
            description = "Whether all jails count together.";
          };
        };
      };
      default = { };
      description = "How the time grows.";
    };
    maxretry = mkOption {
      type = types.ints.unsigned;
      default = 3;
      description = "Failures after which an address is shut out.";
    };
    ignoreIP = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "192.168.0.0/16" ];
      description = "Addresses that are never shut out.";
    };
    daemonSettings = mkOption {
      type = types.attrsOf sectionType;
      default = { };
      description = "Sections of fail2ban.conf.";
    };
    jails = mkOption {
      type = types.attrsOf (types.either types.lines jailType);
      default = { };
      example = lib.literalExpression ''
        {
          apache-nohome-iptables.settings = {
            filter = "apache-nohome";
            maxretry = 5;
          };
        }
      '';
      description = "What is watched, as settings or as text of jail.conf(5).";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];

    services.fail2ban.daemonSettings = {
      Definition = {
        logtarget = lib.mkDefault "SYSTEMD-JOURNAL";
        socket = lib.mkDefault "/run/fail2ban/fail2ban.sock";
        pidfile = lib.mkDefault "/run/fail2ban/fail2ban.pid";
        dbfile = lib.mkDefault "/var/lib/fail2ban/fail2ban.sqlite3";
      };
    };

    # Failures to log in over SSH are why most people have it: the server reports each try, not only the last.
    services.openssh.settings.LogLevel = mkIf config.services.openssh.enable (lib.mkDefault "VERBOSE");
    services.fail2ban.jails.sshd = mkIf config.services.openssh.enable {
      settings.port = lib.mkDefault (lib.concatMapStringsSep "," toString config.services.openssh.ports);
    };

    environment.etc = {
      "fail2ban/fail2ban.conf".source = "${packaged}/fail2ban.conf";
      "fail2ban/fail2ban.local".text = ini cfg.daemonSettings;
      "fail2ban/jail.conf".source = "${packaged}/jail.conf";
      "fail2ban/jail.local".text =
        ini {
          DEFAULT = {
            inherit (cfg) bantime maxretry banaction;
            banaction_allports = cfg.banaction-allports;
            backend = "systemd";
            ignoreip = "127.0.0.1/8 ${lib.optionalString config.networking.enableIPv6 "::1 "}${toString cfg.ignoreIP}";
          }
          // lib.optionalAttrs cfg.bantime-increment.enable (
            lib.mapAttrs' (name: value: lib.nameValuePair "bantime.${name}" value) (
              lib.filterAttrs (name: value: value != null && name != "enable") cfg.bantime-increment
              // {
                increment = true;
              }
            )
          );
        }
        + "\n"
        + lib.concatStringsSep "\n" (lib.mapAttrsToList jailText jails);
      "fail2ban/action.d".source = "${packaged}/action.d";
      "fail2ban/paths-common.conf".source = "${packaged}/paths-common.conf";
      "fail2ban/paths-debian.conf".source = "${packaged}/paths-debian.conf";
    }
    // (
      if ownFilters == { } then
        { "fail2ban/filter.d".source = "${packaged}/filter.d"; }
      else
        {
          "fail2ban/filter.d".source = pkgs.symlinkJoin {
            name = "fail2ban-filters";
            paths = [ "${packaged}/filter.d" ]
            ++ lib.mapAttrsToList (
              name: jail: pkgs.writeTextDir "${name}.conf" (ini jail.filter)
            ) ownFilters;
          };
        }
    );

    systemd.services.fail2ban = {
      description = "Fail2ban Intrusion Prevention System";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      partOf = lib.optional config.networking.firewall.enable (
        if config.networking.firewall.backend == "nftables" then "nftables.service" else "firewall.service"
      );
      restartTriggers = map (name: config.environment.etc.${name}.source) [
        "fail2ban/fail2ban.local"
        "fail2ban/jail.local"
        "fail2ban/filter.d"
      ];
      reloadIfChanged = true;
      path = [
        cfg.package
        cfg.packageFirewall
        pkgs.iproute2
      ]
      ++ cfg.extraPackages;
      serviceConfig = {
        ExecStart = "${cfg.package}/bin/fail2ban-server -xf start";
        ExecStop = "${cfg.package}/bin/fail2ban-server stop";
        ExecReload = "${cfg.package}/bin/fail2ban-server reload";
        Type = "simple";
        Restart = "on-failure";
        PIDFile = "/run/fail2ban/fail2ban.pid";
        CapabilityBoundingSet = [
          "CAP_AUDIT_READ"
          "CAP_DAC_READ_SEARCH"
          "CAP_NET_ADMIN"
          "CAP_NET_RAW"
        ];
        NoNewPrivileges = true;
        RuntimeDirectory = "fail2ban";
        RuntimeDirectoryMode = "0750";
        StateDirectory = "fail2ban";
        StateDirectoryMode = "0750";
        LogsDirectory = "fail2ban";
        LogsDirectoryMode = "0750";
        PrivateDevices = true;
        ProtectHostname = true;
        ProtectSystem = "strict";
        ProtectHome = true;
        PrivateTmp = true;
        ProtectKernelModules = true;
        ProtectControlGroups = true;
      };
    };
  };
}
