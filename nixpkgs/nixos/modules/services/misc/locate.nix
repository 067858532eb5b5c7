# locate: files by their names, from a list.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.services.locate;
in
{
  options.services.locate = {
    enable = lib.mkEnableOption "a list of all files for {command}`locate`";
    package = lib.mkPackageOption pkgs "plocate" { };
    interval = mkOption {
      type = types.str;
      default = "02:15";
      example = "hourly";
      description = "When it is made: {manpage}`systemd.time(7)`; `never` is by hand alone.";
    };
    output = mkOption {
      type = types.path;
      default = "/var/lib/plocate/plocate.db";
      description = "The list.";
    };
    extraFlags = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Arguments of {command}`updatedb`.";
    };
    pruneFS = mkOption {
      type = types.listOf types.str;
      default = [
        "9p"
        "autofs"
        "cgroup2"
        "cifs"
        "devpts"
        "devtmpfs"
        "fuse"
        "fuse.sshfs"
        "nfs"
        "nfs4"
        "overlay"
        "proc"
        "ramfs"
        "sysfs"
        "tmpfs"
        "virtiofs"
      ];
      description = "Types of file systems that are left out.";
    };
    prunePaths = mkOption {
      type = types.listOf types.path;
      default = [
        "/tmp"
        "/var/tmp"
        "/var/cache"
        "/var/lock"
        "/var/run"
        "/var/spool"
        "/nix/store"
        "/nix/var/log/nix"
      ];
      description = "Folders that are left out.";
    };
    pruneNames = mkOption {
      type = types.listOf types.str;
      default = [
        ".bzr"
        ".cache"
        ".git"
        ".hg"
        ".svn"
      ];
      description = "Names of folders that are left out everywhere.";
    };
    pruneBindMounts = mkOption {
      type = types.bool;
      default = true;
      description = "Whether folders that are mounted a second time are left out there.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    environment.variables.LOCATE_PATH = mkIf (cfg.output != "/var/lib/plocate/plocate.db") cfg.output;
    environment.etc."updatedb.conf".text = ''
      PRUNEFS="${lib.concatStringsSep " " cfg.pruneFS}"
      PRUNENAMES="${lib.concatStringsSep " " cfg.pruneNames}"
      PRUNEPATHS="${lib.concatStringsSep " " cfg.prunePaths}"
      PRUNE_BIND_MOUNTS="${if cfg.pruneBindMounts then "yes" else "no"}"
    '';
    users.groups.plocate = { };
    # The list has names that not everybody may see.
    security.wrappers.plocate = {
      owner = "root";
      group = "plocate";
      setgid = true;
      source = "${cfg.package}/bin/plocate";
    };
    security.wrappers.locate = {
      owner = "root";
      group = "plocate";
      setgid = true;
      source = "${cfg.package}/bin/plocate";
    };
    systemd.tmpfiles.rules = [ "d ${dirOf cfg.output} 0750 root plocate - -" ];
    systemd.services.update-locatedb = {
      description = "List of all files";
      script = "exec ${cfg.package}/bin/updatedb -o ${lib.escapeShellArg cfg.output} ${lib.escapeShellArgs cfg.extraFlags}";
      serviceConfig = {
        Type = "oneshot";
        Nice = 19;
        IOSchedulingClass = "idle";
        Group = "plocate";
      };
      startAt = mkIf (cfg.interval != "never") cfg.interval;
    };
    systemd.timers.update-locatedb = mkIf (cfg.interval != "never") { timerConfig.Persistent = true; };
  };
}
