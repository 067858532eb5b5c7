# systemd-boot: the boot loader of machines with UEFI firmware.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) literalExpression mkOption types;
  cfg = config.boot.loader.systemd-boot;
  inherit (config.boot.loader) efi;

  plan = pkgs.writeText "systemd-boot.json" (
    builtins.toJSON {
      esp = efi.efiSysMountPoint;
      boot = if cfg.xbootldrMountPoint != null then cfg.xbootldrMountPoint else efi.efiSysMountPoint;
      distribution = config.system.nixos.distroName;
      limit = cfg.configurationLimit;
      inherit (config.boot.loader) timeout;
      inherit (cfg) editor graceful;
      console_mode = cfg.consoleMode;
      can_touch_variables = efi.canTouchEfiVariables;
      sort_key = cfg.sortKey;
      loader = "${pkgs.debianPackages.systemd-boot-efi}/lib/systemd/boot/efi/systemd-bootx64.efi";
      efibootmgr = "${pkgs.efibootmgr}/bin/efibootmgr";
      extra_files = lib.mapAttrs (_: file: "${file}") cfg.extraFiles;
      extra_entries = cfg.extraEntries;
    }
  );

  # Python finds the part that loaders share beside the program.
  program = pkgs.linkFarm "install-systemd-boot" {
    "install.py" = ./install.py;
    "generations.py" = ../generations.py;
  };

  installer = pkgs.writeShellScript "install-systemd-boot" ''
    export PYTHONPATH=${program}
    set -e
    ${pkgs.python3}/bin/python3 -B ${program}/install.py ${plan} "$@"
    ${cfg.extraInstallCommands}
  '';
in
{
  options.boot.loader.systemd-boot = {
    enable = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = "Whether systemd-boot starts the system.";
    };
    editor = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the kernel's command line can be edited in the menu, which gives everybody at the console root's rights.";
    };
    configurationLimit = mkOption {
      type = types.nullOr types.int;
      default = null;
      example = 120;
      description = "How many generations the menu has at most; null for all.";
    };
    consoleMode = mkOption {
      type = types.enum [
        "0"
        "1"
        "2"
        "5"
        "auto"
        "max"
        "keep"
      ];
      default = "keep";
      description = "The resolution of the menu: 80×25, 80×50, the firmware's own, a fitting one, the highest, or as it is.";
    };
    sortKey = mkOption {
      type = types.str;
      default = "nixos";
      description = "What the entries are sorted by among those of other systems.";
    };
    graceful = mkOption {
      type = types.bool;
      default = false;
      description = "Whether it is no error when the firmware's variables cannot be changed.";
    };
    xbootldrMountPoint = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "/boot";
      description = "Where a partition for kernels is mounted, beside the EFI system partition (XBOOTLDR).";
    };
    extraFiles = mkOption {
      type = types.attrsOf types.path;
      default = { };
      example = literalExpression ''{ "efi/memtest86/memtest.efi" = "''${pkgs.memtest86plus}/memtest.efi"; }'';
      description = "Files that are copied to the partition.";
    };
    extraEntries = mkOption {
      type = types.attrsOf types.lines;
      default = { };
      example = {
        "memtest86.conf" = ''
          title Memtest86+
          efi /efi/memtest86/memtest.efi
          sort-key z_memtest
        '';
      };
      description = "Further entries of the menu; their names end in `.conf`.";
    };
    extraInstallCommands = mkOption {
      type = types.lines;
      default = "";
      example = "cp /etc/logo.bmp /boot/";
      description = "Shell commands that run when the loader has been installed.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = pkgs.stdenv.hostPlatform.isx86_64;
        message = "boot.loader.systemd-boot is for machines with x86-64 processors here.";
      }
    ]
    ++ map (name: {
      assertion = lib.hasSuffix ".conf" name;
      message = "boot.loader.systemd-boot.extraEntries: the name ${name} does not end in .conf.";
    }) (lib.attrNames cfg.extraEntries);

    boot.loader.grub.enable = lib.mkDefault false;
    boot.loader.supportsInitrdSecrets = true;

    system.build.installBootLoader = installer;
    system.boot.loader.id = "systemd-boot";
  };
}
