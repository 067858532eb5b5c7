# Functions that modules offer to others.
{ lib, ... }:
{
  options.lib = lib.mkOption {
    type = lib.types.attrsOf lib.types.attrs;
    default = { };
    example = lib.literalExpression "{ network.hostsOf = names: …; }";
    description = "Functions and values that modules share with other modules, by the name of the giver.";
  };
}
