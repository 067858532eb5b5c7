# ZFS. Debian has its programs compiled, and its kernel modules as source that is compiled for each kernel.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (lib)
    literalExpression
    mkIf
    mkOption
    types
    ;
  cfg = config.boot.zfs;
  snapshots = config.services.zfs.autoSnapshot;
  inInitrd = config.boot.initrd.supportedFilesystems.zfs or false;
  inSystem = config.boot.supportedFilesystems.zfs or false;

  poolOf = dataset: lib.head (lib.splitString "/" dataset);
  mounted = lib.filter (fs: fs.fsType == "zfs") config.system.build.fileSystems;
  poolsOf = fileSystems: lib.unique (map (fs: poolOf fs.device) fileSystems);
  rootPools = poolsOf (lib.filter utils.fsNeededForBoot mounted);
  dataPools = lib.subtractLists rootPools (poolsOf mounted ++ cfg.extraPools);

  # Datasets of `pool` whose keys are asked for: all, or those that are named.
  wantsKeys =
    pool:
    cfg.requestEncryptionCredentials == true
    || lib.isList cfg.requestEncryptionCredentials
      && lib.any (dataset: poolOf dataset == pool) cfg.requestEncryptionCredentials;

  importPool =
    pool: zpool: force:
    "${zpool} list ${pool} >/dev/null 2>&1 || ${zpool} import -d ${cfg.devNodes} -N ${lib.optionalString force "-f "}${pool}";
  importOf = pool: {
    name = "zfs-import-${pool}";
    value = {
      description = "Import ZFS pool \"${pool}\"";
      requires = [ "systemd-udev-settle.service" ];
      after = [
        "systemd-udev-settle.service"
        "systemd-modules-load.service"
      ];
      wantedBy = [
        "zfs-import.target"
        "local-fs.target"
      ];
      before = [
        "zfs-import.target"
        "local-fs.target"
        "shutdown.target"
      ]
      ++ map (fs: "${utils.escapeSystemdPath fs.mountPoint}.mount") (
        lib.filter (fs: poolOf fs.device == pool) mounted
      );
      conflicts = [ "shutdown.target" ];
      unitConfig.DefaultDependencies = "no";
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
      path = [ cfg.package ];
      script = ''
        for attempt in $(seq 1 60); do
          if ${importPool pool "zpool" cfg.forceImportAll}; then
            ${lib.optionalString (wantsKeys pool) "zfs load-key -r ${pool} < /dev/console || true"}
            exit 0
          fi
          sleep 1
        done
        echo "The pool ${pool} was not found in ${cfg.devNodes} within a minute." >&2
        exit 1
      '';
    };
  };

  kept = name: flag: default: {
    ${name} = mkOption {
      type = types.ints.unsigned;
      inherit default;
      description = "How many ${flag} snapshots are kept.";
    };
  };
  intervals = {
    frequent = "*:15,30,45";
    hourly = "hourly";
    daily = "daily";
    weekly = "weekly";
    monthly = "monthly";
  };
in
{
  options.boot.zfs = {
    enabled = mkOption {
      type = types.bool;
      readOnly = true;
      default = inSystem || inInitrd;
      defaultText = literalExpression "config.boot.supportedFilesystems.zfs or false";
      description = "Whether ZFS is there.";
    };
    package = lib.mkPackageOption pkgs "zfs" { };
    modulePackage = mkOption {
      type = types.package;
      default = config.boot.kernelPackages.zfs;
      defaultText = literalExpression "config.boot.kernelPackages.zfs";
      description = "The kernel's modules of ZFS.";
    };
    extraPools = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "tank" ];
      description = "Pools that are imported although {option}`fileSystems` has nothing of them.";
    };
    devNodes = mkOption {
      type = types.path;
      default = "/dev/disk/by-id";
      description = "Folder in which the disks of pools are looked for.";
    };
    forceImportRoot = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the root file system's pool is imported although another machine used it last.";
    };
    forceImportAll = mkOption {
      type = types.bool;
      default = false;
      description = "Whether other pools are, too.";
    };
    requestEncryptionCredentials = mkOption {
      type = types.either types.bool (types.listOf types.str);
      default = true;
      example = [ "tank/secret" ];
      description = "Whether keys of encrypted datasets are asked for when the machine starts, or for which pools' datasets.";
    };
  };

  options.services.zfs.autoSnapshot = {
    enable = lib.mkEnableOption "snapshots at times of the datasets with the property `com.sun:auto-snapshot=true`";
    flags = mkOption {
      type = types.str;
      default = "-k -p";
      example = "-k -p --utc";
      description = "Arguments of {command}`zfs-auto-snapshot`.";
    };
  }
  // kept "frequent" "quarter-hourly" 4
  // kept "hourly" "hourly" 24
  // kept "daily" "daily" 7
  // kept "weekly" "weekly" 4
  // kept "monthly" "monthly" 12;

  config = lib.mkMerge [
    (mkIf cfg.enabled {
      assertions = [
        {
          assertion = config.networking.hostId != null;
          message = ''
            ZFS needs networking.hostId, by which a pool knows its machine. For example:
              networking.hostId = "${builtins.substring 0 8 (builtins.hashString "sha256" config.networking.hostName)}";'';
        }
        {
          assertion = !cfg.forceImportAll || cfg.forceImportRoot;
          message = "boot.zfs.forceImportAll needs boot.zfs.forceImportRoot.";
        }
      ];

      boot.extraModulePackages = [ cfg.modulePackage ];
      boot.kernelModules = [ "zfs" ];
      system.fsPackages = [ cfg.package ];
      environment.systemPackages = [ cfg.package ];
      services.udev.packages = [ cfg.package ];

      systemd.targets.zfs-import = { };
      systemd.targets.zfs = {
        wantedBy = [ "multi-user.target" ];
        wants = [ "zfs-import.target" ];
      };
      systemd.services = lib.listToAttrs (map importOf dataPools) // {
        zfs-zed = {
          description = "Events of ZFS";
          wantedBy = [ "zfs.target" ];
          after = [ "zfs-import.target" ];
          unitConfig.ConditionPathIsDirectory = "/sys/module/zfs";
          serviceConfig = {
            ExecStart = "${pkgs.zfs-zed}/bin/zed -F";
            Restart = "always";
          };
        };
        # Datasets with a mount point of their own.
        zfs-mount = {
          description = "File systems of ZFS";
          wantedBy = [ "zfs.target" ];
          after = [ "zfs-import.target" ];
          before = [ "zfs.target" ];
          serviceConfig = {
            Type = "oneshot";
            RemainAfterExit = true;
            ExecStart = "${cfg.package}/bin/zfs mount -a";
          };
        };
      };
      environment.etc."zfs/zed.d".source = "${pkgs.zfs-zed}/etc/zfs/zed.d";
    })

    (mkIf inInitrd {
      boot.initrd = {
        availableKernelModules = [ "zfs" ];
        kernelModules = [ "zfs" ];
        programs = {
          zpool = "${cfg.package}/bin/zpool";
          zfs = "${cfg.package}/bin/zfs";
        };
        lookAgainCommands = lib.concatMapStringsSep "\n" (
          pool: importPool pool "/bin/zpool" cfg.forceImportRoot
        ) rootPools;
        postDeviceCommands = lib.concatMapStrings (pool: ''
          ${importPool pool "/bin/zpool" cfg.forceImportRoot}
          ${lib.optionalString (wantsKeys pool) "/bin/zfs load-key -r ${pool} || true"}
        '') rootPools;
      };
    })

    (mkIf snapshots.enable {
      systemd.services = lib.mapAttrs' (
        name: calendar:
        lib.nameValuePair "zfs-snapshot-${name}" {
          description = "ZFS snapshots, ${name}";
          after = [ "zfs-import.target" ];
          path = [
            cfg.package
            pkgs.zfs-auto-snapshot
          ];
          script = "exec zfs-auto-snapshot ${snapshots.flags} --label=${name} --keep=${toString snapshots.${name}} //";
          serviceConfig.Type = "simple";
          restartIfChanged = false;
          startAt = calendar;
        }
      ) intervals;
      systemd.timers = lib.mapAttrs' (
        name: _: lib.nameValuePair "zfs-snapshot-${name}" { timerConfig.Persistent = "yes"; }
      ) intervals;
    })
  ];
}
