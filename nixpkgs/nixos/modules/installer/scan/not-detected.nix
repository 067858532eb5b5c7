# Hardware that nixos-generate-config cannot tell: firmware that may be needed is there.
{ lib, ... }:
{
  hardware.enableRedistributableFirmware = lib.mkDefault true;
}
