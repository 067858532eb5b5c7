# The journal.
{
  config,
  lib,
  utils,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.services.journald;
  inherit (utils.systemdUtils) unitOptions;
  inherit (utils.systemdUtils.lib) attrsToSection;
in
{
  options.services.journald = {
    console = mkOption {
      type = types.str;
      default = "";
      example = "/dev/tty12";
      description = "A terminal that shows all messages; empty for none.";
    };

    storage = mkOption {
      type = types.enum [
        "persistent"
        "volatile"
        "auto"
        "none"
      ];
      default = "persistent";
      example = "volatile";
      description = "Where messages are kept: on disk, in memory, on disk if {file}`/var/log/journal` exists, or nowhere.";
    };

    rateLimitInterval = mkOption {
      type = types.str;
      default = "30s";
      description = "The time in which a service may write {option}`services.journald.rateLimitBurst` messages.";
    };

    rateLimitBurst = mkOption {
      type = types.int;
      default = 10000;
      description = "How many messages a service may write in {option}`services.journald.rateLimitInterval`.";
    };

    audit = mkOption {
      type = types.nullOr types.bool;
      default = null;
      description = "Whether the kernel's audit messages are switched on; null leaves it to the kernel.";
    };

    forwardToSyslog = mkOption {
      type = types.bool;
      default = config.services.rsyslogd.enable or false || config.services.syslog-ng.enable or false;
      defaultText = lib.literalExpression "config.services.rsyslogd.enable || config.services.syslog-ng.enable";
      description = "Whether a traditional syslog daemon gets the messages too.";
    };

    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "SystemMaxUse=100M";
      description = "More settings of {manpage}`journald.conf(5)`.";
    };

    settings.Journal = mkOption {
      type = types.attrsOf unitOptions.unitOption;
      default = { };
      example = {
        SystemMaxUse = "100M";
      };
      description = "More settings of {manpage}`journald.conf(5)`, by name.";
    };
  };

  config = {
    services.journald.settings.Journal = {
      Storage = cfg.storage;
      RateLimitInterval = cfg.rateLimitInterval;
      RateLimitBurst = cfg.rateLimitBurst;
      ForwardToConsole = mkIf (cfg.console != "") true;
      TTYPath = mkIf (cfg.console != "") cfg.console;
      ForwardToSyslog = mkIf cfg.forwardToSyslog true;
      Audit = mkIf (cfg.audit != null) cfg.audit;
    };

    environment.etc."systemd/journald.conf".text =
      "[Journal]\n" + attrsToSection cfg.settings.Journal + cfg.extraConfig;

    systemd.additionalUpstreamSystemUnits = [
      "systemd-journald.socket"
      "systemd-journald@.socket"
      "systemd-journald-varlink@.socket"
      "systemd-journald.service"
      "systemd-journald@.service"
      "systemd-journal-flush.service"
      "systemd-journald-dev-log.socket"
      "syslog.socket"
    ];

    systemd.services.systemd-journald = {
      restartTriggers = [ config.environment.etc."systemd/journald.conf".text ];
      stopIfChanged = false;
    };
    systemd.services.systemd-journal-flush.restartIfChanged = false;

    users.groups.systemd-journal.gid = config.ids.gids.systemd-journal;
    systemd.tmpfiles.rules = mkIf (cfg.storage == "persistent") [
      "d /var/log/journal 2755 root systemd-journal - -"
    ];
  };
}
