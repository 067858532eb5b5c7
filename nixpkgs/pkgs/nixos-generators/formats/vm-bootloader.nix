# The same, started by a boot loader from a disk.
{
  imports = [ ./vm.nix ];
  virtualisation.useBootLoader = true;
}
