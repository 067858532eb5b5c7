# Stage 1: the initrd that mounts what the system starts from.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (lib)
    concatMapStringsSep
    concatStringsSep
    filter
    literalExpression
    mkOption
    optionalString
    types
    ;
  cfg = config.boot.initrd;

  bootFileSystems = filter utils.fsNeededForBoot config.system.build.fileSystems;

  modulesClosure = pkgs.makeModulesClosure {
    rootModules = cfg.availableKernelModules ++ cfg.kernelModules;
    kernel = config.system.modulesTree;
    firmware = config.hardware.firmware;
    allowMissing = cfg.allowMissingModules;
  };

  # Spaces and backslashes of a word in a table, as octal escapes.
  escape =
    word:
    lib.replaceStrings
      [
        "\\"
        " "
        "\t"
        "\n"
      ]
      [
        "\\0134"
        "\\040"
        "\\011"
        "\\012"
      ]
      (toString word);

  # What only later stages read.
  isForSystemd =
    option:
    lib.hasPrefix "x-" option
    || lib.elem option [
      "auto"
      "defaults"
      "noauto"
      "nofail"
      "_netdev"
    ];

  # How stage 1 looks at the device before it mounts it.
  checkOf =
    fs:
    let
      hasDevice = lib.hasPrefix "/" fs.device && !(lib.elem "bind" fs.options || lib.elem "rbind" fs.options);
      words =
        lib.optional (!fs.noCheck && cfg.checkJournalingFS || !fs.noCheck && lib.elem fs.fsType [
          "ext2"
          "vfat"
        ]) "check"
        ++ lib.optional fs.autoResize "resize";
    in
    if lib.elem "bind" fs.options || lib.elem "rbind" fs.options then
      "bind"
    else if !hasDevice || fs.fsType == "zfs" then
      "none"
    else
      concatStringsSep "+" ([ "wait" ] ++ words);

  fileSystemLine =
    fs:
    let
      device = if fs.device != null then fs.device else "/dev/disk/by-label/${fs.label}";
      options = filter (option: !isForSystemd option) fs.options;
    in
    concatStringsSep " " [
      (escape fs.mountPoint)
      (escape device)
      (if fs.fsType == "" then "auto" else fs.fsType)
      (if options == [ ] then "rw" else escape (concatStringsSep "," options))
      (checkOf (fs // { inherit device; }))
    ];

  settings = {
    distribution = config.system.nixos.distroName;
    inherit (cfg) deviceTimeout;
    verbose = optionalString cfg.verbose "1";
    kernelModules = concatStringsSep " " cfg.kernelModules;
    # Without the usual drivers there is nothing to load for, unless a device does not appear.
    loadForDevices = optionalString cfg.includeDefaultModules "1";
    runSize = config.boot.runSize;
    devSize = config.boot.devSize;
    devShmSize = config.boot.devShmSize;
    resumeDevice = config.boot.resumeDevice;
    resumeCandidates = concatStringsSep " " (
      map (swap: swap.device) (
        filter (
          swap: lib.hasPrefix "/dev/" swap.device && !swap.randomEncryption.enable && swap.size == null
        ) config.swapDevices
      )
    );
    # Overridden on the kernel's command line.
    init = "/init";
    rootOverride = "";
    allowShell = "";
    panicOnFail = "";
    debugAt = "";
    copyToRam = "";
  };

  hookOption =
    when:
    mkOption {
      type = types.lines;
      default = "";
      example = "echo here";
      description = "Shell commands that stage 1 runs ${when}. Programs are given by their store paths.";
    };

  hooks = {
    preDevice = cfg.preDeviceCommands;
    device = cfg.deviceCommands;
    preLVM = cfg.preLVMCommands;
    lvm = cfg.lvmCommands;
    lookAgain = cfg.lookAgainCommands;
    postDevice = cfg.postDeviceCommands;
    postResume = cfg.postResumeCommands;
    copyToRam = cfg.copyToRamCommands;
    postMount = cfg.postMountCommands;
    preFail = cfg.preFailCommands;
  };

  text = target: content: {
    inherit target;
    text = content;
  };

  contents = [
    (text "/init" (builtins.readFile ./stage-1-init.sh) // { mode = "555"; })
    {
      source = "${pkgs.busybox-static}/bin/busybox";
      target = "/bin/busybox";
      copy = true;
    }
    (text "/etc/stage-1/settings" (lib.toShellVars settings + "\n"))
    (text "/etc/stage-1/filesystems" (concatMapStringsSep "" (fs: fileSystemLine fs + "\n") bootFileSystems))
    (text "/etc/modprobe.d/nixos.conf" config.environment.etc."modprobe.d/nixos.conf".text)
    {
      source = "${modulesClosure}/lib";
      target = "/lib";
      copy = true;
    }
  ]
  ++
    map
      (target: {
        link = "/bin/busybox";
        inherit target;
      })
      [
        "/bin/sh"
        "/bin/modprobe"
      ]
  ++ lib.mapAttrsToList (name: program: {
    source = program;
    target = "/bin/${name}";
  }) cfg.programs
  ++ lib.mapAttrsToList (name: commands: text "/etc/stage-1/hooks/${name}" commands) (
    lib.filterAttrs (_: commands: commands != "") hooks
  )
  ++ lib.mapAttrsToList (target: file: {
    inherit (file) source;
    inherit target;
    copy = true;
  }) cfg.extraFiles;

  initialRamdisk = pkgs.makeInitrdNG {
    name = "initrd-${config.boot.kernelPackages.kernel.name or "kernel"}";
    inherit (cfg) compressor compressorArgs;
    prepend = map toString cfg.prepend;
    inherit contents;
  };
in
{
  options.boot = {
    initrd = {
      enable = mkOption {
        type = types.bool;
        default = !config.boot.isContainer;
        defaultText = literalExpression "!config.boot.isContainer";
        description = "Whether the system has an initrd. A kernel that mounts the root file system by itself needs none.";
      };

      verbose = mkOption {
        type = types.bool;
        default = true;
        description = "Whether stage 1 says what it does; it always says what goes wrong.";
      };

      checkJournalingFS = mkOption {
        type = types.bool;
        default = true;
        description = "Whether stage 1 also checks file systems that keep a journal.";
      };

      preDeviceCommands = hookOption "before it loads the modules of devices";
      deviceCommands = hookOption "once the modules of devices are loaded" // { internal = true; };
      preLVMCommands = hookOption "before it looks for LVM's volumes";
      lvmCommands = hookOption "to find LVM's volumes" // { internal = true; };
      lookAgainCommands = hookOption "again and again while it waits for a device" // { internal = true; };
      postDeviceCommands = hookOption "when devices are there, before it mounts file systems";
      postResumeCommands = hookOption "when there was no hibernated system to go back to";
      copyToRamCommands =
        hookOption "if the kernel command line has `copytoram`" // { internal = true; };
      postMountCommands = hookOption "when all file systems are mounted, below {file}`/mnt-root`";
      preFailCommands = hookOption "before it asks what to do about an error";

      deviceTimeout = mkOption {
        type = types.ints.positive;
        default = 20;
        internal = true;
        description = "How many seconds stage 1 waits for a device that a file system is on.";
      };

      programs = mkOption {
        type = types.attrsOf types.path;
        default = { };
        internal = true;
        description = "Programs of the initrd, by their names in its {file}`/bin`; their libraries come along.";
      };

      extraFiles = mkOption {
        type = types.attrsOf (
          types.submodule {
            options.source = mkOption {
              type = types.path;
              description = "The file or folder that is copied.";
            };
          }
        );
        default = { };
        example = literalExpression ''{ "/etc/motd".source = ./motd; }'';
        description = "Files that the initrd has, by their places in it.";
      };

      supportedFilesystems = mkOption {
        type = types.coercedTo (types.listOf types.str) (
          names: lib.genAttrs names (_: true)
        ) (types.attrsOf types.bool);
        default = { };
        example = [ "btrfs" ];
        description = "Types of file systems that stage 1 can mount, beside those that `fileSystems` has.";
      };

      compressor = mkOption {
        type = types.either types.str (types.functionTo types.str);
        default = "zstd";
        example = "xz";
        description = "How the initrd is compressed: `zstd`, `gzip`, `xz`, `lz4`, or `cat` for not at all; or a function from `pkgs` to a program.";
      };
      compressorArgs = mkOption {
        type = types.nullOr (types.listOf types.str);
        default = null;
        example = [ "-19" ];
        description = "Arguments of the compressor; null for those that fit it.";
      };

      prepend = mkOption {
        type = types.listOf types.path;
        default = [ ];
        example = literalExpression ''[ "''${pkgs.microcode-intel}/intel-ucode.img" ]'';
        description = "Archives that stand before the initrd's own, uncompressed.";
      };

      systemd = mkOption {
        type = types.submodule {
          # What else is said of it matters once it is enabled, which is an error.
          freeformType = types.lazyAttrsOf types.anything;
          options.enable = mkOption {
            type = types.bool;
            default = false;
            description = "Whether stage 1 runs systemd. Neve's stage 1 is a script, so this cannot be switched on.";
          };
        };
        default = { };
        description = "A stage 1 with systemd, which there is none of: its options change nothing for the script.";
      };
    };

    isContainer = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the system runs in a container, on its host's kernel.";
    };

    resumeDevice = mkOption {
      type = types.str;
      default = "";
      example = "/dev/disk/by-label/swap";
      description = "The device that a hibernated system is on; all swap devices are tried in any case.";
    };

    devSize = mkOption {
      type = types.str;
      default = "5%";
      example = "32m";
      description = "The most that {file}`/dev` may hold: a size, or a part of the memory.";
    };
    devShmSize = mkOption {
      type = types.str;
      default = "50%";
      example = "256m";
      description = "The most that {file}`/dev/shm` may hold: a size, or a part of the memory.";
    };
    runSize = mkOption {
      type = types.str;
      default = "25%";
      example = "256m";
      description = "The most that {file}`/run` may hold: a size, or a part of the memory.";
    };
  };

  config = lib.mkMerge [
    { system.build.fileSystemsForBoot = bootFileSystems; }
    (lib.mkIf cfg.enable {
      assertions = [
        {
          assertion = lib.any (fs: fs.mountPoint == "/") bootFileSystems;
          message = ''
            The option fileSystems has no "/": say which device has the root file system, for instance
              fileSystems."/" = { device = "/dev/disk/by-label/nixos"; fsType = "ext4"; };
            nixos-generate-config writes such a definition for the machine that it runs on.'';
        }
        {
          assertion = !cfg.systemd.enable;
          message = "boot.initrd.systemd.enable: stage 1 is a script here, which has no variant with systemd; remove the option.";
        }
      ];

      system.build = { inherit initialRamdisk modulesClosure; };

      boot.initrd.supportedFilesystems = map (fs: fs.fsType) (
        filter (fs: fs.fsType != "") bootFileSystems
      );
    })
  ];
}
