# restic: encrypted backups at given times.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (lib)
    mkOption
    optional
    optionals
    optionalString
    types
    ;

  backups = config.services.restic.backups;

  strings =
    example: description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit example description;
    };
  nullable =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };

  backupType = types.submodule {
    options = {
      package = lib.mkPackageOption pkgs "restic" { };
      repository = nullable types.str "Place of the repository, such as `sftp:backup@host:/backups/home`.";
      repositoryFile = nullable types.path "File with the place of the repository.";
      passwordFile = nullable types.path "File with the repository's password.";
      environmentFile = nullable types.str "File of environment variables with credentials.";
      rcloneOptions = mkOption {
        type = types.attrsOf (types.either types.str types.bool);
        default = { };
        example.bwlimit = "10M";
        description = "Options of rclone.";
      };
      rcloneConfigFile = nullable types.path "Configuration of rclone.";
      paths = mkOption {
        type = types.nullOr (types.listOf types.str);
        default = [ ];
        example = [
          "/var/lib/postgresql"
          "/home/user/backup"
        ];
        description = "What is backed up.";
      };
      dynamicFilesFrom = nullable types.str "Shell commands that print more of it, one path a line.";
      exclude = strings [ "/var/cache" ] "Patterns of what is left out.";
      timerConfig = mkOption {
        type = types.nullOr (types.attrsOf utils.systemdUtils.unitOptions.unitOption);
        default = {
          OnCalendar = "daily";
          Persistent = true;
        };
        description = "When, as in systemd.timer(5); `null` never does it by itself.";
      };
      user = mkOption {
        type = types.str;
        default = "root";
        description = "User as whom restic runs.";
      };
      initialize = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the repository is made if it is missing.";
      };
      inhibitsSleep = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the machine stays awake meanwhile.";
      };
      extraBackupArgs = strings [ "--cleanup-cache" ] "Arguments of `restic backup`.";
      extraOptions = strings [ "sftp.command='ssh backup@host -s sftp'" ] "Extended options of restic.";
      pruneOpts = strings [ "--keep-daily 7" ] "What is kept when old backups are forgotten; none forgets nothing.";
      runCheck = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the repository is checked afterwards.";
      };
      checkOpts = strings [ "--with-cache" ] "Arguments of `restic check`.";
      backupPrepareCommand = nullable types.str "Shell commands that run before.";
      backupCleanupCommand = nullable types.str "Shell commands that run after.";
    };
  };

  service =
    name: backup:
    let
      restic = "${backup.package}/bin/restic ${lib.concatMapStringsSep " " (option: "-o ${option}") backup.extraOptions}";
      excludes = map (pattern: "--exclude=${lib.escapeShellArg pattern}") backup.exclude;
      hasPaths = backup.paths != null && backup.paths != [ ];
      doesBackup = hasPaths || backup.dynamicFilesFrom != null;
      filesFrom = "--files-from /run/restic-backups-${name}/includes";
    in
    lib.nameValuePair "restic-backups-${name}" {
      description = "Restic backup ${name}";
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      restartIfChanged = false;
      path = [ config.programs.ssh.package ] ++ optional (backup.rcloneConfigFile != null || backup.rcloneOptions != { }) pkgs.rclone;
      environment = {
        RESTIC_CACHE_DIR = "/var/cache/restic-backups-${name}";
        RESTIC_PASSWORD_FILE = backup.passwordFile;
        RESTIC_REPOSITORY = backup.repository;
        RESTIC_REPOSITORY_FILE = backup.repositoryFile;
      }
      // lib.optionalAttrs (backup.rcloneConfigFile != null) { RCLONE_CONFIG = backup.rcloneConfigFile; }
      // lib.mapAttrs' (
        option: value:
        lib.nameValuePair "RCLONE_${lib.toUpper (builtins.replaceStrings [ "-" ] [ "_" ] option)}" (
          if builtins.isBool value then lib.boolToString value else value
        )
      ) backup.rcloneOptions;
      preStart =
        optionalString (backup.backupPrepareCommand != null) "${pkgs.writeShellScript "restic-prepare-${name}" backup.backupPrepareCommand}\n"
        + optionalString backup.initialize "${restic} cat config > /dev/null || ${restic} init\n"
        + optionalString hasPaths "printf '%s\\n' ${lib.escapeShellArgs backup.paths} > /run/restic-backups-${name}/includes\n"
        + optionalString (backup.dynamicFilesFrom != null) "${pkgs.writeShellScript "restic-files-${name}" backup.dynamicFilesFrom} >> /run/restic-backups-${name}/includes\n";
      postStop = optionalString (backup.backupCleanupCommand != null) "${pkgs.writeShellScript "restic-cleanup-${name}" backup.backupCleanupCommand}\n";
      serviceConfig = {
        Type = "oneshot";
        ExecStart =
          optional doesBackup (
            optionalString backup.inhibitsSleep "${config.systemd.package}/bin/systemd-inhibit --mode=block --who=restic --what=sleep --why='Backup ${name}' "
            + "${restic} backup ${lib.concatStringsSep " " (backup.extraBackupArgs ++ excludes)} ${filesFrom}"
          )
          ++ optionals (backup.pruneOpts != [ ]) [
            "${restic} unlock"
            "${restic} forget --prune ${lib.concatStringsSep " " backup.pruneOpts}"
          ]
          ++ optional backup.runCheck "${restic} check ${lib.concatStringsSep " " backup.checkOpts}";
        User = backup.user;
        RuntimeDirectory = "restic-backups-${name}";
        CacheDirectory = "restic-backups-${name}";
        CacheDirectoryMode = "0700";
        PrivateTmp = true;
        EnvironmentFile = lib.mkIf (backup.environmentFile != null) backup.environmentFile;
      };
    };

  # The same settings for a person at a terminal.
  wrapper =
    name: backup:
    pkgs.writeShellScriptBin "restic-${name}" ''
      set -a
      ${optionalString (backup.environmentFile != null) ". ${backup.environmentFile}"}
      ${optionalString (backup.passwordFile != null) "RESTIC_PASSWORD_FILE=${backup.passwordFile}"}
      ${optionalString (backup.repository != null) "RESTIC_REPOSITORY=${lib.escapeShellArg backup.repository}"}
      ${optionalString (backup.repositoryFile != null) "RESTIC_REPOSITORY_FILE=${backup.repositoryFile}"}
      RESTIC_CACHE_DIR=/var/cache/restic-backups-${name}
      exec ${backup.package}/bin/restic ${lib.concatMapStringsSep " " (option: "-o ${option}") backup.extraOptions} "$@"
    '';
in
{
  options.services.restic.backups = mkOption {
    type = types.attrsOf backupType;
    default = { };
    example.remote = {
      paths = [ "/home" ];
      repository = "sftp:backup@host:/backups/home";
      passwordFile = "/etc/nixos/secrets/restic-password";
      timerConfig.OnCalendar = "00:05";
    };
    description = "Backups by name.";
  };

  config = {
    assertions = lib.mapAttrsToList (name: backup: {
      assertion = (backup.repository == null) != (backup.repositoryFile == null) || backup.environmentFile != null;
      message = "services.restic.backups.${name}: set either repository or repositoryFile.";
    }) backups;
    environment.systemPackages = lib.mapAttrsToList wrapper backups;
    systemd.services = lib.mapAttrs' service backups;
    systemd.timers = lib.mapAttrs' (
      name: backup:
      lib.nameValuePair "restic-backups-${name}" {
        wantedBy = [ "timers.target" ];
        inherit (backup) timerConfig;
      }
    ) (lib.filterAttrs (_: backup: backup.timerConfig != null) backups);
  };
}
