# The kernel, its parameters and its modules.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    literalExpression
    mkIf
    mkMerge
    mkOption
    types
    ;
  cfg = config.boot;
  inherit (cfg.kernelPackages) kernel;

  moduleNames =
    what: example:
    mkOption {
      # `{ name = false; }` takes back a name that another module asks for.
      type = types.coercedTo (types.listOf types.str) (
        names: lib.genAttrs names (_: true)
      ) (types.attrsOf types.bool);
      apply = names: lib.attrNames (lib.filterAttrs (_: wanted: wanted) names);
      default = { };
      inherit example;
      description = "Names of kernel modules that ${what}: a list, or a set in which `false` takes a name back.";
    };
in
{
  options = {
    boot.kernel.enable = mkOption {
      type = types.bool;
      default = true;
      example = false;
      description = "Whether the system has a kernel. A container has none of its own.";
    };

    boot.kernel.features = mkOption {
      type = types.attrsOf types.bool;
      default = kernel.features;
      defaultText = literalExpression "config.boot.kernelPackages.kernel.features";
      readOnly = true;
      internal = true;
      description = "What the kernel can do, for modules that depend on it.";
    };

    boot.kernelPackages = mkOption {
      type = types.raw;
      default = pkgs.linuxPackages;
      defaultText = literalExpression "pkgs.linuxPackages";
      example = literalExpression "pkgs.linuxPackages_latest";
      description = ''
        The kernel, and the modules that are built for it: `linuxPackages` (Debian stable's), `linuxPackages_latest` (that of its
        backports), `linuxPackages_cloud` (without drivers for hardware that virtual machines do not have), `linuxPackages_rt`.
      '';
    };

    boot.kernelPatches = mkOption {
      type = types.listOf types.raw;
      default = [ ];
      example = [ ];
      description = "Patches to the kernel. Debian's kernel is not compiled here, so the list has to be empty.";
    };

    boot.kernelParams = mkOption {
      type = types.listOf (
        types.strMatching ''([^"[:space:]]|"[^"]*")+''
        // {
          name = "kernelParam";
          description = "string, with spaces inside double quotes";
        }
      );
      default = [ ];
      example = [ "quiet" ];
      description = "Words of the kernel's command line.";
    };

    boot.consoleLogLevel = mkOption {
      type = types.ints.between 0 15;
      default = 4;
      example = 7;
      description = "Messages of the kernel that are more urgent than this level are shown on the console.";
    };

    boot.vesa = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the console has 1024×768 points from the start where the firmware knows of VESA modes.";
    };

    boot.extraModulePackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = literalExpression "[ config.boot.kernelPackages.v4l2loopback ]";
      description = "Packages with further kernel modules in {file}`lib/modules`.";
    };

    boot.kernelModules = moduleNames "are loaded in stage 2" [ "kvm-intel" ];

    boot.initrd = {
      availableKernelModules =
        moduleNames "the initrd has, and loads if there is a device for them" [ "ahci" ];
      kernelModules = moduleNames "the initrd loads always" [ "dm-snapshot" ];
      includeDefaultModules = mkOption {
        type = types.bool;
        default = true;
        description = "Whether the initrd has the modules for usual disks, keyboards and USB controllers.";
      };
      allowMissingModules = mkOption {
        type = types.bool;
        default = false;
        description = "Whether names of modules that the kernel does not have are passed over.";
      };
    };

    system.unpackedModules = mkOption {
      type = types.listOf types.str;
      internal = true;
      default = [ ];
      apply = names: lib.naturalSort (lib.unique names);
      description = ''
        Names of modules that the system has unpacked, without the signature of who compiled them and without the lists
        by which their functions are traced, for processors that take long to unpack, to verify and to go through them.
        The kernel says once that it loaded something unsigned; with Secure Boot it loads none of these.
      '';
    };

    system.modulesTree = mkOption {
      type = types.listOf types.path;
      internal = true;
      default = [ ];
      apply =
        trees:
        let
          tree = if lib.length trees == 1 then lib.head trees else pkgs.aggregateModules trees;
        in
        if config.system.unpackedModules == [ ] then
          tree
        else
          pkgs.unpackModules {
            kernel = tree;
            modules = config.system.unpackedModules;
          };
      description = "The folders whose {file}`lib/modules` together is that of the system.";
    };
  };

  config = mkMerge [
    {
      boot.initrd.availableKernelModules = mkIf cfg.initrd.includeDefaultModules [
        # Disks
        "ahci"
        "ata_piix"
        "mmc_block"
        "nvme"
        "pata_marvell"
        "sata_nv"
        "sata_sis"
        "sata_uli"
        "sata_via"
        "sd_mod"
        "sr_mod"
        # Keyboards, for passphrases and for help
        "atkbd"
        "ehci_hcd"
        "ehci_pci"
        "hid_apple"
        "hid_cherry"
        "hid_corsair"
        "hid_generic"
        "hid_lenovo"
        "hid_logitech_dj"
        "hid_logitech_hidpp"
        "hid_microsoft"
        "hid_roccat"
        "i8042"
        "ohci_hcd"
        "ohci_pci"
        "uhci_hcd"
        "usbhid"
        "xhci_hcd"
        "xhci_pci"
      ];
    }

    (mkIf cfg.kernel.enable {
      assertions = [
        {
          assertion = cfg.kernelPatches == [ ];
          message = ''
            boot.kernelPatches: Debian's kernel comes compiled, so patches have no effect. Compile a kernel with
            stdenv.mkDerivation and give it to boot.kernelPackages with pkgs.linuxPackagesFor, or remove the patches.'';
        }
      ];

      system.build = { inherit kernel; };
      system.modulesTree = [ kernel ] ++ cfg.extraModulePackages;
      system.systemBuilderLinks = {
        # A tree with unpacked modules has the kernel, too: the system need not keep its own tree beside it.
        kernel = "${
          if config.system.unpackedModules == [ ] then kernel else config.system.modulesTree
        }/${config.system.boot.loader.kernelFile}";
        kernel-modules = "${config.system.modulesTree}";
        firmware = "${config.hardware.firmware}/lib/firmware";
      }
      // lib.optionalAttrs cfg.initrd.enable {
        initrd = "${config.system.build.initialRamdisk}/${config.system.boot.loader.initrdFile}";
        append-initrd-secrets = "${config.system.build.initialRamdiskSecretAppender}/bin/append-initrd-secrets";
      };

      boot.kernelParams = [
        "loglevel=${toString cfg.consoleLogLevel}"
      ]
      ++ lib.optionals cfg.vesa [
        "vga=0x317"
        "nomodeset"
      ];

      boot.kernelModules = [
        "loop"
        "atkbd"
      ];
      boot.kernel.sysctl."kernel.printk" = lib.mkDefault cfg.consoleLogLevel;

      # What the system asks for by name is there before any service starts.
      environment.etc."modules-load.d/nixos.conf".text = lib.concatMapStrings (
        name: "${name}\n"
      ) cfg.kernelModules;

      systemd.services.systemd-modules-load = {
        wantedBy = [ "multi-user.target" ];
        restartTriggers = [ config.environment.etc."modules-load.d/nixos.conf".text ];
        # A module that fails to load, for a device that is not there, is no reason to fail.
        serviceConfig.SuccessExitStatus = "0 1";
      };
    })
  ];
}
