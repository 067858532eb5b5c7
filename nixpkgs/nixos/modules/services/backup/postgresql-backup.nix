# Backups of PostgreSQL's databases.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.services.postgresqlBackup;
  compressions = {
    none = {
      suffix = "";
      command = "cat";
    };
    gzip = {
      suffix = ".gz";
      command = "${pkgs.gzip}/bin/gzip -c -${toString cfg.compressionLevel} --rsyncable";
    };
    zstd = {
      suffix = ".zstd";
      command = "${pkgs.zstd}/bin/zstd -c -${toString cfg.compressionLevel}";
    };
  };
  compression = compressions.${cfg.compression};

  # The last dump stays beside the new one until that is whole.
  serviceOf = name: dump: {
    description = "Backup of ${if name == "all" then "all databases" else "the database ${name}"}";
    requires = [ "postgresql.service" ];
    after = [ "postgresql.service" ];
    path = [
      pkgs.coreutils
      config.services.postgresql.package
    ];
    script = ''
      set -e -o pipefail
      umask 0077
      file=${cfg.location}/${name}.sql
      if [ -e "$file${compression.suffix}" ]; then
        rm -f "$file".prev*
        mv "$file${compression.suffix}" "$file.prev${compression.suffix}"
      fi
      ${dump} | ${compression.command} > "$file.in-progress${compression.suffix}"
      mv "$file.in-progress${compression.suffix}" "$file${compression.suffix}"
    '';
    serviceConfig = {
      Type = "oneshot";
      User = "postgres";
    };
    inherit (cfg) startAt;
  };
in
{
  options.services.postgresqlBackup = {
    enable = lib.mkEnableOption "backups of PostgreSQL's databases";
    startAt = mkOption {
      type = types.either (types.listOf types.str) types.str;
      default = "*-*-* 01:15:00";
      description = "When: {manpage}`systemd.time(7)`.";
    };
    backupAll = mkOption {
      type = types.bool;
      default = cfg.databases == [ ];
      defaultText = lib.literalExpression "services.postgresqlBackup.databases == [ ]";
      description = "Whether all databases are in one file.";
    };
    databases = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Databases that have a file each.";
    };
    location = mkOption {
      type = types.path;
      default = "/var/backup/postgresql";
      description = "Folder of the files.";
    };
    pgdumpOptions = mkOption {
      type = types.separatedString " ";
      default = "-C";
      description = "Arguments of {command}`pg_dump`.";
    };
    pgdumpAllOptions = mkOption {
      type = types.separatedString " ";
      default = "";
      description = "Arguments of {command}`pg_dumpall`.";
    };
    compression = mkOption {
      type = types.enum (lib.attrNames compressions);
      default = "gzip";
      description = "How the files are compressed.";
    };
    compressionLevel = mkOption {
      type = types.ints.between 1 19;
      default = 6;
      description = "How much: at most 9 for gzip.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = !(cfg.backupAll && cfg.databases != [ ]);
        message = "services.postgresqlBackup.backupAll and services.postgresqlBackup.databases are both set; remove one.";
      }
      {
        assertion = cfg.compression == "gzip" -> cfg.compressionLevel <= 9;
        message = "services.postgresqlBackup.compressionLevel is at most 9 with gzip.";
      }
    ];
    systemd.tmpfiles.rules = [ "d '${cfg.location}' 0700 postgres - - -" ];
    systemd.services =
      if cfg.backupAll then
        { postgresqlBackup = serviceOf "all" "pg_dumpall ${cfg.pgdumpAllOptions}"; }
      else
        lib.listToAttrs (
          map (
            name:
            lib.nameValuePair "postgresqlBackup-${name}" (serviceOf name "pg_dump ${cfg.pgdumpOptions} ${name}")
          ) cfg.databases
        );
  };
}
