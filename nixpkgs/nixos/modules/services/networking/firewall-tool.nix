# `nixos-firewall-tool`: opens ports of the running firewall, until it is told to forget them.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.networking.firewall;
  systemctl = "${config.systemd.package}/bin/systemctl";

  commands = {
    iptables =
      let
        forEach = text: lib.concatMapStrings (tool: "${cfg.package}/bin/${tool} -w ${text}\n") (
          [ "iptables" ] ++ lib.optional config.networking.enableIPv6 "ip6tables"
        );
      in
      {
        open = forEach ''-I nixos-fw -p "$protocol" --dport "$port" -j nixos-fw-accept'';
        show = forEach "--numeric --list nixos-fw";
        reset = "${systemctl} reload firewall.service";
      };
    nftables = {
      open = ''${pkgs.nftables}/bin/nft insert rule inet nixos-fw input-allow "$protocol" dport "$port" accept'';
      show = "${pkgs.nftables}/bin/nft list chain inet nixos-fw input-allow";
      reset = "${systemctl} reload nftables.service";
    };
  };
  backend = commands.${cfg.backend};

  tool = pkgs.writeShellScriptBin "nixos-firewall-tool" ''
    set -e
    usage() {
      echo "usage: nixos-firewall-tool open tcp|udp PORT | show | reset" >&2
      exit "$1"
    }
    case "$1" in
      open)
        protocol=$2 port=$3
        [[ $# == 3 && $protocol =~ ^(tcp|udp)$ && $port =~ ^[0-9]+$ ]] || usage 1
        ${backend.open}
        ;;
      show)
        ${backend.show}
        ;;
      reset)
        ${backend.reset}
        ;;
      -h | --help) usage 0 ;;
      *) usage 1 ;;
    esac
  '';
in
{
  config = lib.mkIf (cfg.enable && commands ? ${cfg.backend}) { environment.systemPackages = [ tool ]; };
}
