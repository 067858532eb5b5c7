# /etc/hosts and its neighbours, and the environment that tells programs of a proxy.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatStringsSep
    mapAttrsToList
    mkIf
    mkOption
    optional
    types
    ;

  cfg = config.networking;
  isSet = name: cfg.proxy.${name} != null;

  ownNames = optional (cfg.hostName != "" && cfg.domain != null) "${cfg.hostName}.${cfg.domain}" ++ optional (cfg.hostName != "") cfg.hostName;

  hostsText =
    concatStringsSep "" (
      mapAttrsToList (address: names: "${address} ${concatStringsSep " " names}\n") (
        lib.filterAttrs (_: names: names != [ ]) cfg.hosts
      )
    )
    + cfg.extraHosts;

  proxyOption =
    what: default:
    mkOption {
      type = types.nullOr types.str;
      inherit default;
      example = "http://127.0.0.1:3128";
      description = "Proxy for ${what}, as the value of the environment variable of that name.";
    };
in
{
  options.networking = {
    hosts = mkOption {
      type = types.attrsOf (types.listOf types.str);
      default = { };
      example = {
        "127.0.0.1" = [ "foo.bar.baz" ];
        "192.168.0.2" = [
          "fileserver.local"
          "nameserver.local"
        ];
      };
      description = "Names of hosts by their address, for `/etc/hosts`.";
    };

    hostFiles = mkOption {
      type = types.listOf types.path;
      default = [ ];
      example = lib.literalExpression ''[ "''${pkgs.my-blocklist-package}/share/my-blocklist/hosts" ]'';
      description = "Files that are added to `/etc/hosts`.";
    };

    extraHosts = mkOption {
      type = types.lines;
      default = "";
      example = "192.168.0.1 lanlocalhost";
      description = "Lines that are added to `/etc/hosts` as they are.";
    };

    timeServers = mkOption {
      type = types.listOf types.str;
      default = [
        "0.nixos.pool.ntp.org"
        "1.nixos.pool.ntp.org"
        "2.nixos.pool.ntp.org"
        "3.nixos.pool.ntp.org"
      ];
      description = "Servers that the time services ask unless they are told otherwise.";
    };

    proxy = {
      default = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "http://127.0.0.1:3128";
        description = "Proxy for every protocol that has none of its own.";
      };
      httpProxy = proxyOption "HTTP" cfg.proxy.default;
      httpsProxy = proxyOption "HTTPS" cfg.proxy.default;
      ftpProxy = proxyOption "FTP" cfg.proxy.default;
      rsyncProxy = proxyOption "rsync" cfg.proxy.default;
      allProxy = proxyOption "everything else" cfg.proxy.default;
      noProxy = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "127.0.0.1,localhost,.localdomain";
        description = "Hosts that are reached directly, separated by commas.";
      };
      envVars = mkOption {
        type = types.attrsOf types.str;
        internal = true;
        default = { };
        description = "The environment variables that the options above amount to.";
      };
    };
  };

  config = {
    networking.hosts = {
      "127.0.0.2" = mkIf (cfg.hostName != "") ownNames;
      "::1" = mkIf (cfg.enableIPv6 && cfg.hostName != "") ownNames;
    };

    networking.hostFiles = lib.mkBefore [
      (pkgs.writeText "hosts" (
        "127.0.0.1 localhost\n" + lib.optionalString cfg.enableIPv6 "::1 localhost\n" + hostsText
      ))
    ];

    networking.proxy.envVars =
      lib.optionalAttrs (cfg.proxy.default != null) { all_proxy = cfg.proxy.default; }
      // lib.optionalAttrs (isSet "httpProxy") { http_proxy = cfg.proxy.httpProxy; }
      // lib.optionalAttrs (isSet "httpsProxy") { https_proxy = cfg.proxy.httpsProxy; }
      // lib.optionalAttrs (isSet "ftpProxy") { ftp_proxy = cfg.proxy.ftpProxy; }
      // lib.optionalAttrs (isSet "rsyncProxy") { rsync_proxy = cfg.proxy.rsyncProxy; }
      // lib.optionalAttrs (isSet "allProxy") { all_proxy = cfg.proxy.allProxy; }
      // lib.optionalAttrs (isSet "noProxy") { no_proxy = cfg.proxy.noProxy; };

    environment.sessionVariables = cfg.proxy.envVars;

    environment.etc = {
      hosts.source =
        if builtins.length cfg.hostFiles == 1 then
          builtins.head cfg.hostFiles
        else
          pkgs.concatText "hosts" cfg.hostFiles;
      # Aliases in /etc/hosts may give a name several addresses.
      "host.conf".text = "multi on\n";
      services.source = "${pkgs.netbase}/etc/services";
      protocols.source = "${pkgs.netbase}/etc/protocols";
      ethertypes.source = "${pkgs.netbase}/etc/ethertypes";
      rpc.source = "${pkgs.netbase}/etc/rpc";
      netconfig.source = "${pkgs.debianPackages.libtirpc-common}/etc/netconfig";
    };
  };
}
