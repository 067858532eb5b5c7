# The test as one plays with it.
{
  extendModules,
  hostPkgs,
  lib,
  ...
}:
{
  options.interactive = lib.mkOption {
    description = "Definitions for the interactive driver alone; every option of a test can stand here.";
    default = { };
    visible = "shallow";
    type =
      (extendModules {
        modules = [
          {
            qemu.package = lib.mkDefault hostPkgs.qemu;
            extraDriverArgs = [ "--interactive" ];
          }
        ];
      }).type;
  };
}
