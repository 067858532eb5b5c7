# What goes past the configuration.
{ lib, ... }:
{
  options.passthru = lib.mkOption {
    type = lib.types.attrsOf lib.types.unspecified;
    visible = false;
    default = { };
    description = "Values for whoever evaluates the configuration, such as tests; the system does not depend on them.";
  };
}
