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

  # The host's paths are in the store from the start; the guest's Nix has to hear of those that belong to it.
  systemd.services.register-nix-paths = mkIf (hasStoreOfHost && config.nix.enable or false) {
    description = "Registration of Store Paths of the Host";
    wantedBy = [ "multi-user.target" ];
    # Others need not wait: whoever asks Nix waits for its daemon.
    before = [ "nix-daemon.service" ];
    restartIfChanged = false;
    serviceConfig = {
      Type = "oneshot";
      RemainAfterExit = true;
    };
    script = ''
      # The disk keeps what is registered, and from where.
      registered=/nix/var/nix/db/registered-from
      for word in $(< /proc/cmdline); do
        case $word in
          regInfo=*)
            if [ "$(cat $registered 2> /dev/null)" != "$word" ]; then
              ${lib.getExe' config.nix.package "nix-store"} --load-db < "''${word#regInfo=}"
              echo "$word" > $registered
            fi
            ;;
        esac
      done
    '';
  };

}
