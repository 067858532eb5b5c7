# What `runTest` hands back.
{ config, lib, ... }:
{
  options = {
    result = lib.mkOption {
      internal = true;
      default = config.test;
      defaultText = lib.literalExpression "config.test";
      description = "The value of `runTest`: the test's derivation with all that can be asked of it.";
    };
    hostPkgs = lib.mkOption {
      type = lib.types.raw;
      example = lib.literalExpression "import nixpkgs { inherit system; }";
      description = "The package set for what runs on the building machine: the driver and QEMU. Also a module argument.";
    };
  };

  # `pkgs` is what tests outside of nodes call it.
  config._module.args = {
    inherit (config) hostPkgs;
    pkgs = config.hostPkgs;
  };
}
