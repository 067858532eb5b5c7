# `<nixpkgs/nixos>`: the system that a configuration describes.
#
#   configuration   a module; without it <nixos-config>, or $NIXOS_CONFIG
#   system          the platform of configurations that do not set `nixpkgs.hostPlatform`
{
  configuration ? import ./lib/from-env.nix "NIXOS_CONFIG" <nixos-config>,
  system ? builtins.currentSystem,
}:
let
  evaluated = import ./lib/eval-config.nix {
    inherit system;
    modules = [ configuration ];
  };
in
{
  inherit (evaluated) config options pkgs;
  system = evaluated.config.system.build.toplevel;
  inherit (evaluated.config.system.build) vm vmWithBootLoader;
}
