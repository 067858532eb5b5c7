# What a test is called.
{ lib, ... }:
{
  options.name = lib.mkOption {
    type = lib.types.str;
    example = "nginx";
    description = "The name of the test; its derivation is `vm-test-run-<name>`.";
  };
}
