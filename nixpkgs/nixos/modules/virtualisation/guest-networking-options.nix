# Networks between virtual machines, as tests make them.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.virtualisation;

  fromVlans = lib.listToAttrs (
    lib.imap1 (
      index: vlan:
      lib.nameValuePair "eth${toString index}" {
        name = "eth${toString index}";
        inherit vlan;
        assignIP = true;
      }
    ) cfg.vlans
  );
in
{
  options.virtualisation = {
    vlans = mkOption {
      type = types.listOf types.ints.unsigned;
      default = if cfg.interfaces == { } then [ 1 ] else [ ];
      defaultText = lib.literalExpression "if config.virtualisation.interfaces == { } then [ 1 ] else [ ]";
      example = [
        1
        2
      ];
      description = "Networks of a test that the machine is on: the card for the k-th is {file}`eth‹k›`, with an address of that network.";
    };

    interfaces = mkOption {
      type = types.attrsOf (
        types.submodule (
          { name, ... }:
          {
            options = {
              name = mkOption {
                type = types.str;
                default = name;
                defaultText = lib.literalExpression "‹name›";
                description = "The name of the card in the guest.";
              };
              vlan = mkOption {
                type = types.ints.unsigned;
                example = 1;
                description = "The network that it is on.";
              };
              assignIP = mkOption {
                type = types.bool;
                default = false;
                description = "Whether it gets an address of that network.";
              };
            };
          }
        )
      );
      default = { };
      example.enp1s0.vlan = 1;
      description = "Network cards with names of their own, for networks of a test.";
    };

    allInterfaces = mkOption {
      type = types.attrsOf types.raw;
      readOnly = true;
      internal = true;
      default = fromVlans // cfg.interfaces;
      description = "The cards of `vlans` and `interfaces`.";
    };
  };

  config.assertions = [
    {
      assertion = lib.intersectAttrs fromVlans cfg.interfaces == { };
      message = "virtualisation.interfaces: ${
        lib.concatStringsSep ", " (lib.attrNames (lib.intersectAttrs fromVlans cfg.interfaces))
      } are names of cards for virtualisation.vlans already; take others.";
    }
  ];
}
