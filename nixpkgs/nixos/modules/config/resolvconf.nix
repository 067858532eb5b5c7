# /etc/resolv.conf as openresolv composes it from what DHCP clients, tunnels and the configuration say.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatStringsSep
    mkIf
    mkOption
    optional
    optionalString
    types
    ;

  cfg = config.networking.resolvconf;
  network = config.networking;

  options = cfg.extraOptions ++ optional cfg.dnsSingleRequest "single-request" ++ optional cfg.dnsExtensionMechanism "edns0";

  # Shell assignments, read by resolvconf.
  configText = ''
    resolv_conf=/etc/resolv.conf
    resolv_conf_options=${lib.escapeShellArg (concatStringsSep " " options)}
  ''
  + optionalString (!config.services.nscd.enable) "libc_restart=:\n"
  + optionalString (network.nameservers != [ ]) ''
    name_servers=${lib.escapeShellArg (concatStringsSep " " network.nameservers)}
  ''
  + optionalString (network.search != [ ]) ''
    search_domains=${lib.escapeShellArg (concatStringsSep " " network.search)}
  ''
  + optionalString (network.domain != null) ''
    domain=${lib.escapeShellArg network.domain}
  ''
  + optionalString cfg.useLocalResolver ''
    name_servers='127.0.0.1${optionalString network.enableIPv6 " ::1"}'
  ''
  + cfg.extraConfig;
in
{
  options.networking.resolvconf = {
    enable = mkOption {
      type = types.bool;
      default = !(config.environment.etc ? "resolv.conf");
      defaultText = lib.literalExpression ''!(config.environment.etc ? "resolv.conf")'';
      description = "Whether openresolv writes `/etc/resolv.conf`.";
    };

    package = mkOption {
      type = types.package;
      default = pkgs.openresolv;
      defaultText = lib.literalExpression "pkgs.openresolv";
      description = "The package that has the program `resolvconf`.";
    };

    dnsSingleRequest = mkOption {
      type = types.bool;
      default = false;
      description = "Whether A and AAAA are asked one after the other, for resolvers that mix up the answers.";
    };

    dnsExtensionMechanism = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the C library may use the DNS extension EDNS0.";
    };

    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "libc=NO";
      description = "Lines that are added to `/etc/resolvconf.conf`.";
    };

    extraOptions = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [
        "ndots:1"
        "rotate"
      ];
      description = "Words for the `options` line of `/etc/resolv.conf`.";
    };

    useLocalResolver = mkOption {
      type = types.bool;
      default = false;
      description = "Whether this machine's own resolver is asked, whatever DHCP says.";
    };
  };

  # `enable` depends on the names in `environment.etc`, so this name must not depend on `enable`.
  config = lib.mkMerge [
    {
      environment.etc."resolvconf.conf" = {
        inherit (cfg) enable;
        text = configText;
      };
    }
    (mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    # NetworkManager starts it from there, where systemd has a program of that name for its own resolver.
    system.usrTree.links."bin/resolvconf" = "${cfg.package}/bin/resolvconf";

    # Without servers of its own there is nothing to write before a DHCP client speaks.
    systemd.services.resolvconf = mkIf (network.nameservers != [ ] || network.search != [ ] || cfg.useLocalResolver) {
      description = "Write /etc/resolv.conf";
      before = [
        "network-pre.target"
        "nss-lookup.target"
      ];
      wants = [ "network-pre.target" ];
      wantedBy = [ "multi-user.target" ];
      restartTriggers = [ config.environment.etc."resolvconf.conf".source ];
      unitConfig.ConditionPathIsReadWrite = "/etc";
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = "${cfg.package}/bin/resolvconf -u";
      };
    };
    })
  ];
}
