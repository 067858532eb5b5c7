# Strings; a file of `strings/` for each concern.
{ lib }:
let
  load = file: import file { inherit lib; };
in
load ./strings/join.nix
// load ./strings/split.nix
// load ./strings/escape.nix
// load ./strings/case.nix
// load ./strings/convert.nix
// load ./strings/distance.nix
// load ./strings/flags.nix
// load ./strings/packages.nix
