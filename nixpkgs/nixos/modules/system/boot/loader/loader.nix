# What all boot loaders have in common.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) literalExpression mkOption types;
in
{
  options = {
    boot.loader.timeout = mkOption {
      type = types.nullOr types.int;
      default = 5;
      example = 0;
      description = "Seconds until the boot loader starts the default entry; null waits for a key.";
    };

    boot.loader.supportsInitrdSecrets = mkOption {
      type = types.bool;
      default = false;
      internal = true;
      description = "Whether the boot loader adds `boot.initrd.secrets` to the initrd.";
    };

    system.boot.loader = {
      id = mkOption {
        type = types.str;
        default = "";
        internal = true;
        description = "The name of the boot loader.";
      };
      kernelFile = mkOption {
        type = types.str;
        default = config.boot.kernelPackages.kernel.target or "bzImage";
        defaultText = literalExpression "config.boot.kernelPackages.kernel.target";
        internal = true;
        description = "The file name of the kernel in its package.";
      };
      initrdFile = mkOption {
        type = types.str;
        default = "initrd";
        internal = true;
        description = "The file name of the initrd in its package.";
      };
    };
  };
}
