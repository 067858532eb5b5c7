# How kernel modules are loaded.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.boot;
in
{
  options.boot = {
    modprobeConfig.enable = mkOption {
      type = types.bool;
      default = !cfg.isContainer;
      defaultText = lib.literalExpression "!config.boot.isContainer";
      description = "Whether the system loads kernel modules, which containers cannot.";
    };

    blacklistedKernelModules = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "cirrusfb" ];
      description = "Modules that are not loaded by themselves when there is a device for them.";
    };

    extraModprobeConfig = mkOption {
      type = types.lines;
      default = "";
      example = "options snd_hda_intel power_save=1";
      description = "Lines in the format of {manpage}`modprobe.d(5)`.";
    };

    isContainer = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the system is a container, which has neither a kernel nor a boot loader.";
    };
  };

  config = lib.mkIf cfg.modprobeConfig.enable {
    environment.etc = {
      "modprobe.d/nixos.conf".text = lib.concatMapStrings (name: "blacklist ${name}\n") cfg.blacklistedKernelModules
        + cfg.extraModprobeConfig;
      "modprobe.d/systemd.conf".source = "${config.systemd.package}/lib/modprobe.d/systemd.conf";
    };
    environment.systemPackages = [ pkgs.kmod ];
    system.activationScripts.modprobe.step = "modprobe";
    system.activation.plan.modprobe = "${pkgs.kmod}/bin/modprobe";
  };
}
