# HAProxy, a load balancer.
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

  cfg = config.services.haproxy;
  configFile = pkgs.writeText "haproxy.cfg" ''
    global
      # Old and new processes of a reload hand over sockets here.
      stats socket /run/haproxy/haproxy.sock mode 600 expose-fd listeners level user
    ${cfg.config}
  '';
  checked = pkgs.runCommandLocal "haproxy.cfg" { } ''
    # Addresses and certificates are not there yet, so only the words are checked.
    if ! ${cfg.package}/bin/haproxy -c -f ${configFile} > messages 2>&1 && grep -q 'unknown keyword\|parsing \[.*\].*expects' messages; then
      cat messages >&2
      exit 1
    fi
    cp ${configFile} $out
  '';
in
{
  options.services.haproxy = {
    enable = mkEnableOption "HAProxy";
    package = lib.mkPackageOption pkgs "haproxy" { };
    user = mkOption {
      type = types.str;
      default = "haproxy";
      description = "User as whom HAProxy runs.";
    };
    group = mkOption {
      type = types.str;
      default = "haproxy";
      description = "Group as which HAProxy runs.";
    };
    config = mkOption {
      type = types.nullOr types.lines;
      default = null;
      example = ''
        defaults
          mode http
          timeout connect 5s
          timeout client 30s
          timeout server 30s
        frontend web
          bind *:80
          default_backend app
        backend app
          server one 127.0.0.1:8000
      '';
      description = "Text of haproxy.cfg.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.config != null;
        message = "services.haproxy.enable needs services.haproxy.config.";
      }
    ];

    environment.etc."haproxy.cfg".source = checked;

    users.users = lib.optionalAttrs (cfg.user == "haproxy") {
      haproxy = {
        inherit (cfg) group;
        isSystemUser = true;
      };
    };
    users.groups = lib.optionalAttrs (cfg.group == "haproxy") { haproxy = { }; };

    systemd.services.haproxy = {
      description = "HAProxy";
      after = [ "network.target" ];
      wantedBy = [ "multi-user.target" ];
      reloadTriggers = [ checked ];
      serviceConfig = {
        Type = "notify";
        ExecStart = "${cfg.package}/bin/haproxy -Ws -f /etc/haproxy.cfg -p /run/haproxy/haproxy.pid";
        ExecReload = [
          "${cfg.package}/bin/haproxy -c -q -f /etc/haproxy.cfg"
          "${pkgs.procps}/bin/kill -USR2 $MAINPID"
        ];
        KillMode = "mixed";
        SuccessExitStatus = "143";
        Restart = "always";
        User = cfg.user;
        Group = cfg.group;
        RuntimeDirectory = "haproxy";
        NoNewPrivileges = true;
        ProtectHome = true;
        ProtectSystem = "strict";
        ProtectKernelTunables = true;
        ProtectKernelModules = true;
        ProtectControlGroups = true;
        SystemCallFilter = "~@cpu-emulation @keyring @module @obsolete @raw-io @reboot @swap @sync";
        AmbientCapabilities = "CAP_NET_BIND_SERVICE";
      };
    };
  };
}
