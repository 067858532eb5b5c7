# The disks of the virtual machine, and how the start script makes those that are missing.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatStringsSep
    mkIf
    mkMerge
    mkOption
    optionalString
    types
    ;
  cfg = config.virtualisation;
  host = cfg.host.pkgs;
  qemuImg = "${cfg.qemu.package}/bin/qemu-img";

  systemImage = import ./system-image.nix { inherit config lib pkgs; };

  # An ext4 file system on the whole disk, sparse until it is used.
  makeEmptyFileSystem = ''
    raw=$(mktemp -p "$(dirname "$NIX_DISK_IMAGE")" .nixos-disk.XXXXXXXX)
    trap 'rm -f "$raw"' EXIT
    truncate -s ${toString cfg.diskSize}M "$raw"
    ${host.e2fsprogs}/bin/mkfs.ext4 -q -F -L nixos "$raw"
    ${qemuImg} convert -f raw -O qcow2 "$raw" "$raw.qcow2"
    mv "$raw.qcow2" "$NIX_DISK_IMAGE"
    rm -f "$raw"
    trap - EXIT
  '';

  makeSystemDisk = ''
    size=${toString cfg.diskSize}M
    least=$(${qemuImg} info --output=json ${systemImage}/nixos.qcow2 | ${host.jq}/bin/jq '."virtual-size"')
    if (( ${toString cfg.diskSize} * 1024 * 1024 < least )); then size=$least; fi
    ${qemuImg} create -q -f qcow2 -b ${systemImage}/nixos.qcow2 -F qcow2 "$NIX_DISK_IMAGE" "$size"
  '';

  makeRootDisk =
    if cfg.useBootLoader && cfg.useDefaultFilesystems then
      makeSystemDisk
    else if cfg.useDefaultFilesystems then
      makeEmptyFileSystem
    else
      ''${qemuImg} create -q -f qcow2 "$NIX_DISK_IMAGE" ${toString cfg.diskSize}M'';

  commaList = options: concatStringsSep "," (lib.mapAttrsToList (name: value: "${name}=${value}") options);

  driveArguments =
    index: drive:
    let
      id = if drive.name == null then "drive${toString index}" else drive.name;
      driveWords =
        "index=${toString index},id=${id},if=none,file=${drive.file}"
        + optionalString (drive.driveExtraOpts != { }) ",${commaList drive.driveExtraOpts}";
      deviceWords =
        "drive=${id}" + optionalString (drive.deviceExtraOpts != { }) ",${commaList drive.deviceExtraOpts}";
      device =
        {
          virtio = "-device virtio-blk-pci,${deviceWords}";
          scsi = "-device lsi53c895a -device scsi-hd,${deviceWords}";
          ide = "-device ide-hd,${deviceWords}";
        }
        .${cfg.qemu.diskInterface};
    in
    "-drive ${driveWords} ${device}";
in
{
  options.virtualisation.qemu.driveArguments = mkOption {
    type = types.listOf types.str;
    internal = true;
    readOnly = true;
    default = lib.imap1 driveArguments cfg.qemu.drives;
    description = "What QEMU is told about the drives.";
  };

  options.virtualisation.diskCommands = mkOption {
    type = types.attrsOf types.str;
    internal = true;
    readOnly = true;
    description = "Parts of the start script that make disks.";
  };

  config = {
    virtualisation.diskCommands = {
      root = optionalString (cfg.diskImage != null) ''
        if [[ -n $NIX_DISK_IMAGE && ! -e $NIX_DISK_IMAGE ]]; then
          echo "$name: making the disk $NIX_DISK_IMAGE (${toString cfg.diskSize} MiB)" >&2
          ${makeRootDisk}
        fi
      '';

      # The store as an image, of the paths that the guest needs and nothing else. It is made while the guest's kernel
      # starts: the label, by which stage 1 waits for it, is written last. QEMU goes by the size that the file has when it
      # starts, and the program refuses a file with a size, so the file gets one in between. In the archive's order, and without
      # small files among the metadata, data need not wait in another file. Nothing stays behind when the
      # machine ends, as the file has no name.
      store = optionalString cfg.useNixStoreImage ''
        : > "$TMPDIR/store.img"
        exec 9< "$TMPDIR/store.img"
        exec 8< <(
          set -o pipefail
          {
            # What is written before the file has its size would be lost.
            while [[ -e $TMPDIR/store.img ]]; do sleep 0.01; done
            cat ${config.system.build.vmRegistration}/store-paths
            echo ${config.system.build.vmRegistration}
          } | ${host.gnutar}/bin/tar --create --directory / --absolute-names --verbatim-files-from --files-from - \
            --transform 'flags=rSh;s,^/*nix/store/,,' --owner=0 --group=0 --numeric-owner --mtime=@0 --sort=name \
            | ${host.erofs-utils}/bin/mkfs.erofs --quiet --sort=none -E ^inline_data --force-uid=0 --force-gid=0 -L nix-store \
              -U eb176051-bd15-49b7-9e6b-462e0b467019 -T 0 --tar=f "$TMPDIR/store.img" > /dev/null &
          # It gives the file a size itself once it has seen that there is none.
          while kill -0 $! 2> /dev/null && [[ ! -s $TMPDIR/store.img ]]; do sleep 0.01; done
          truncate -s 256G "$TMPDIR/store.img"
          rm "$TMPDIR/store.img"
          echo started
          exec > /dev/null
          wait $! || {
            echo "$name: error: the image of the store could not be made in $TMPDIR; the machine ends" >&2
            kill $$
          }
        )
        read -r _ <&8
        exec 8<&-
      '';

      empty = lib.concatStrings (
        lib.imap0 (index: image: ''
          if [[ ! -e $TMPDIR/empty${toString index}.qcow2 ]]; then
            ${qemuImg} create -q -f qcow2 "$TMPDIR/empty${toString index}.qcow2" ${toString image.size}M
          fi
        '') cfg.emptyDiskImages
      );

      efiVariables = optionalString cfg.useEFIBoot ''
        NIX_EFI_VARS=$(readlink -f "''${NIX_EFI_VARS:-./${config.system.name}-efi-vars.fd}")
        if [[ ! -e $NIX_EFI_VARS ]]; then
          cp ${
            if cfg.efi.keepVariables && cfg.installBootLoader then "${systemImage}/efi-vars.fd" else cfg.efi.variables
          } "$NIX_EFI_VARS"
          chmod 0644 "$NIX_EFI_VARS"
        fi
      '';
    };

    virtualisation.qemu.drives = mkMerge [
      (mkIf (cfg.diskImage != null) [
        {
          name = "root";
          file = ''"$NIX_DISK_IMAGE"'';
          driveExtraOpts.cache = "writeback";
          driveExtraOpts.werror = "report";
          deviceExtraOpts.bootindex = "1";
          deviceExtraOpts.serial = "root";
        }
      ])
      (lib.imap0 (
        index: image:
        lib.recursiveUpdate {
          file = "\"$TMPDIR\"/empty${toString index}.qcow2";
          driveExtraOpts.werror = "report";
        } image.driveConfig
      ) cfg.emptyDiskImages)
      # Last, so that disks have the names that they have beside the host's store: the first one is /dev/vdb.
      (mkIf cfg.useNixStoreImage [
        {
          name = "nix-store";
          # QEMU finds it by a descriptor, as the file has no name any more.
          file = "/dev/fdset/9";
          driveExtraOpts.format = "raw";
          driveExtraOpts.readonly = "on";
          deviceExtraOpts.bootindex = "2";
        }
      ])
    ];
  };
}
