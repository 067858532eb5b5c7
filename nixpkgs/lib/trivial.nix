# The smallest functions, on which everything else rests; a file of `trivial/` for each concern.
{ lib }:
let
  load = file: import file { inherit lib; };
in
load ./trivial/functions.nix // load ./trivial/numbers.nix // load ./trivial/messages.nix // load ./trivial/release.nix
