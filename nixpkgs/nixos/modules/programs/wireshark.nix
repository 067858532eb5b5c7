# Wireshark, which shows what goes over the network.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.programs.wireshark;
in
{
  options.programs.wireshark = {
    enable = lib.mkEnableOption "Wireshark; users of the group wireshark may listen to the network";
    package = lib.mkPackageOption pkgs "wireshark-common" { };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    users.groups.wireshark = { };
    security.wrappers.dumpcap = {
      source = "${pkgs.wireshark-common}/bin/dumpcap";
      capabilities = "cap_net_raw,cap_net_admin+eip";
      owner = "root";
      group = "wireshark";
      permissions = "u+rx,g+x";
    };
  };
}
