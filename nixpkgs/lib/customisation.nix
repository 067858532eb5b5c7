# Functions that can be called again with other arguments, and sets of packages made with them; a file of
# `customisation/` for each concern.
{ lib }:
let
  load = file: import file { inherit lib; };
in
load ./customisation/override.nix
// load ./customisation/call.nix
// load ./customisation/scope.nix
// load ./customisation/derivation.nix
