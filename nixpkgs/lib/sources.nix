# Files that go into the store as the source of a package; a file of `sources/` for each concern.
{ lib }:
let
  load = file: import file { inherit lib; };
in
load ./sources/filter.nix // load ./sources/revision.nix
