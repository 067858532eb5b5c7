# OpenVPN: each server or client is a unit of its own.
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
    optionalString
    types
    ;

  cfg = config.services.openvpn;

  instanceType = types.submodule {
    options = {
      config = mkOption {
        type = types.lines;
        example = "config /root/nixos/openvpn-client.ovpn";
        description = "Text of the configuration, as openvpn(8) describes it.";
      };
      up = mkOption {
        type = types.lines;
        default = "";
        description = "Shell commands that run when the tunnel is up.";
      };
      down = mkOption {
        type = types.lines;
        default = "";
        description = "Shell commands that run when the tunnel is down.";
      };
      autoStart = mkOption {
        type = types.bool;
        default = true;
        description = "Whether the tunnel is set up at boot.";
      };
      updateResolvConf = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the name servers that the other end names are used.";
      };
      authUserPass = mkOption {
        type = types.nullOr (
          types.submodule {
            options = {
              username = mkOption {
                type = types.str;
                description = "Name to log in with.";
              };
              password = mkOption {
                type = types.str;
                description = "Password, which becomes readable for everyone on the machine.";
              };
            };
          }
        );
        default = null;
        description = "How to log in at the other end.";
      };
    };
  };

  # resolvconf reads what a server pushes, `dhcp-option DNS 10.0.0.1`, as lines of resolv.conf.
  nameServersUp = ''
    for variable in ''${!foreign_option_*}; do
      read -r word kind value <<< "''${!variable}"
      case $kind in
        DNS) echo "nameserver $value" ;;
        DOMAIN | DOMAIN-SEARCH) echo "search $value" ;;
      esac
    done | ${config.networking.resolvconf.package}/bin/resolvconf -x -a "$dev"
  '';
  nameServersDown = ''
    ${config.networking.resolvconf.package}/bin/resolvconf -d "$dev"
  '';

  unit =
    name: instance:
    let
      up = optionalString instance.updateResolvConf nameServersUp + instance.up;
      down = optionalString instance.updateResolvConf nameServersDown + instance.down;
      credentials = pkgs.writeText "openvpn-credentials-${name}" "${instance.authUserPass.username}\n${instance.authUserPass.password}\n";
      configFile = pkgs.writeText "openvpn-config-${name}" ''
        errors-to-stderr
        ${optionalString (up != "" || down != "") "script-security 2"}
        ${instance.config}
        ${optionalString (up != "") "up ${pkgs.writeShellScript "openvpn-${name}-up" up}"}
        ${optionalString (down != "") "down ${pkgs.writeShellScript "openvpn-${name}-down" down}"}
        ${optionalString (instance.authUserPass != null) "auth-user-pass ${credentials}"}
      '';
    in
    lib.nameValuePair "openvpn-${name}" {
      description = "OpenVPN instance ‘${name}’";
      wantedBy = lib.optional instance.autoStart "multi-user.target";
      after = [ "network.target" ];
      path = [
        pkgs.iproute2
        pkgs.nettools
      ];
      serviceConfig = {
        ExecStart = "${pkgs.openvpn}/bin/openvpn --suppress-timestamps --config ${configFile}";
        Restart = "always";
        Type = "notify";
      };
    };
in
{
  options.services.openvpn = {
    servers = mkOption {
      type = types.attrsOf instanceType;
      default = { };
      example.server.config = ''
        dev tun
        ifconfig 10.8.0.1 10.8.0.2
        secret /root/static.key
      '';
      description = "Servers and clients by name.";
    };
    restartAfterSleep = mkOption {
      type = types.bool;
      default = true;
      description = "Whether tunnels are set up again after the machine has slept.";
    };
  };

  config = mkIf (cfg.servers != { }) {
    environment.systemPackages = [ pkgs.openvpn ];
    boot.kernelModules = [ "tun" ];
    systemd.services = lib.mapAttrs' unit cfg.servers // lib.optionalAttrs cfg.restartAfterSleep {
      openvpn-restart = {
        description = "Restart of OpenVPN after sleep";
        wantedBy = [ "sleep.target" ];
        after = [
          "suspend.target"
          "hibernate.target"
        ];
        serviceConfig.Type = "oneshot";
        script = "${config.systemd.package}/bin/systemctl try-restart 'openvpn-*'";
      };
    };
  };
}
