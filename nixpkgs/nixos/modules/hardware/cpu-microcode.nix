# Corrections of the processor's own program, loaded by the kernel from the start of the initrd.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.hardware.cpu;

  # The kernel looks for `kernel/x86/microcode/<vendor>.bin` in an archive that is not compressed.
  archive =
    name: vendor: package: files:
    "${
      pkgs.runCommandLocal "${name}-microcode" { nativeBuildInputs = [ pkgs.cpio ]; } ''
        mkdir -p $out kernel/x86/microcode
        cat ${package}/lib/firmware/${files} > kernel/x86/microcode/${vendor}.bin
        touch -d @1 kernel/x86/microcode/${vendor}.bin
        find kernel | sort | cpio --quiet -o -H newc -R +0:+0 --reproducible > $out/${name}-ucode.img
      ''
    }/${name}-ucode.img";

  vendorOptions = name: {
    updateMicrocode = mkOption {
      type = types.bool;
      default = false;
      description = "Whether processors of ${name} get their microcode updated at boot.";
    };
  };
in
{
  options.hardware.cpu = {
    intel = vendorOptions "Intel" // {
      microcodePackage = mkOption {
        type = types.package;
        default = pkgs.microcode-intel;
        defaultText = lib.literalExpression "pkgs.microcode-intel";
        description = "The package with the microcode.";
      };
    };
    amd = vendorOptions "AMD";
    x86.msr.enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether programs can read and write the processor's model-specific registers.";
    };
  };

  config = {
    boot.initrd.prepend = lib.mkOrder 1 (
      lib.optional cfg.intel.updateMicrocode (
        archive "intel" "GenuineIntel" cfg.intel.microcodePackage "intel-ucode/*-??"
      )
      ++ lib.optional cfg.amd.updateMicrocode (
        archive "amd" "AuthenticAMD" pkgs.microcode-amd "amd-ucode/microcode_amd*.bin"
      )
    );
    boot.kernelModules = mkIf cfg.x86.msr.enable [ "msr" ];
  };
}
