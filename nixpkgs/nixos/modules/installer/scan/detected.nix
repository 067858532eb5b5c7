# Hardware that nixos-generate-config found.
{ ... }:
{
  imports = [ ./not-detected.nix ];
}
