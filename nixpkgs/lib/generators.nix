# Write values in various formats. A generator takes a set of settings, then the value.
{ lib }:
let
  load = file: import file { inherit lib; };
in
load ./generators/ini.nix // load ./generators/pretty.nix // load ./generators/documents.nix
