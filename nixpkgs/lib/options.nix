# Options: declarations, how definitions are merged, and how options are shown.
{ lib }:
let
  load = file: import file { inherit lib; };
in
load ./options/declare.nix // load ./options/merge.nix // load ./options/show.nix
