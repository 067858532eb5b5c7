# Attribute sets; a file of `attrsets/` for each concern.
{ lib }:
let
  load = file: import file { inherit lib; };
in
load ./attrsets/paths.nix
// load ./attrsets/map.nix
// load ./attrsets/merge.nix
// load ./attrsets/select.nix
// load ./attrsets/derivations.nix
