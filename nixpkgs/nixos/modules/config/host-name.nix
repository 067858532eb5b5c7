# The machine's name.
{ config, lib, ... }:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.networking;
in
{
  options.networking.hostName = mkOption {
    type = types.strMatching "^$|^[[:alnum:]]([[:alnum:]_-]{0,61}[[:alnum:]])?$";
    default = config.system.nixos.distroId;
    defaultText = lib.literalExpression "config.system.nixos.distroId";
    example = "laptop";
    description = "The machine's name, without its domain; empty if the network says what it is.";
  };

  config = {
    environment.etc.hostname = mkIf (cfg.hostName != "") { text = cfg.hostName + "\n"; };
    # Containers and chroots may not set it, and have nothing of their own to set.
    system.activationScripts.hostname.text = mkIf (cfg.hostName != "") ''
      { echo ${cfg.hostName} > /proc/sys/kernel/hostname; } 2> /dev/null || true
    '';
  };
}
