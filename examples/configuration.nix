# A small server: `nixos-rebuild build-vm -I nixos-config=./configuration.nix`, then `./result/bin/run-demo-vm -nographic`.
{ pkgs, ... }:
{
  networking.hostName = "demo";
  users.users.root.initialPassword = "demo";
  environment.systemPackages = [ pkgs.jq ];
  services.openssh.enable = true;
  system.stateVersion = "25.11";
}
