# Types of options: what values an option takes, and how several definitions become one value.
#
# A file of `types/` for each kind of type; `types/base.nix` says what a type consists of.
{ lib }:
let
  load = file: import file { inherit lib; };
in
load ./types/base.nix
// load ./types/scalars.nix
// load ./types/strings.nix
// load ./types/values.nix
// load ./types/containers.nix
// load ./types/attrs.nix
// load ./types/choices.nix
// load ./types/submodules.nix
