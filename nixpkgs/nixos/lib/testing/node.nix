# What makes a configuration a node of a test.
{
  config,
  lib,
  name,
  ...
}:
let
  inherit (lib)
    mkDefault
    mkForce
    mkOption
    types
    ;
in
{
  options.virtualisation.test = {
    nodeName = mkOption {
      internal = true;
      type = types.str;
      default = name;
      description = "The node's name in the test; the same in its specialisations.";
    };
    nodeNumber = mkOption {
      internal = true;
      type = types.int;
      description = "The node's place in the sorted names, from 1: the last part of its addresses.";
    };
  };

  # A variant of a node is that node.
  options.specialisation = mkOption {
    type = types.attrsOf (
      types.submodule {
        configuration._module.args.name = mkForce config.virtualisation.test.nodeName;
      }
    );
  };

  config = {
    # Nothing of a test depends on the revision of the channel.
    system.nixos = {
      revision = mkForce "constant-nixos-revision";
      versionSuffix = mkForce "test";
      label = mkForce "test";
    };

    # Only who switches needs the program for it.
    system.switch.enable = mkDefault (
      config.isSpecialisation || config.specialisation != { } || config.virtualisation.installBootLoader
    );

    # The driver talks to the machine's shell, and asks QEMU's agent nothing.
    virtualisation.qemu.guestAgent.enable = mkDefault false;
  };
}
