# Lists; a file of `lists/` for each concern.
{ lib }:
let
  load = file: import file { inherit lib; };
in
load ./lists/fold.nix // load ./lists/search.nix // load ./lists/slice.nix // load ./lists/order.nix
