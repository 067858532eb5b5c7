# smartd: watches the health of disks.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.services.smartd;

  notify = lib.concatStringsSep " " (
    lib.optionals (cfg.notifications.mail.enable || cfg.notifications.wall.enable) [
      "-m"
      (if cfg.notifications.mail.enable then cfg.notifications.mail.recipient else "<nomailer>")
      "-M"
      "exec"
      "${notifier}"
    ]
    ++ lib.optionals cfg.notifications.test [
      "-M"
      "test"
    ]
  );
  notifier = pkgs.writeShellScript "smartd-notify" ''
    ${lib.optionalString cfg.notifications.mail.enable ''
      {
        printf 'From: %s\nTo: %s\nSubject: %s\n\n' "${cfg.notifications.mail.sender}" "${cfg.notifications.mail.recipient}" "$SMARTD_SUBJECT"
        printf '%s\n' "$SMARTD_FULLMESSAGE"
      } | ${cfg.notifications.mail.mailer} -i "${cfg.notifications.mail.recipient}"
    ''}
    ${lib.optionalString cfg.notifications.wall.enable ''
      printf '%s\n' "$SMARTD_FULLMESSAGE" | ${pkgs.util-linux}/bin/wall
    ''}
  '';
  line = device: "${device.device} ${device.options} ${cfg.defaults.monitored} ${notify}\n";
  configFile = pkgs.writeText "smartd.conf" (
    lib.concatMapStrings line cfg.devices
    + lib.optionalString cfg.autodetect "DEVICESCAN ${cfg.defaults.autodetected} ${notify}\n"
  );
in
{
  options.services.smartd = {
    enable = lib.mkEnableOption "watching the health of disks";
    autodetect = mkOption {
      type = types.bool;
      default = true;
      description = "Whether all disks are watched.";
    };
    extraOptions = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "-A /var/log/smartd/" ];
      description = "Arguments of smartd.";
    };
    defaults = {
      monitored = mkOption {
        type = types.separatedString " ";
        default = "-a";
        example = "-a -o on -s (S/../.././02|L/../../7/04)";
        description = "What is watched of the disks in `devices`.";
      };
      autodetected = mkOption {
        type = types.separatedString " ";
        default = cfg.defaults.monitored;
        defaultText = lib.literalExpression "config.services.smartd.defaults.monitored";
        description = "What is watched of the others.";
      };
    };
    devices = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            device = mkOption {
              type = types.str;
              example = "/dev/sda";
              description = "Disk.";
            };
            options = mkOption {
              type = types.separatedString " ";
              default = "";
              example = "-d sat";
              description = "Its own directives of smartd.conf(5).";
            };
          };
        }
      );
      default = [ ];
      description = "Disks to watch.";
    };
    notifications = {
      mail = {
        enable = mkOption {
          type = types.bool;
          default = false;
          description = "Whether trouble is told by mail.";
        };
        sender = mkOption {
          type = types.str;
          default = "root";
          description = "Who sends it.";
        };
        recipient = mkOption {
          type = types.str;
          default = "root";
          description = "Who gets it.";
        };
        mailer = mkOption {
          type = types.path;
          default = "/run/wrappers/bin/sendmail";
          description = "Program that sends it.";
        };
      };
      wall.enable = mkOption {
        type = types.bool;
        default = true;
        description = "Whether trouble is told on all terminals.";
      };
      test = mkOption {
        type = types.bool;
        default = false;
        description = "Whether it is tried out at each start.";
      };
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.autodetect || cfg.devices != [ ];
        message = "services.smartd.enable needs services.smartd.devices or autodetect.";
      }
    ];
    environment.systemPackages = [ pkgs.smartmontools ];
    systemd.services.smartd = {
      description = "S.M.A.R.T. Daemon";
      wantedBy = [ "multi-user.target" ];
      # Disks of a virtual machine know nothing of their health.
      unitConfig.ConditionVirtualization = "no";
      serviceConfig = {
        Type = "notify";
        ExecStart = "${pkgs.smartmontools}/bin/smartd ${toString cfg.extraOptions} --no-fork --configfile=${configFile}";
      };
    };
  };
}
