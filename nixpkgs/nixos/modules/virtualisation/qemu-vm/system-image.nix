# The disk of a machine that starts by its own boot loader: `nixos.qcow2`, and with UEFI firmware `efi-vars.fd`.
#
# The disk is filled here. Then the machine's own kernel runs the configuration's installer of the boot loader, as it will
# when the machine changes its system.
{
  config,
  lib,
  pkgs,
}:
let
  inherit (lib) optional optionalString;
  cfg = config.virtualisation;
  host = cfg.host.pkgs;
  inherit (config.system.build) toplevel;
  common = import ../../../lib/qemu-common.nix {
    inherit lib;
    inherit (pkgs) stdenv;
  };

  hasBootPartition = cfg.bootPartition != null;
  bootPlace = if cfg.useEFIBoot then config.boot.loader.efi.efiSysMountPoint else "/boot";
  bootLabel = baseNameOf cfg.bootPartition;
  # In MiB; before the first partition there is room for what GRUB puts there.
  bootSize = if hasBootPartition then 256 else 0;
  rootStart = 1 + bootSize;

  partitions = host.writeText "partitions" (
    lib.concatStringsSep "\n" (
      [ "label: ${if cfg.useEFIBoot then "gpt" else "dos"}" ]
      ++ optional hasBootPartition "start=1MiB, size=${toString bootSize}MiB, type=${if cfg.useEFIBoot then "uefi" else "0c"}"
      ++ [ "start=${toString rootStart}MiB, type=linux${optionalString (!cfg.useEFIBoot) ", bootable"}" ]
    )
    + "\n"
  );

  # What the kernel calls for modules.
  loadModule = pkgs.writeShellScript "load-module" ''
    exec ${pkgs.kmod}/bin/modprobe --dirname ${toplevel}/kernel-modules "$@"
  '';

  # The machine's first process, after stage 1 has mounted the disk.
  install = pkgs.writeShellScript "install-boot-loader" ''
    export PATH=${
      lib.makeBinPath [
        pkgs.coreutils
        pkgs.util-linux
      ]
    }
    (
      set -e
      echo ${loadModule} > /proc/sys/kernel/modprobe
      mkdir -p /etc /tmp /var
      mount -t tmpfs tmpfs /tmp
      mkdir -p ${dirOf cfg.bootLoaderDevice}
      [[ -e ${cfg.bootLoaderDevice} ]] || ln -s /dev/vda ${cfg.bootLoaderDevice}
      ${optionalString hasBootPartition ''
        mkdir -p ${bootPlace}
        mount -t vfat /dev/vda1 ${bootPlace}
      ''}
      ${optionalString cfg.useEFIBoot "mount -t efivarfs efivarfs /sys/firmware/efi/efivars"}
      NIXOS_INSTALL_BOOTLOADER=1 ${config.system.build.installBootLoader} ${toplevel}
      ${optionalString hasBootPartition "umount ${bootPlace}"}
    )
    # Not behind `if`, where the first error would stop nothing.
    status=$?
    sync
    mount -o remount,ro /
    echo "boot loader installer ended with status $status"
    echo o > /proc/sysrq-trigger
    sleep 60
  '';

  closure = host.closureInfo {
    rootPaths = [
      toplevel
      install
    ];
  };

  qemu = lib.concatStringsSep " " (
    [
      "${common.qemuBinary cfg.qemu.package} -accel tcg,thread=multi -cpu max"
      "-m ${toString cfg.memorySize} -smp ${toString cfg.cores} -nic none -nographic -no-reboot"
      "-drive file=disk.raw,format=raw,if=none,id=root,cache=unsafe -device virtio-blk-pci,drive=root,serial=root"
      # Not the one that is unpacked already: UEFI firmware starts programs of its own format only.
      "-kernel ${config.boot.kernelPackages.kernel}/${config.system.boot.loader.kernelFile}"
      "-initrd ${config.system.build.initialRamdisk}/${config.system.boot.loader.initrdFile}"
      ''-append "$(cat ${toplevel}/kernel-params) init=${install} panic=-1 boot.panic_on_fail console=${common.qemuSerialDevice}"''
    ]
    # Stage 1 mounts what the machine shares with its host; here there is nothing in it.
    ++ map (tag: "-virtfs local,path=share,security_model=none,mount_tag=${tag}") (
      builtins.attrNames cfg.sharedDirectories
    )
    ++ lib.optionals cfg.useEFIBoot [
      "-drive if=pflash,format=raw,unit=0,readonly=on,file=${cfg.efi.firmware}"
      "-drive if=pflash,format=raw,unit=1,readonly=off,file=efi-vars.fd"
    ]
  );
in
host.runCommand "nixos-disk-image"
  {
    nativeBuildInputs = [
      host.dosfstools
      host.e2fsprogs
      host.gnutar
      host.util-linux
    ];
    # For archives, mkfs.ext4 loads it where it finds it.
    LD_LIBRARY_PATH = "${host.libarchive}/lib";
  }
  ''
    echo "copying the system"
    mkdir -p root/nix/store root/nix/var/nix/{db,profiles} $out
    ln -s ${toplevel} root/nix/var/nix/profiles/system-1-link
    ln -s system-1-link root/nix/var/nix/profiles/system
    if [[ -d ${config.system.build.vmRegistration}/db ]]; then
      cp --no-preserve=mode ${config.system.build.vmRegistration}/db/* root/nix/var/nix/db/
    fi
    common="--owner=0 --group=0 --numeric-owner --mtime=@1 --sort=name"
    tar --create --file root.tar $common --directory root .
    tar --append --file root.tar $common --absolute-names --transform 'flags=rSh;s,^/*,./,' \
      --files-from ${closure}/store-paths

    # Room for what file systems need themselves, and for the system's first changes.
    least=$(( $(stat --format=%s root.tar) * 12 / 10 / 1048576 + ${toString rootStart} + 128 ))
    size=$(( ${toString cfg.diskSize} > least ? ${toString cfg.diskSize} : least ))
    truncate --size="$size"M disk.raw
    sfdisk --quiet disk.raw < ${partitions}
    mkfs.ext4 -q -L nixos -E offset=${toString (rootStart * 1048576)} -d root.tar disk.raw $((size - ${toString (rootStart + 1)}))M
    rm root.tar
    ${optionalString hasBootPartition ''
      truncate --size=${toString bootSize}M boot.raw
      mkfs.vfat -F 32 -n ${bootLabel} boot.raw > /dev/null
      dd if=boot.raw of=disk.raw bs=1M seek=1 conv=notrunc,sparse status=none
    ''}
    ${optionalString cfg.useEFIBoot ''
      cp --no-preserve=mode ${cfg.efi.variables} efi-vars.fd
    ''}

    ${optionalString cfg.installBootLoader ''
      echo "installing the boot loader"
      mkdir share
      ${qemu} < /dev/null | tee console.log
      if ! grep -q "^boot loader installer ended with status 0" console.log; then
        echo "error: the boot loader could not be installed; what the machine said is above" >&2
        exit 1
      fi
    ''}
    ${cfg.qemu.package}/bin/qemu-img convert -f raw -O qcow2 disk.raw $out/nixos.qcow2
    ${optionalString cfg.useEFIBoot "cp efi-vars.fd $out/"}
  ''
