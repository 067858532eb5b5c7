# Spellings of former times.
{ config, lib, options, ... }:
{
  options = {
    machine = lib.mkOption {
      internal = true;
      type = lib.types.raw;
      description = "The only node; now `nodes.machine`.";
    };
    skipTypecheck = lib.mkOption {
      internal = true;
      type = lib.types.bool;
      description = "Now `skipTypeCheck`.";
    };
  };

  config = {
    nodes = lib.mkIf options.machine.isDefined {
      machine = lib.warn "In test `${config.name}': the `machine' attribute in NixOS tests is deprecated, use `nodes.machine' instead." config.machine;
    };
    skipTypeCheck = lib.mkIf options.skipTypecheck.isDefined config.skipTypecheck;
  };
}
