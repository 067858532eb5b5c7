# From the mounted root file system to systemd: the script `init` of the system.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption optionalString types;
  cfg = config.boot;

  storeOptions = lib.concatStringsSep "," cfg.nixStoreMountOpts;
  postBoot = pkgs.writeShellScript "post-boot-commands" cfg.postBootCommands;

  # The place of set-id programs, and kernel interfaces that systemd would mount with two processes each; one does it for all of them. Services that are
  # shut off from these wait until they are there, so mounting them at first use would come too late to save anything.
  kernelFileSystems = pkgs.writeText "kernel-file-systems" ''
    hugetlbfs /dev/hugepages hugetlbfs nosuid,nodev,X-mount.mkdir
    mqueue /dev/mqueue mqueue nosuid,nodev,noexec,X-mount.mkdir
    debugfs /sys/kernel/debug debugfs nosuid,nodev,noexec
    tracefs /sys/kernel/tracing tracefs nosuid,nodev,noexec
    fusectl /sys/fs/fuse/connections fusectl nosuid,nodev,noexec
    configfs /sys/kernel/config configfs nosuid,nodev,noexec
    ${optionalString config.security.enableWrappers
      "tmpfs /run/wrappers tmpfs nodev,mode=755,size=${config.security.wrapperDirSize},X-mount.mkdir"
    }
  '';

  # Every process that this starts delays the boot, so it is plain shell as far as that goes.
  text = ''
    #!${pkgs.dash}/bin/dash
    systemConfig=@out@
    export HOME=/root PATH=${
      lib.makeBinPath [
        pkgs.coreutils
        pkgs.util-linux
      ]
    }

    # Stage 1 hands over mounted file systems; a container or a bare `init=` has none.
    if [ ! -e /proc/1 ]; then
      mkdir -p /proc && mount -t proc -o nosuid,noexec,nodev proc /proc
    fi
    ${optionalString (!cfg.isContainer) ''
      [ -e /sys/kernel ] || { mkdir -p /sys && mount -t sysfs -o nosuid,noexec,nodev sysfs /sys; }
      [ -c /dev/null ] || { mkdir -p /dev && mount -t devtmpfs -o nosuid,strictatime,mode=0755 devtmpfs /dev; }
      # Programs write to the root file system from here on.
      while read -r _ target _ options _; do
        if [ "$target" = / ]; then
          case ",$options," in *,ro,*) mount -o remount,rw / ;; esac
        fi
      done < /proc/mounts
      # What the kernel does not have is left to systemd, which knows when that is all right.
      mount --all --fstab ${kernelFileSystems} 2> /dev/null || true
    ''}
    export container

    ${optionalString (cfg.nixStoreMountOpts != [ ]) ''
      # The store is read-only to everybody but who builds.
      case " $(while read -r _ target _ options _; do [ "$target" = /nix/store ] && printf '%s ' "$options"; done < /proc/mounts)" in
      *" ro,"*) ;;
      *)
        mount -o bind,${storeOptions} /nix/store /nix/store
        ;;
      esac
    ''}

    "$systemConfig/activate" < /dev/null

    ln -sfn "$systemConfig" /run/booted-system
    ${optionalString (cfg.postBootCommands != "") "${postBoot}"}
    exec ${config.systemd.package}/lib/systemd/systemd "$@"
  '';
in
{
  options = {
    boot = {
      postBootCommands = mkOption {
        type = types.lines;
        default = "";
        example = "rm -f /var/log/messages";
        description = "Shell commands that run before systemd starts.";
      };

      nixStoreMountOpts = mkOption {
        type = types.listOf types.nonEmptyStr;
        default = [
          "ro"
          "nodev"
          "nosuid"
        ];
        description = "Options that the store is mounted with; without `ro` programs run by root can change it.";
      };
    };

  };

  config.system.systemBuilderScripts.init = text;
}
