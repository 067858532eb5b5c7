# What the configuration of the guest needs to run in the virtual machine.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkMerge mkVMOverride optionals;
  cfg = config.virtualisation;

  hasStoreOfHost = cfg.mountHostNixStore || cfg.useNixStoreImage;

  share = tag: target: {
    name = target;
    value = {
      device = tag;
      fsType = "9p";
      neededForBoot = true;
      options = [
        "trans=virtio"
        "version=9p2000.L"
        "msize=${toString cfg.msize}"
      ]
      ++ optionals (tag == "nix-store") [ "cache=${cfg.nixStore9pCache}" ];
    };
  };

  # Options of file systems that the kernel has, which systemd applies when the others are mounted.
  hasApiFileSystems = lib.any (place: config.fileSystems ? ${place}) [
    "/dev"
    "/proc"
    "/run"
    "/sys"
  ];

  # Whether a unit has one of the settings `names`, for which systemd loads programs into the kernel.
  hasSetting =
    names:
    lib.any (unit: lib.any (name: unit ? ${name}) names) (
      lib.mapAttrsToList (_: service: service.serviceConfig) config.systemd.services
      ++ lib.mapAttrsToList (_: slice: slice.sliceConfig) config.systemd.slices
      ++ lib.mapAttrsToList (_: socket: socket.socketConfig) config.systemd.sockets
    );
  restrictsFileSystems = hasSetting [ "RestrictFileSystems" ];
  usesLibbpf = hasSetting [
    "RestrictFileSystems"
    "RestrictNetworkInterfaces"
    "SocketBindAllow"
    "SocketBindDeny"
  ];

  rootFileSystem =
    if cfg.diskImage == null || cfg.rootDevice == null then
      {
        device = "tmpfs";
        fsType = "tmpfs";
        options = [ "mode=0755" ];
      }
    else
      {
        device = cfg.rootDevice;
        fsType = "ext4";
      };

  storeFileSystems = lib.optionalAttrs hasStoreOfHost (
    {
      "/nix/store" =
        if cfg.writableStore then
          {
            overlay = {
              lowerdir = [ "/nix/.ro-store" ];
              upperdir = "/nix/.rw-store/upper";
              workdir = "/nix/.rw-store/work";
            };
          }
        else
          {
            device = "/nix/.ro-store";
            fsType = "none";
            options = [ "bind" ];
          };
    }
    // lib.optionalAttrs cfg.useNixStoreImage {
      "/nix/.ro-store" = {
        device = "/dev/disk/by-label/nix-store";
        fsType = "erofs";
        neededForBoot = true;
        options = [ "ro" ];
      };
    }
    // lib.optionalAttrs (cfg.writableStore && cfg.writableStoreUseTmpfs) {
      "/nix/.rw-store" = {
        fsType = "tmpfs";
        options = [ "mode=0755" ];
        neededForBoot = true;
      };
    }
  );
in
{
  virtualisation = {
    diskSize = lib.mkDefault 1024;

    sharedDirectories = {
      nix-store = mkIf cfg.mountHostNixStore {
        source = builtins.storeDir;
        # The overlay, or a bind mount, makes it the store.
        target = "/nix/.ro-store";
        securityModel = "none";
      };
      xchg = {
        source = ''"$TMPDIR"/xchg'';
        securityModel = "none";
        target = "/tmp/xchg";
      };
      shared = {
        source = ''"''${SHARED_DIR:-$TMPDIR/xchg}"'';
        target = "/tmp/shared";
        securityModel = "none";
      };
      certs = mkIf cfg.useHostCerts {
        source = ''"$TMPDIR"/certs'';
        target = "/etc/ssl/certs";
        securityModel = "none";
      };
    };

    additionalPaths = [ config.system.build.toplevel ];

    fileSystems = mkMerge [
      (lib.mapAttrs' (tag: directory: share tag directory.target) cfg.sharedDirectories)
      (mkIf cfg.useDefaultFilesystems (
        {
          "/" = rootFileSystem;
        }
        // lib.optionalAttrs (cfg.bootPartition != null) {
          ${if cfg.useEFIBoot then config.boot.loader.efi.efiSysMountPoint else "/boot"} = {
            device = cfg.bootPartition;
            fsType = "vfat";
          };
        }
      ))
      storeFileSystems
    ];
  };

  fileSystems = mkIf (cfg.fileSystems != { }) (mkVMOverride cfg.fileSystems);
  swapDevices = mkIf cfg.useDefaultFilesystems (mkVMOverride [ ]);
  boot.initrd.luks.devices = mkIf cfg.useDefaultFilesystems (mkVMOverride { });

  # QEMU loads the host's kernel: a boot loader on the disk would start nothing.
  system.build.installBootLoader = mkIf (!cfg.useBootLoader) (
    mkVMOverride "${pkgs.coreutils}/bin/true"
  );
  boot.loader.grub.device = mkVMOverride (if cfg.useEFIBoot then "nodev" else cfg.bootLoaderDevice);
  boot.loader.supportsInitrdSecrets = mkIf (!cfg.useBootLoader) (mkVMOverride false);

  # QEMU loads the initrd into memory: unpacking it would only take time.
  boot.initrd.compressor = mkIf cfg.directBoot.enable (lib.mkDefault "cat");
  boot.initrd.includeDefaultModules = mkIf (cfg.directBoot.enable && cfg.qemu.diskInterface == "virtio") (
    lib.mkDefault false
  );
  # An emulated machine on a busy host takes its time, and so does the image of the store.
  boot.initrd.deviceTimeout = lib.mkDefault 300;
  # Known beforehand, so that stage 1 need not look at all devices; the display is for later.
  boot.initrd.kernelModules = mkMerge [
    { virtio_gpu = mkVMOverride false; }
    (mkIf (cfg.qemu.diskInterface == "virtio") [ "virtio_blk" ])
    (mkIf cfg.mountHostNixStore [
      "9pnet_virtio"
      "9p"
    ])
  ];
  boot.initrd.availableKernelModules =
    optionals (cfg.qemu.diskInterface == "scsi") [ "sym53c8xx" ]
    ++ optionals (cfg.qemu.diskInterface == "ide") [
      "ahci"
      "sd_mod"
    ]
    ++ optionals cfg.tpm.enable [ "tpm_tis" ];

  boot.kernelParams = mkIf cfg.directBoot.enable (
    # Before those of the configuration, which win.
    lib.mkBefore (
      # Of the kernel's security modules, those that systemd would load programs into (3 % of the instructions until all
      # is up), and those that have no settings here, are for who names them.
      lib.optional (!restrictsFileSystems) "lsm=landlock,lockdown,yama,apparmor"
      # What a rule of udev sets when it sees the built-in module.
      ++ [ "block.events_dfl_poll_msecs=2000" ]
    )
  );

  # Without this library systemd need not find out whether the kernel takes its programs for ports and network interfaces
  # of services, for which it reads the kernel's description of its own types: 4 % of the processor time until all is up.
  system.usrTree.links."lib/libbpf.so.1" = mkIf (cfg.directBoot.enable && !usesLibbpf) null;

  # Of the devices that there are at boot, rules look at no drivers and buses, at modules only for what is set above and
  # mounted before systemd starts, and at the firmware's tables for slots of memory: half of udev's work.
  systemd.services.systemd-udev-trigger = mkIf cfg.directBoot.enable {
    overrideStrategy = "asDropin";
    serviceConfig.ExecStart = [
      ""
      "-udevadm trigger --type=devices --action=add --subsystem-nomatch=bdi --subsystem-nomatch=dmi --subsystem-nomatch=wakeup --prioritized-subsystem=block,tpmrm,net,tty,input"
    ];
  };

  # Stage 1 mounts what there is as it is to be, and QEMU has random numbers for a guest from its start.
  systemd.services.systemd-remount-fs.enable = mkIf (cfg.directBoot.enable && !hasApiFileSystems) (
    lib.mkDefault false
  );
  systemd.services.systemd-random-seed.enable = mkIf cfg.directBoot.enable (lib.mkDefault false);

  # Nobody sees a console without a graphics card.
  systemd.services."getty@" = mkIf (cfg.directBoot.enable && !cfg.graphics) {
    overrideStrategy = "asDropin";
    unitConfig.ConditionPathExistsGlob = [
      "|/sys/bus/pci/devices/*/boot_vga"
      "|/sys/class/graphics/fb[0-9]*"
    ];
  };

  # Counters of a processor's parts, which no machine of QEMU has.
  boot.blacklistedKernelModules = [
    "intel_cstate"
    "intel_uncore"
  ];

  services.qemuGuest.enable = cfg.qemu.guestAgent.enable;

  services.xserver.videoDrivers = mkVMOverride [ "modesetting" ];
  services.xserver.resolutions = mkVMOverride [ cfg.resolution ];
  # What a configuration forces it still gets.
  services.timesyncd.enable = lib.mkOverride 60 false;

  networking.wireless.enable = mkVMOverride false;
  networking.usePredictableInterfaceNames = lib.mkOverride 60 false;
  networking.dhcpcd.extraConfig = "noarp";

  # An emulated machine on a busy host takes its time to find a console; without it nobody can log in.
  systemd.settings.Manager.DefaultDeviceTimeoutSec = lib.mkDefault 300;

  # The host's paths are in the store from the start; the guest's Nix has to hear of those that belong to it. A new disk
  # gets the database as it is.
  boot.postBootCommands = mkIf (hasStoreOfHost && config.nix.enable or false) ''
    for word in $(< /proc/cmdline); do
      case $word in
        regInfo=*)
          info=''${word#regInfo=} database=/nix/var/nix/db
          if [[ ! -e $database && -e ''${info%/*}/db ]]; then
            cp --recursive --no-preserve=mode "''${info%/*}/db" $database
            echo "$word" > $database/registered-from
          elif [[ $(cat $database/registered-from 2> /dev/null) != "$word" ]]; then
            echo "$word" > /run/register-nix-paths
          fi
          ;;
      esac
    done
  '';

  systemd.services.register-nix-paths = mkIf (hasStoreOfHost && config.nix.enable or false) {
    description = "Registration of Store Paths of the Host";
    wantedBy = [ "multi-user.target" ];
    # Others need not wait: whoever asks Nix waits for its daemon.
    before = [ "nix-daemon.service" ];
    restartIfChanged = false;
    unitConfig.ConditionPathExists = "/run/register-nix-paths";
    serviceConfig = {
      Type = "oneshot";
      RemainAfterExit = true;
    };
    script = ''
      word=$(< /run/register-nix-paths)
      ${lib.getExe' config.nix.package "nix-store"} --load-db < "''${word#regInfo=}"
      # The disk keeps what is registered, and from where.
      echo "$word" > /nix/var/nix/db/registered-from
    '';
  };
}
