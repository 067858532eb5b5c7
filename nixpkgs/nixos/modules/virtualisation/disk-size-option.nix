# The size of a disk image.
{ lib, ... }:
{
  options.virtualisation.diskSize = lib.mkOption {
    type = lib.types.either (lib.types.enum [ "auto" ]) lib.types.ints.positive;
    default = "auto";
    example = 4096;
    description = "The size of the disk in MiB, or `auto` for what its content needs.";
  };
}
