# Tests as plain sets: `(import <nixpkgs/nixos/lib/testing-python.nix> { inherit system pkgs; }).makeTest { … }`.
{
  system,
  pkgs ? import ../.. {
    inherit system config;
    overlays = [ ];
  },
  config ? { },
  specialArgs ? { },
  extraConfigurations ? [ ],
}:
let
  inherit (pkgs) lib;
  nixosLib = import ./. { inherit lib; };

  evalTest =
    module:
    nixosLib.evalTest {
      imports = [
        { _file = ./testing-python.nix; }
        module
      ];
      hostPkgs = lib.mkDefault pkgs;
      node.specialArgs = specialArgs;
      defaults = {
        imports = extraConfigurations;
        nixpkgs.pkgs = lib.mkDefault pkgs;
      };
    };

  # A test, or a function of `{ pkgs, … }` to one.
  makeTest = test: (evalTest (if lib.isFunction test then makeModule test else test)).config.test;
  makeModule = test: test { inherit pkgs lib system; };
in
{
  inherit evalTest makeTest pkgs;

  # An older name.
  simpleTest = makeTest;
}
