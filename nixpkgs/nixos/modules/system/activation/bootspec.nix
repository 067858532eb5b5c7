# What boot loaders need to know about the system: `boot.json`.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.boot.bootspec;

  hasKernel = config.boot.kernel.enable or (!config.boot.isContainer);
  hasInitrd = hasKernel && config.boot.initrd.enable or true;

  # `@out@` becomes the system's own path.
  document = {
    "org.nixos.bootspec.v1" = {
      system = pkgs.stdenv.hostPlatform.system;
      init = "@out@/init";
      kernelParams = config.boot.kernelParams;
      label = "${config.system.nixos.distroName} ${config.system.nixos.codeName} ${config.system.nixos.label}"
        + lib.optionalString hasKernel " (Linux ${config.boot.kernelPackages.kernel.modDirVersion})";
      toplevel = "@out@";
    }
    // lib.optionalAttrs hasKernel {
      inherit (config.system.systemBuilderLinks) kernel;
    }
    // lib.optionalAttrs hasInitrd {
      initrd = "${config.system.build.initialRamdisk}/${config.system.boot.loader.initrdFile}";
    }
    // lib.optionalAttrs (hasInitrd && (config.boot.initrd.secrets or { }) != { }) {
      initrdSecrets = "@out@/append-initrd-secrets";
    };
  }
  // cfg.extensions;
in
{
  options.boot.bootspec = {
    enable = mkOption {
      type = types.bool;
      default = true;
      internal = true;
      description = "Whether the system has the file {file}`boot.json`.";
    };
    extensions = mkOption {
      type = types.attrsOf types.anything;
      default = { };
      internal = true;
      description = "What single boot loaders want to know besides, by a name that is theirs.";
    };
  };

  config = mkIf cfg.enable {
    system.bootDocument = document;
  };
}
