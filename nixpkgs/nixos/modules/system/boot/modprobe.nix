# How kernel modules are loaded: options, aliases, and modules that are not to be loaded by themselves.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.boot;
in
{
  options.boot = {
    modprobeConfig.enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the system has the settings of modprobe. A container needs none.";
    };

    blacklistedKernelModules = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [
        "cirrusfb"
        "i2c_piix4"
      ];
      description = "Kernel modules that are not loaded because there is a device for them.";
    };

    extraModprobeConfig = mkOption {
      type = types.lines;
      default = "";
      example = "options parport_pc io=0x378 irq=7 dma=1";
      description = "Further settings of modprobe, such as options of modules; the initrd has them too.";
    };
  };

  config = lib.mkIf cfg.modprobeConfig.enable {
    environment.etc."modprobe.d/nixos.conf".text = ''
      ${lib.concatMapStrings (name: "blacklist ${name}\n") cfg.blacklistedKernelModules}
      ${cfg.extraModprobeConfig}
    '';
    # What Debian never loads by itself: watchdogs, framebuffers that other drivers replace.
    environment.etc."modprobe.d/debian.conf".source = "${pkgs.kmod}/lib/modprobe.d/aliases.conf";

    environment.systemPackages = [ pkgs.kmod ];
  };
}
