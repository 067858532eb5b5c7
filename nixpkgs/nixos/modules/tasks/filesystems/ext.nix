# ext2, ext3 and ext4.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  types = [
    "ext2"
    "ext3"
    "ext4"
  ];
  isIn = filesystems: lib.any (type: filesystems.${type} or false) types;
  inInitrd = isIn config.boot.initrd.supportedFilesystems;
  # What grows in stage 1.
  resized = lib.any (fs: fs.autoResize) config.system.build.fileSystemsForBoot;
in
{
  config = {
    system.fsPackages = lib.mkIf (inInitrd || isIn config.boot.supportedFilesystems) [ pkgs.e2fsprogs ];

    boot.initrd = lib.mkIf inInitrd {
      availableKernelModules = [
        "ext4"
        # Drivers that ext4 asks for by a name that no other module depends on.
        "crc32c_generic"
      ];
      programs =
        lib.genAttrs (map (type: "fsck.${type}") types) (_: "${pkgs.e2fsck-static}/bin/e2fsck.static")
        // lib.optionalAttrs resized {
          resize2fs = "${pkgs.e2fsprogs}/bin/resize2fs";
        };
    };
  };
}
