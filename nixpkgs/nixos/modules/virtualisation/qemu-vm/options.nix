# What the virtual machine is like.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  inherit (lib) literalExpression mkOption types;
  cfg = config.virtualisation;

  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };

  addressOptions = where: {
    address = mkOption {
      type = types.str;
      default = "";
      example = "127.0.0.1";
      description = "The IPv4 address on the ${where}; empty for all of them.";
    };
    port = mkOption {
      type = types.port;
      example = 2222;
      description = "The port on the ${where}.";
    };
  };
in
{
  options.virtualisation = {
    host.pkgs = mkOption {
      type = options.nixpkgs.pkgs.type;
      default = pkgs;
      defaultText = literalExpression "pkgs";
      example = literalExpression ''import <nixpkgs> { system = "aarch64-linux"; }'';
      description = "The package set for what runs on the host: QEMU, and the script that starts it.";
    };

    memorySize = mkOption {
      type = types.ints.positive;
      default = 1024;
      example = 4096;
      description = "The memory of the machine in MiB.";
    };

    cores = mkOption {
      type = types.ints.positive;
      default = 1;
      example = 4;
      description = "How many processors the machine has.";
    };

    msize = mkOption {
      type = types.ints.positive;
      default = 16384;
      example = 65536;
      description = "The bytes of a packet when the machine reads folders of the host (9p).";
    };

    nixStore9pCache = mkOption {
      type = types.enum [
        "loose"
        "none"
        "fscache"
      ];
      default = "loose";
      description = "What the machine remembers of the host's store (9p); `loose` is the fastest, and right for what does not change.";
    };

    diskImage = mkOption {
      type = types.nullOr types.str;
      default = "./${config.system.name}.qcow2";
      defaultText = literalExpression ''"./''${config.system.name}.qcow2"'';
      example = "/var/lib/machine.qcow2";
      description = ''
        The file that has the machine's disk, made when it is missing; {env}`NIX_DISK_IMAGE` overrides it. With null the machine
        has no disk, and its root file system is in memory.
      '';
    };

    bootLoaderDevice = mkOption {
      type = types.path;
      default = "/dev/disk/by-id/virtio-root";
      example = "/dev/disk/by-id/virtio-boot-loader-device";
      description = "The disk that a boot loader of the BIOS is on.";
    };

    bootPartition = mkOption {
      type = types.nullOr types.path;
      default =
        if cfg.useEFIBoot then
          "/dev/disk/by-label/ESP"
        else if cfg.useBIOSBoot then
          "/dev/disk/by-label/BOOT"
        else
          null;
      defaultText = literalExpression ''"/dev/disk/by-label/ESP" with EFI, "/dev/disk/by-label/BOOT" with a BIOS partition, else null'';
      example = "/dev/disk/by-label/esp";
      description = "The partition that the boot loader's files are on; null if they are in the root file system.";
    };

    rootDevice = mkOption {
      type = types.nullOr types.path;
      default = "/dev/disk/by-label/nixos";
      example = "/dev/disk/by-label/root";
      description = "The device of the root file system; null for one in memory.";
    };

    emptyDiskImages = mkOption {
      type = types.listOf (
        types.coercedTo types.ints.positive (size: { inherit size; }) (
          types.submodule {
            options = {
              size = mkOption {
                type = types.ints.positive;
                example = 512;
                description = "The size in MiB.";
              };
              driveConfig = mkOption {
                type = types.attrs;
                default = { };
                example = {
                  deviceExtraOpts.serial = "data";
                };
                description = "More of the drive, as in {option}`virtualisation.qemu.drives`.";
              };
            };
          }
        )
      );
      default = [ ];
      example = [ 512 ];
      description = "Further disks, empty at first: {file}`/dev/vdb` and so on. They go with the temporary folder.";
    };

    graphics = flag true ''
      Whether the machine has a display. Without it, QEMU is started with `-nographic`, and the terminal is the machine's
      serial console.
    '';

    resolution = mkOption {
      type = types.submodule {
        options = {
          x = mkOption {
            type = types.ints.positive;
            example = 1920;
            description = "The width.";
          };
          y = mkOption {
            type = types.ints.positive;
            example = 1080;
            description = "The height.";
          };
        };
      };
      default = {
        x = 1024;
        y = 768;
      };
      description = "The size of the display in points.";
    };

    sharedDirectories = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = {
            source = mkOption {
              type = types.str;
              example = "/home/alice/shared";
              description = "The folder of the host; the start script expands variables in it.";
            };
            target = mkOption {
              type = types.path;
              example = "/mnt/shared";
              description = "Where the guest has it.";
            };
            securityModel = mkOption {
              type = types.enum [
                "passthrough"
                "mapped-xattr"
                "mapped-file"
                "none"
              ];
              default = "mapped-xattr";
              description = "How owners and modes of files are kept on the host.";
            };
          };
        }
      );
      default = { };
      example = {
        my-share = {
          source = "/path/to/be/shared";
          target = "/mnt/shared";
        };
      };
      description = "Folders of the host that the guest can use.";
    };

    additionalPaths = mkOption {
      type = types.listOf types.path;
      default = [ ];
      example = literalExpression "[ pkgs.hello ]";
      description = "Store paths that the guest's Nix knows, with all that they refer to. The system is always among them.";
    };

    forwardPorts = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            from = mkOption {
              type = types.enum [
                "host"
                "guest"
              ];
              default = "host";
              description = "Whose connections are passed on: those to a port of the host into the guest, or the other way round.";
            };
            proto = mkOption {
              type = types.enum [
                "tcp"
                "udp"
              ];
              default = "tcp";
              description = "The protocol.";
            };
            host = addressOptions "host";
            guest = addressOptions "guest";
          };
        }
      );
      default = [ ];
      example = [
        {
          from = "host";
          host.port = 2222;
          guest.port = 22;
        }
      ];
      description = "Ports that are passed on between host and guest.";
    };

    restrictNetwork = flag false "Whether the guest reaches neither the host nor any network, but for `forwardPorts`.";

    mountHostNixStore = mkOption {
      type = types.bool;
      default = !cfg.useNixStoreImage && !cfg.useBootLoader;
      defaultText = literalExpression "!cfg.useNixStoreImage && !cfg.useBootLoader";
      description = "Whether the guest uses the host's store.";
    };

    useNixStoreImage = mkOption {
      type = types.bool;
      default =
        if options.virtualisation.mountHostNixStore.highestPrio < (lib.mkOptionDefault { }).priority then
          !cfg.mountHostNixStore && !cfg.useBootLoader
        else
          !cfg.useBootLoader;
      defaultText = literalExpression "true, unless mountHostNixStore or useBootLoader are set";
      description = ''
        Whether the guest's store is an image of the paths that it needs, made at each start, instead of the host's store. Reading
        from it takes an emulated machine half as long, and the host's other paths are not seen.
      '';
    };

    writableStore = mkOption {
      type = types.bool;
      default = !cfg.useBootLoader;
      defaultText = literalExpression "!cfg.useBootLoader";
      description = "Whether the guest can add to its store; what it adds is not seen by the host.";
    };

    writableStoreUseTmpfs = flag true "Whether what the guest adds to its store is in memory, instead of on its disk.";

    useBootLoader = flag false ''
      Whether the machine starts from its disk by way of the boot loader that is installed there, instead of QEMU loading the
      kernel. It can then change its own system.
    '';

    installBootLoader = mkOption {
      type = types.bool;
      default = cfg.useBootLoader && cfg.useDefaultFilesystems;
      defaultText = literalExpression "cfg.useBootLoader && cfg.useDefaultFilesystems";
      description = "Whether the disk that is made has the boot loader installed.";
    };

    directBoot = {
      enable = mkOption {
        type = types.bool;
        default = !cfg.useBootLoader;
        defaultText = literalExpression "!cfg.useBootLoader";
        description = "Whether QEMU loads the kernel and the initrd.";
      };
      initrd = mkOption {
        type = types.str;
        default = "${config.system.build.initialRamdisk}/${config.system.boot.loader.initrdFile}";
        defaultText = literalExpression ''"''${config.system.build.initialRamdisk}/initrd"'';
        description = "The initrd that QEMU loads.";
      };
    };

    useBIOSBoot = flag false "Whether the disk has a partition of its own for {file}`/boot`, for a boot loader of the BIOS.";
    useEFIBoot = flag false "Whether the machine has UEFI firmware, and variables of it in a file of their own ({env}`NIX_EFI_VARS`).";
    useSecureBoot = flag false "Whether that firmware checks signatures.";

    efi = {
      OVMF = mkOption {
        type = types.package;
        default = cfg.host.pkgs.OVMF;
        defaultText = literalExpression "pkgs.OVMF";
        description = "The package with the firmware.";
      };
      firmware = mkOption {
        type = types.path;
        default = "${cfg.efi.OVMF}/share/OVMF/OVMF_CODE_4M${lib.optionalString cfg.useSecureBoot ".secboot"}.fd";
        defaultText = literalExpression ''"''${cfg.efi.OVMF}/share/OVMF/OVMF_CODE_4M.fd"'';
        description = "The firmware.";
      };
      variables = mkOption {
        type = types.path;
        default = "${cfg.efi.OVMF}/share/OVMF/OVMF_VARS_4M${lib.optionalString cfg.useSecureBoot ".ms"}.fd";
        defaultText = literalExpression ''"''${cfg.efi.OVMF}/share/OVMF/OVMF_VARS_4M.fd"'';
        description = "What the file with the variables is a copy of, at first.";
      };
      keepVariables = mkOption {
        type = types.bool;
        default = cfg.useBootLoader;
        defaultText = literalExpression "cfg.useBootLoader";
        description = "Whether the variables are at first those that installing the boot loader has set.";
      };
    };

    bios = mkOption {
      type = types.nullOr types.package;
      default = null;
      example = literalExpression "pkgs.qboot";
      description = "A package with firmware in {file}`bios.bin`, in place of QEMU's own.";
    };

    useDefaultFilesystems = flag true ''
      Whether the disk gets an ext4 file system that is the guest's root; swap and encrypted devices of the configuration are
      left out. Otherwise the disk is empty at first, and the configuration says what is on it.
    '';

    fileSystems = mkOption {
      inherit (options.fileSystems) type;
      default = { };
      example = literalExpression ''{ "/data".fsType = "tmpfs"; }'';
      description = "File systems of the guest, in place of those of the configuration.";
    };

    useHostCerts = flag false "Whether the guest trusts the certificates in the host's {env}`NIX_SSL_CERT_FILE`.";

    tpm = {
      enable = flag false "Whether the machine has a TPM 2.0; its state is in {env}`NIX_SWTPM_DIR`.";
      package = mkOption {
        type = types.package;
        default = cfg.host.pkgs.swtpm;
        defaultText = literalExpression "pkgs.swtpm";
        description = "The emulator of the TPM.";
      };
      deviceModel = mkOption {
        type = types.str;
        default =
          if pkgs.stdenv.hostPlatform.isx86 then
            "tpm-tis"
          else if pkgs.stdenv.hostPlatform.isPower then
            "tpm-spapr"
          else
            "tpm-tis-device";
        defaultText = literalExpression ''"tpm-tis"'';
        example = "tpm-crb";
        description = "The kind of device.";
      };
      provisioning = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "tpm2_nvdefine 0xcafecafe -C o -a 'ownerread|policyread|policywrite|ownerwrite|authread|authwrite'";
        description = "Shell commands that run on the host before the machine starts; {env}`TCTI` names the TPM.";
      };
    };

    credentials = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = {
            mechanism = mkOption {
              type = types.enum [
                "smbios"
                "fw_cfg"
              ];
              default = if pkgs.stdenv.hostPlatform.isx86 then "smbios" else "fw_cfg";
              defaultText = literalExpression ''"smbios" on x86, else "fw_cfg"'';
              description = "How the machine gets it.";
            };
            source = mkOption {
              type = types.nullOr types.str;
              default = null;
              description = "A file of the host; the start script expands variables in its name.";
            };
            text = mkOption {
              type = types.nullOr types.str;
              default = null;
              description = "The credential itself. It is in the store then, for everybody to read.";
            };
          };
        }
      );
      default = { };
      example = {
        "tmpfiles.extra".text = "f /etc/motd 0644 root root - hello";
      };
      description = "Credentials that systemd in the guest gets, by name.";
    };
  };
}
