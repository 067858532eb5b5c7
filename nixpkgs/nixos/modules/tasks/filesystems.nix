# File systems: what is mounted where.
{
  config,
  lib,
  utils,
  ...
}:
let
  inherit (lib)
    concatMapStrings
    concatStringsSep
    elem
    filter
    literalExpression
    mkDefault
    mkIf
    mkOption
    types
    ;
  inherit (utils) fsBefore fsNeededForBoot;

  nonEmpty = types.addCheck types.str (text: builtins.match "[ \t\n]*" text == null) // {
    description = "string (non-empty)";
  };
  # A mount point is the same with and without a slash at its end.
  mountPointType = types.coercedTo nonEmpty (
    path: if path == "/" then path else lib.removeSuffix "/" path
  ) (types.addCheck nonEmpty (path: path == "/" || !lib.hasSuffix "/" path));

  coreOptions =
    { name, config, ... }:
    {
      options = {
        enable = mkOption {
          type = types.bool;
          default = true;
          description = "Whether the file system is mounted.";
        };
        mountPoint = mkOption {
          type = mountPointType;
          default = name;
          defaultText = literalExpression "‹name›";
          example = "/mnt/usb";
          description = "Where it is mounted.";
        };
        device = mkOption {
          type = types.nullOr nonEmpty;
          default = null;
          example = "/dev/sda";
          description = "The device that it is on, or what else the type of file system takes for one.";
        };
        fsType = mkOption {
          type = nonEmpty;
          default = "auto";
          example = "ext3";
          description = "Its type.";
        };
        options = mkOption {
          type = types.nonEmptyListOf nonEmpty;
          default = [ "defaults" ];
          example = [ "data=journal" ];
          # File systems of one set may be definitions of another, as in virtual machines.
          apply = lib.unique;
          description = "Options that it is mounted with.";
        };
        depends = mkOption {
          type = types.listOf mountPointType;
          default = [ ];
          example = [ "/persist" ];
          apply = lib.unique;
          description = "Mount points of file systems that have to be mounted before, other than those above it.";
        };
      };

      config = {
        device = mkIf (elem config.fsType specialTypes) (mkDefault config.fsType);
      };
    };

  fileSystemOptions =
    { config, ... }:
    {
      options = {
        label = mkOption {
          type = types.nullOr nonEmpty;
          default = null;
          example = "root-partition";
          description = "The label of the file system, in place of a device.";
        };
        autoFormat = mkOption {
          type = types.bool;
          default = false;
          description = "Whether a device without a file system gets one at boot.";
        };
        formatOptions = mkOption {
          type = types.nullOr types.str;
          default = null;
          visible = false;
          description = "No longer used: a device is formatted as its type does by default.";
        };
        autoResize = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the file system grows to the size of its device before it is mounted: ext2, ext3, ext4, f2fs.";
        };
        noCheck = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the file system is mounted without looking for errors.";
        };
        neededForBoot = mkOption {
          type = types.bool;
          default = false;
          description = ''
            Whether stage 1 mounts the file system. It does so in any case for {file}`/`, {file}`/nix`, {file}`/nix/store`, {file}`/var`,
            {file}`/var/log`, {file}`/var/lib`, {file}`/var/lib/nixos`, {file}`/etc` and {file}`/usr`.
          '';
        };
      };

      config.options = lib.mkMerge [
        (mkIf config.autoFormat [ "x-systemd.makefs" ])
        (mkIf (config.autoResize && !fsNeededForBoot config) [ "x-systemd.growfs" ])
        (mkIf (fsNeededForBoot config) [ "x-initrd.mount" ])
      ];
    };

  specialTypes = [
    "proc"
    "sysfs"
    "tmpfs"
    "ramfs"
    "devtmpfs"
    "devpts"
  ];

  # Types without anything that could be checked.
  uncheckedTypes = specialTypes ++ [
    "auto"
    "none"
    "overlay"
    "overlayfs"
    "9p"
    "virtiofs"
    "erofs"
    "squashfs"
    "iso9660"
    "btrfs"
    "xfs"
    "zfs"
    "bcachefs"
    "nfs"
    "nfs4"
    "cifs"
    "sshfs"
    "fuse"
    "vboxsf"
    "apfs"
    "ntfs"
    "ntfs3"
    "ceph"
    "glusterfs"
    "nilfs2"
    "bindfs"
    "afs"
    "davfs"
    "s3fs"
  ];

  enabled = filter (fs: fs.enable) (lib.attrValues config.fileSystems);
  sorted = lib.toposort fsBefore enabled;
  fileSystems =
    sorted.result or (throw ''
      fileSystems: ${concatStringsSep ", " (map (fs: fs.mountPoint) (sorted.loops ++ sorted.cycle))} have to be mounted one before
      the other, all the way round. Look at their `depends` and at the devices that are files of another file system.'');

  escapeWord =
    word:
    lib.replaceStrings
      [
        "\\"
        " "
        "\t"
        "\n"
      ]
      [
        "\\134"
        "\\040"
        "\\011"
        "\\012"
      ]
      (toString word);

  deviceOf =
    fs:
    if fs.device != null then
      fs.device
    else if fs.label != null then
      "/dev/disk/by-label/${fs.label}"
    else
      throw "fileSystems.\"${fs.mountPoint}\" has neither a `device` nor a `label`; set one of them.";

  # Stage 1 has checked what it mounted; systemd looks at the rest.
  passOf =
    fs:
    if fs.noCheck || fsNeededForBoot fs || elem fs.fsType uncheckedTypes || elem "bind" fs.options then
      "0"
    else
      "2";

  fileSystemLine =
    fs:
    concatStringsSep " " [
      (escapeWord (deviceOf fs))
      (escapeWord fs.mountPoint)
      fs.fsType
      (escapeWord (
        concatStringsSep "," (fs.options ++ map (path: "x-systemd.requires-mounts-for=${path}") fs.depends)
      ))
      "0"
      (passOf fs)
    ]
    + "\n";

  swapLine =
    swap:
    concatStringsSep " " [
      (escapeWord swap.realDevice)
      "none"
      "swap"
      (concatStringsSep "," swap.swapOptions)
      "0"
      "0"
    ]
    + "\n";
in
{
  options = {
    fileSystems = mkOption {
      type = types.attrsOf (
        types.submodule [
          coreOptions
          fileSystemOptions
        ]
      );
      default = { };
      example = literalExpression ''
        {
          "/".device = "/dev/sda1";
          "/data" = {
            device = "/dev/sda2";
            fsType = "ext3";
            options = [ "data=journal" ];
          };
          "/bigdisk".label = "bigdisk";
        }
      '';
      description = "The file systems that are mounted, by their mount points.";
    };

    system.fsPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      internal = true;
      description = "Packages with the programs that mount and check file systems.";
    };

    boot.supportedFilesystems = mkOption {
      type = types.coercedTo (types.listOf types.str) (
        names: lib.genAttrs names (_: true)
      ) (types.attrsOf types.bool);
      default = { };
      example = [
        "btrfs"
        "zfs"
      ];
      description = "Types of file systems that the system can use beside those of `fileSystems`: a list, or a set in which `false` takes one back.";
    };
  };

  config = {
    assertions =
      let
        points = map (fs: fs.mountPoint) enabled;
        repeated = lib.unique (filter (point: lib.count (other: other == point) points > 1) points);
        resizable = [
          "ext2"
          "ext3"
          "ext4"
          "f2fs"
          "auto"
        ];
      in
      [
        {
          assertion = repeated == [ ];
          message = "fileSystems has more than one file system for ${concatStringsSep ", " repeated}.";
        }
      ]
      ++ map (fs: {
        assertion = !fs.autoResize || !fsNeededForBoot fs || elem fs.fsType resizable;
        message = "fileSystems.\"${fs.mountPoint}\".autoResize: a file system of type ${fs.fsType} cannot grow before it is mounted.";
      }) enabled
      ++ map (fs: {
        assertion = fs.formatOptions == null;
        message = "fileSystems.\"${fs.mountPoint}\".formatOptions has no effect; remove it, or format the device beforehand.";
      }) enabled;

    boot.supportedFilesystems = map (fs: fs.fsType) (filter (fs: fs.fsType != "auto") enabled);

    system.build.fileSystems = fileSystems;

    environment.systemPackages = config.system.fsPackages;

    environment.etc.fstab.text = ''
      # Made from the options fileSystems and swapDevices.
      # <file system> <mount point> <type> <options> <dump> <pass>
    ''
    + concatMapStrings fileSystemLine fileSystems
    + concatMapStrings swapLine config.swapDevices;

    # A name for all file systems at once, which services wait for.
    systemd.targets.fs = {
      description = "All File Systems";
      wants = [
        "local-fs.target"
        "remote-fs.target"
      ];
    };
  };
}
