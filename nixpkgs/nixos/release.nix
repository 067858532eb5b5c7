# What continuous integration of the channel builds: `nix-build '<nixpkgs/nixos/release.nix>' -A tests.simple`.
{
  system ? builtins.currentSystem,
}:
{
  tests = import ./tests { inherit system; };
}
