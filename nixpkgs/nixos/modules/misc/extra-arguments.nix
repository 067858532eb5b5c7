# Arguments that every module gets.
{
  config,
  lib,
  pkgs,
  ...
}:
{
  _module.args.utils = import ../../lib/utils.nix { inherit config lib pkgs; };
}
