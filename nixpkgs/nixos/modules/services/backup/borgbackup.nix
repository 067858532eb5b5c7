# BorgBackup: backups that store what has not changed once.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatMapStrings
    mkOption
    optionalString
    types
    ;

  jobs = config.services.borgbackup.jobs;

  text =
    description:
    mkOption {
      type = types.lines;
      default = "";
      inherit description;
    };
  arguments =
    description:
    mkOption {
      type = types.coercedTo (types.listOf types.str) lib.escapeShellArgs types.str;
      default = "";
      inherit description;
    };

  jobType = types.submodule (
    { name, config, ... }:
    {
      options = {
        paths = mkOption {
          type = types.nullOr (types.coercedTo types.str lib.singleton (types.listOf types.str));
          default = null;
          example = [ "/home/user" ];
          description = "What is backed up.";
        };
        dumpCommand = mkOption {
          type = types.nullOr types.path;
          default = null;
          description = "Program whose output is backed up, instead of files.";
        };
        repo = mkOption {
          type = types.str;
          example = "user@machine:/path/to/repo";
          description = "Place of the repository.";
        };
        removableDevice = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the repository may be missing when the machine starts.";
        };
        archiveBaseName = mkOption {
          type = types.nullOr (types.strMatching "[^/{}]+");
          default = "${globalHostName}-${name}";
          defaultText = lib.literalExpression ''"''${config.networking.hostName}-<name>"'';
          description = "What names of archives start with.";
        };
        dateFormat = mkOption {
          type = types.str;
          default = "";
          example = "-u +%s";
          description = "Arguments of `date` for the rest of the name.";
        };
        startAt = mkOption {
          type = types.coercedTo types.str lib.toList (types.listOf types.str);
          default = "daily";
          description = "When, as in systemd.time(7); an empty list never does it by itself.";
        };
        persistentTimer = mkOption {
          type = types.bool;
          default = false;
          description = "Whether it is made up for when the machine was off.";
        };
        user = mkOption {
          type = types.str;
          default = "root";
          description = "User as whom Borg runs.";
        };
        group = mkOption {
          type = types.str;
          default = "root";
          description = "Group as which Borg runs.";
        };
        encryption = {
          mode = mkOption {
            type = types.enum [
              "repokey"
              "keyfile"
              "repokey-blake2"
              "keyfile-blake2"
              "authenticated"
              "authenticated-blake2"
              "none"
            ];
            description = "How the repository is encrypted.";
          };
          passCommand = mkOption {
            type = types.nullOr types.str;
            default = null;
            example = "cat /path/to/passphrase_file";
            description = "Command that prints the password.";
          };
          passphrase = mkOption {
            type = types.nullOr types.str;
            default = null;
            description = "Password, which becomes readable for everyone on the machine.";
          };
        };
        compression = mkOption {
          type = types.strMatching "none|(auto,)?(lz4|zstd|zlib|lzma)(,[[:digit:]]{1,2})?";
          default = "lz4";
          example = "auto,zstd";
          description = "How data is compressed.";
        };
        exclude = mkOption {
          type = types.listOf types.str;
          default = [ ];
          example = [ "/home/*/.cache" ];
          description = "Patterns of what is left out.";
        };
        patterns = mkOption {
          type = types.listOf types.str;
          default = [ ];
          example = [ "+ /home/susan" ];
          description = "Patterns of what is taken and left out.";
        };
        readWritePaths = mkOption {
          type = types.listOf types.path;
          default = [ ];
          description = "Folders that Borg and the commands may write.";
        };
        privateTmp = mkOption {
          type = types.bool;
          default = true;
          description = "Whether Borg has a `/tmp` of its own.";
        };
        doInit = mkOption {
          type = types.bool;
          default = true;
          description = "Whether the repository is made if it is missing.";
        };
        appendFailedSuffix = mkOption {
          type = types.bool;
          default = true;
          description = "Whether archives have another name until they are finished.";
        };
        inhibitsSleep = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the machine stays awake meanwhile.";
        };
        prune = {
          keep = mkOption {
            type = types.attrsOf (types.either types.int (types.strMatching "[[:digit:]]+[Hdwmy]"));
            default = { };
            example = {
              within = "1d";
              daily = 7;
            };
            description = "Archives that are kept; none given, none is deleted.";
          };
          prefix = mkOption {
            type = types.nullOr types.str;
            default = config.archiveBaseName;
            defaultText = lib.literalExpression "archiveBaseName";
            description = "Only archives whose names start so are deleted.";
          };
        };
        environment = mkOption {
          type = types.attrsOf types.str;
          default = { };
          example.BORG_RSH = "ssh -i /path/to/key";
          description = "Environment variables.";
        };
        preHook = text "Shell commands that run before.";
        postInit = text "Shell commands that run after the repository has been made.";
        postCreate = text "Shell commands that run after the archive has been made.";
        postPrune = text "Shell commands that run after archives have been deleted.";
        postHook = text "Shell commands that run at the end, with the status in `exitStatus`.";
        extraArgs = arguments "Arguments of all Borg commands.";
        extraInitArgs = arguments "Arguments of `borg init`.";
        extraCreateArgs = arguments "Arguments of `borg create`.";
        extraPruneArgs = arguments "Arguments of `borg prune`.";
        extraCompactArgs = arguments "Arguments of `borg compact`.";
      };
    }
  );
  globalHostName = config.networking.hostName;

  folders =
    job:
    let
      inherit (config.users.users.${job.user}) home;
    in
    [
      "${home}/.config/borg"
      "${home}/.cache/borg"
    ];

  isLocal = repo: lib.hasPrefix "/" repo;

  script =
    name: job:
    let
      date = "$(date ${if job.dateFormat == "" then "+%Y-%m-%dT%H:%M:%S" else job.dateFormat})";
      base = optionalString (job.archiveBaseName != null) "${job.archiveBaseName}-";
      suffix = optionalString job.appendFailedSuffix ".failed";
      borg = "borg ${job.extraArgs}";
    in
    ''
      set -e
      onExit() {
        exitStatus=$?
        ${job.postHook}
        exit $exitStatus
      }
      trap onExit EXIT
      ${job.preHook}
      ${optionalString job.doInit ''
        if ! ${borg} list > /dev/null; then
          ${borg} init --encryption ${job.encryption.mode} ${job.extraInitArgs}
          ${job.postInit}
        fi
      ''}
      archiveName="${base}${date}"
      ${optionalString (job.dumpCommand != null) "${job.dumpCommand} | "}${borg} create \
        --compression ${job.compression} \
        ${concatMapStrings (pattern: "--exclude ${lib.escapeShellArg pattern} ") job.exclude} \
        ${concatMapStrings (pattern: "--pattern ${lib.escapeShellArg pattern} ") job.patterns} \
        ${job.extraCreateArgs} "::$archiveName${suffix}" \
        ${if job.dumpCommand != null then "-" else lib.escapeShellArgs (if job.paths == null then [ ] else job.paths)}
      ${optionalString job.appendFailedSuffix ''${borg} rename "::$archiveName${suffix}" "$archiveName"''}
      ${job.postCreate}
      ${optionalString (job.prune.keep != { }) ''
        ${borg} prune ${
          lib.concatStrings (lib.mapAttrsToList (period: amount: "--keep-${period}=${toString amount} ") job.prune.keep)
        } ${optionalString (job.prune.prefix != null) "--glob-archives ${lib.escapeShellArg "${job.prune.prefix}*"}"} ${job.extraPruneArgs}
        ${borg} compact ${job.extraCompactArgs}
        ${job.postPrune}
      ''}
    '';

  service =
    name: job:
    lib.nameValuePair "borgbackup-job-${name}" {
      description = "BorgBackup job ${name}";
      path = [
        pkgs.borgbackup
        config.programs.ssh.package
      ];
      environment = {
        BORG_REPO = job.repo;
      }
      // lib.optionalAttrs (job.encryption.passCommand != null) {
        BORG_PASSCOMMAND = job.encryption.passCommand;
      }
      // lib.optionalAttrs (job.encryption.passphrase != null) {
        BORG_PASSPHRASE = job.encryption.passphrase;
      }
      // job.environment;
      unitConfig = lib.optionalAttrs (isLocal job.repo && !job.removableDevice) {
        RequiresMountsFor = [ job.repo ];
      };
      serviceConfig = {
        ExecStart =
          let
            program = pkgs.writeShellScript "borgbackup-${name}" (script name job);
          in
          if job.inhibitsSleep then
            "${config.systemd.package}/bin/systemd-inhibit --who=borgbackup --what=sleep --why='Backup ${name}' ${program}"
          else
            program;
        User = job.user;
        Group = job.group;
        CPUSchedulingPolicy = "idle";
        IOSchedulingClass = "idle";
        ProtectSystem = "strict";
        # Keys and caches are in the user's home, where Borg looks for them at a terminal too.
        ExecStartPre = "+${pkgs.coreutils}/bin/install -d -m 0700 -o ${job.user} -g ${job.group} ${
          lib.escapeShellArgs (folders job)
        }";
        ReadWritePaths =
          map (folder: "-${folder}") (folders job)
          ++ job.readWritePaths
          ++ lib.optional (isLocal job.repo && !job.removableDevice) "-${dirOf job.repo}";
        PrivateTmp = job.privateTmp;
      };
      inherit (job) startAt;
    };
in
{
  options.services.borgbackup.jobs = mkOption {
    type = types.attrsOf jobType;
    default = { };
    example.home = {
      paths = "/home";
      repo = "/mnt/backup";
      encryption.mode = "none";
      prune.keep.daily = 7;
    };
    description = "Backups by name.";
  };

  config = {
    assertions = lib.mapAttrsToList (name: job: {
      assertion = (job.paths != null && job.paths != [ ]) != (job.dumpCommand != null);
      message = "services.borgbackup.jobs.${name}: set either paths or dumpCommand.";
    }) jobs
    ++ lib.mapAttrsToList (name: job: {
      assertion =
        (job.encryption.mode == "none") != (job.encryption.passCommand != null || job.encryption.passphrase != null);
      message = "services.borgbackup.jobs.${name}: an encrypted repository needs a passCommand or passphrase, and no other does.";
    }) jobs;
    environment.systemPackages = lib.optional (jobs != { }) pkgs.borgbackup;
    systemd.services = lib.mapAttrs' service jobs;
    systemd.timers = lib.mapAttrs' (
      name: job:
      lib.nameValuePair "borgbackup-job-${name}" { timerConfig.Persistent = job.persistentTimer; }
    ) (lib.filterAttrs (_: job: job.startAt != [ ]) jobs);
  };
}
