# UEFI firmware, as boot loaders use it.
{ lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.boot.loader.efi = {
    canTouchEfiVariables = mkOption {
      type = types.bool;
      default = false;
      description = "Whether installing the boot loader may change the firmware's variables, which name what is started.";
    };
    efiSysMountPoint = mkOption {
      type = types.str;
      default = "/boot";
      example = "/boot/efi";
      description = "Where the EFI system partition is mounted.";
    };
  };
}
