# systemd-resolved, a resolver for the machine's own programs.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (lib)
    mkEnableOption
    mkIf
    mkOption
    types
    ;

  cfg = config.services.resolved;
  stub = "/run/systemd/resolve/stub-resolv.conf";

  booleanOr =
    words:
    types.enum (
      [
        "true"
        "false"
      ]
      ++ words
    );
  list = values: builtins.concatStringsSep " " values;
  # The options with a name of their own, as settings that others take the place of.
  named = lib.mapAttrs (_: lib.mkDefault) (
    {
      LLMNR = cfg.llmnr;
      DNSSEC = cfg.dnssec;
      DNSOverTLS = cfg.dnsovertls;
    }
    // lib.optionalAttrs (config.networking.nameservers != [ ]) {
      DNS = list config.networking.nameservers;
    }
    // lib.optionalAttrs (cfg.fallbackDns != null) { FallbackDNS = list cfg.fallbackDns; }
    // lib.optionalAttrs (cfg.domains != [ ]) { Domains = list cfg.domains; }
  );
in
{
  options.services.resolved = {
    enable = mkEnableOption "systemd-resolved";

    fallbackDns = mkOption {
      type = types.nullOr (types.listOf types.str);
      default = null;
      example = [
        "8.8.8.8"
        "2001:4860:4860::8844"
      ];
      description = "Servers to ask when no other is known; `null` keeps the built-in ones, an empty list means none.";
    };

    domains = mkOption {
      type = types.listOf types.str;
      default = config.networking.search;
      defaultText = lib.literalExpression "config.networking.search";
      example = [ "example.com" ];
      description = "Domains in which short names are looked up, or that are routed to these servers (`~example.com`).";
    };

    llmnr = mkOption {
      type = booleanOr [ "resolve" ];
      default = "true";
      description = "Whether names are resolved and answered by LLMNR.";
    };

    dnssec = mkOption {
      type = booleanOr [ "allow-downgrade" ];
      default = "false";
      description = "Whether answers must be signed.";
    };

    dnsovertls = mkOption {
      type = booleanOr [ "opportunistic" ];
      default = "false";
      description = "Whether servers are asked over TLS.";
    };

    settings.Resolve = mkOption {
      type = types.attrsOf utils.systemdUtils.unitOptions.unitOption;
      default = { };
      example.DNSSEC = "allow-downgrade";
      description = "Settings of {manpage}`resolved.conf(5)`.";
    };

    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "MulticastDNS=no";
      description = "Lines that are added to the section `[Resolve]` of resolved.conf(5).";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = !config.networking.useHostResolvConf or false;
        message = "services.resolved.enable and networking.useHostResolvConf would both decide on /etc/resolv.conf.";
      }
    ];

    services.resolved.settings.Resolve = named;

    users.users.systemd-resolve = {
      isSystemUser = true;
      group = "systemd-resolve";
    };
    users.groups.systemd-resolve = { };

    networking.resolvconf.enable = lib.mkDefault false;

    system.nssModules = [ pkgs.libnss-resolve ];
    system.nssDatabases.hosts = lib.mkBefore [ "resolve [!UNAVAIL=return]" ];

    environment.etc = {
      "systemd/resolved.conf".text =
        "[Resolve]\n" + utils.systemdUtils.lib.attrsToSection cfg.settings.Resolve + cfg.extraConfig;
      "resolv.conf".source = stub;
    };

    systemd.additionalUpstreamSystemUnits = [ "systemd-resolved.service" ];
    systemd.services.systemd-resolved = {
      wantedBy = [ "sysinit.target" ];
      aliases = [ "dbus-org.freedesktop.resolve1.service" ];
      restartTriggers = [ config.environment.etc."systemd/resolved.conf".source ];
      stopIfChanged = false;
    };
  };
}
