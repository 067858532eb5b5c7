# `import <nixpkgs/nixos/lib> { }`: functions for evaluating systems and tests.
{
  lib ? import ../../lib,
  # Accepted for callers that name the features they use, all of which are there.
  featureFlags ? { },
}:
let
  # Made by the test framework's own file.
  testing = import ./testing { inherit lib; };
in
{
  inherit (testing) evalTest runTest;

  # `evalModules { modules; specialArgs; prefix; }`: a system of only the modules that are named.
  evalModules =
    {
      prefix ? [ ],
      modules ? [ ],
      specialArgs ? { },
    }:
    lib.evalModules {
      inherit prefix modules;
      class = "nixos";
      specialArgs = {
        modulesPath = toString ../modules;
      }
      // specialArgs;
    };

  # `nixosSystem { modules; … }`, as flakes know it from `nixpkgs.lib`.
  nixosSystem = import ./nixos-system.nix { inherit lib; };
}
