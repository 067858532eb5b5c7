# The same with the console in the terminal.
{
  imports = [ ./vm.nix ];
  virtualisation.graphics = false;
}
