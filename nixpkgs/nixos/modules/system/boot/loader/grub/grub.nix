# GRUB: the boot loader for BIOS and UEFI.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.boot.loader.grub;
  inherit (config.boot.loader) efi;

  text =
    example: description:
    mkOption {
      type = types.lines;
      default = "";
      inherit example description;
    };
  flag =
    description:
    mkOption {
      type = types.bool;
      default = false;
      inherit description;
    };

  plan = pkgs.writeText "grub.json" (
    builtins.toJSON {
      distribution = config.system.nixos.distroName;
      configuration_name = cfg.configurationName;
      limit = cfg.configurationLimit;
      timeout = config.boot.loader.timeout;
      default_entry = cfg.default;
      copy_kernels = cfg.copyKernels;
      mirrors = map (mirror: {
        inherit (mirror) path devices;
        efi = if cfg.efiSupport then mirror.efiSysMountPoint else null;
      }) cfg.mirroredBoots;
      removable = cfg.efiInstallAsRemovable;
      can_touch_variables = efi.canTouchEfiVariables;
      bios_platform = "${pkgs.debianPackages.grub-pc-bin}/lib/grub/i386-pc";
      efi_platform = "${pkgs.debianPackages.grub-efi-amd64-bin}/lib/grub/x86_64-efi";
      programs = lib.makeBinPath [
        pkgs.debianPackages.grub-common
        pkgs.debianPackages.grub2-common
        pkgs.util-linux
        pkgs.coreutils
        pkgs.efibootmgr
      ];
      install_arguments = cfg.extraGrubInstallArgs ++ lib.optional cfg.forceInstall "--force";
      search = cfg.fsIdentifier;
      extra_config = cfg.extraConfig;
      extra_entries = cfg.extraEntries;
      extra_entries_first = cfg.extraEntriesBeforeNixOS;
      extra_per_entry = cfg.extraPerEntryConfig;
      gfx_mode = if cfg.efiSupport then cfg.gfxmodeEfi else cfg.gfxmodeBios;
      extra_files = lib.mapAttrs (_: file: "${file}") cfg.extraFiles;
    }
  );

  program = pkgs.linkFarm "install-grub" {
    "install.py" = ./install.py;
    "generations.py" = ../generations.py;
  };
in
{
  options.boot.loader.grub = {
    enable = mkOption {
      type = types.bool;
      default = !config.boot.isContainer;
      defaultText = lib.literalExpression "!config.boot.isContainer";
      description = "Whether GRUB starts the system.";
    };
    device = mkOption {
      type = types.str;
      default = "";
      example = "/dev/disk/by-id/wwn-0x500001234567890a";
      description = "The disk that GRUB is installed on for a BIOS; `nodev` for a menu only, as with UEFI firmware.";
    };
    devices = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "/dev/disk/by-id/wwn-0x500001234567890a" ];
      description = "The disks that GRUB is installed on for a BIOS; use `device` where it is one.";
    };
    mirroredBoots = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            path = mkOption {
              type = types.str;
              example = "/boot1";
              description = "The folder with GRUB's files and, where it cannot read the store, kernels.";
            };
            efiSysMountPoint = mkOption {
              type = types.nullOr types.str;
              default = null;
              example = "/boot1/efi";
              description = "Where the EFI system partition is mounted; null for `path`.";
            };
            devices = mkOption {
              type = types.listOf types.str;
              default = [ ];
              example = [ "nodev" ];
              description = "The disks that GRUB is installed on for a BIOS.";
            };
          };
        }
      );
      default = [ ];
      example = [
        {
          path = "/boot1";
          devices = [ "/dev/disk/by-id/wwn-0x500001234567890a" ];
        }
      ];
      description = "Several places that the system can be started from.";
    };
    configurationName = mkOption {
      type = types.str;
      default = "";
      example = "Stable 2.6.21";
      description = "A name for the generation in the menu.";
    };
    configurationLimit = mkOption {
      type = types.int;
      default = 100;
      example = 120;
      description = "How many generations the menu has at most.";
    };
    default = mkOption {
      type = types.either types.int types.str;
      default = "0";
      example = "saved";
      apply = toString;
      description = "The entry that is started by itself: its number from 0, or `saved` for the one chosen last.";
    };
    copyKernels = mkOption {
      type = types.bool;
      default = false;
      description = "Whether kernels are copied to the folder of GRUB; that is done in any case where it is on another file system.";
    };
    efiSupport = flag "Whether GRUB is installed for UEFI firmware.";
    efiInstallAsRemovable = flag ''
      Whether GRUB is installed where firmware looks on removable disks, so that its variables need not be changed.
    '';
    forceInstall = flag "Whether GRUB is installed where it warns of that.";
    useOSProber = flag "Whether the menu has other systems that are found on the disks.";
    fsIdentifier = mkOption {
      type = types.enum [
        "uuid"
        "label"
        "provided"
      ];
      default = "uuid";
      description = "How GRUB finds file systems: by UUID, by label, or by what `fileSystems` says.";
    };
    extraGrubInstallArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "--modules=nativedisk ahci" ];
      description = "More arguments of `grub-install`.";
    };
    extraConfig = text "serial --unit=0 --speed=115200" "Commands at the start of GRUB's configuration.";
    extraEntries = text "menuentry \"Memtest\" { chainloader /memtest.efi }" "Entries after those of the system.";
    extraEntriesBeforeNixOS = flag "Whether `extraEntries` come first.";
    extraPerEntryConfig = text "root (hd0)" "Commands in each entry of the system.";
    extraInstallCommands = text "cp /etc/logo.png /boot/" "Shell commands that run when the loader has been installed.";
    extraFiles = mkOption {
      type = types.attrsOf types.path;
      default = { };
      example = lib.literalExpression ''{ "memtest.bin" = "''${pkgs.memtest86plus}/memtest.bin"; }'';
      description = "Files that are copied to the folder.";
    };
    gfxmodeEfi = mkOption {
      type = types.str;
      default = "auto";
      example = "1024x768";
      description = "The resolution of the menu with UEFI firmware.";
    };
    gfxmodeBios = mkOption {
      type = types.str;
      default = "1024x768";
      example = "auto";
      description = "The resolution of the menu with a BIOS.";
    };
  };

  config = lib.mkMerge [
    (lib.mkIf (cfg.device != "") { boot.loader.grub.devices = [ cfg.device ]; })
    (lib.mkIf cfg.enable {
      boot.loader.grub.mirroredBoots = lib.optionals (cfg.devices != [ ]) [
        {
          path = "/boot";
          inherit (cfg) devices;
          inherit (efi) efiSysMountPoint;
        }
      ];

      assertions = [
        {
          assertion = cfg.mirroredBoots != [ ];
          message = ''
            boot.loader.grub.device is not set: name the disk that GRUB is installed on, such as "/dev/sda", or "nodev" with UEFI firmware.
            For another boot loader set boot.loader.systemd-boot.enable = true, and for none boot.loader.grub.enable = false.'';
        }
        {
          assertion = cfg.efiSupport -> lib.all (mirror: lib.all (device: lib.hasPrefix "/" device || device == "nodev") mirror.devices) cfg.mirroredBoots;
          message = "boot.loader.grub.devices: a disk is named by its path, such as /dev/sda, or is \"nodev\".";
        }
        {
          assertion = cfg.efiInstallAsRemovable -> !efi.canTouchEfiVariables;
          message = "boot.loader.grub.efiInstallAsRemovable is for firmware whose variables are not changed: set boot.loader.efi.canTouchEfiVariables = false.";
        }
        {
          assertion = !cfg.useOSProber;
          message = "boot.loader.grub.useOSProber is not supported here: describe other systems in boot.loader.grub.extraEntries.";
        }
      ];

      boot.loader.supportsInitrdSecrets = true;
      system.boot.loader.id = "grub";
      system.build.installBootLoader = pkgs.writeShellScript "install-grub" ''
        set -e
        export PYTHONPATH=${program}
        ${pkgs.python3}/bin/python3 -B ${program}/install.py ${plan} "$@"
        ${cfg.extraInstallCommands}
      '';
    })
  ];
}
