# The system as a virtual machine: `system.build.vm` and `system.build.vmWithBootLoader`.
{
  config,
  extendModules,
  lib,
  ...
}:
let
  inherit (lib) mkDefault mkOption;

  variant = extendModules { modules = [ ./qemu-vm.nix ]; };

  variantWithBootLoader = variant.extendModules {
    modules = [
      (
        { config, ... }:
        {
          _file = ./build-vm.nix;
          virtualisation.useBootLoader = true;
          virtualisation.useEFIBoot =
            config.boot.loader.systemd-boot.enable || config.boot.loader.efi.canTouchEfiVariables;
        }
      )
    ];
  };
in
{
  options.virtualisation = {
    vmVariant = mkOption {
      inherit (variant) type;
      default = { };
      visible = "shallow";
      description = ''
        The configuration of the virtual machine that `nixos-rebuild build-vm` makes: that of the system, and what is set here, such as
        `virtualisation.memorySize`.
      '';
    };
    vmVariantWithBootLoader = mkOption {
      inherit (variantWithBootLoader) type;
      default = { };
      visible = "shallow";
      description = "The same for `nixos-rebuild build-vm-with-bootloader`; what is set in `vmVariant` does not count here.";
    };
  };

  config.system.build = {
    vm = mkDefault config.virtualisation.vmVariant.system.build.vm;
    vmWithBootLoader = mkDefault config.virtualisation.vmVariantWithBootLoader.system.build.vm;
  };
}
