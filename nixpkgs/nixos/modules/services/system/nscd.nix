# nscd, a cache of the C library's name service.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    mkIf
    mkOption
    types
    ;
  cfg = config.services.nscd;
  configFile = pkgs.writeText "nscd.conf" cfg.config;
  cacheOf = database: ''
    enable-cache ${database} yes
    positive-time-to-live ${database} 0
    negative-time-to-live ${database} 0
    shared ${database} yes'';
in
{
  options.services.nscd = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = ''
        Whether look-ups go through nscd. Programs of this system find the name service's modules by themselves, so
        only slow sources make the cache worth its process.
      '';
    };

    package = mkOption {
      type = types.package;
      default = pkgs.nscd;
      defaultText = lib.literalExpression "pkgs.nscd";
      description = "The package that has `nscd`.";
    };

    config = mkOption {
      type = types.lines;
      default = ''
        paranoia no
        ${lib.concatMapStringsSep "\n" cacheOf [
          "passwd"
          "group"
          "netgroup"
          "hosts"
          "services"
        ]}
      '';
      description = "The text of nscd.conf(5). With the default nothing is kept beyond its own life time.";
    };
  };

  config = mkIf cfg.enable {
    systemd.services.nscd = {
      description = "Name Service Cache Daemon";
      before = [
        "nss-lookup.target"
        "nss-user-lookup.target"
      ];
      wants = [
        "nss-lookup.target"
        "nss-user-lookup.target"
      ];
      wantedBy = [ "multi-user.target" ];
      restartTriggers = [
        config.environment.etc."nsswitch.conf".source
        config.environment.etc.hosts.source
      ];
      serviceConfig = {
        ExecStart = "${cfg.package}/bin/nscd --foreground --config-file ${configFile}";
        ExecReload = map (table: "${cfg.package}/bin/nscd --invalidate ${table}") [
          "passwd"
          "group"
          "hosts"
        ];
        Restart = "always";
        RuntimeDirectory = "nscd";
        ProtectSystem = "strict";
        CacheDirectory = "nscd";
        ProtectHome = "read-only";
        PrivateTmp = true;
        NoNewPrivileges = true;
        RestrictSUIDSGID = true;
      };
    };
  };
}
