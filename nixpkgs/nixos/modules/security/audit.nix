# The kernel's audit, and the daemon that writes it down.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.security.audit;
  daemon = config.security.auditd;
  number =
    {
      silent = 0;
      printk = 1;
      panic = 2;
    }
    .${cfg.failureMode};
  active = cfg.enable == true || cfg.enable == "lock";
  rules = pkgs.writeText "audit.rules" ''
    -D
    -b ${toString cfg.backlogLimit}
    -f ${toString number}
    -r ${toString cfg.rateLimit}
    ${lib.concatLines cfg.rules}
    -e ${if cfg.enable == "lock" then "2" else "1"}
  '';
in
{
  options.security.audit = {
    enable = mkOption {
      type = types.enum [
        false
        true
        "lock"
      ];
      default = false;
      description = "Whether the kernel audits; with `lock` its rules cannot be changed until the next boot.";
    };
    failureMode = mkOption {
      type = types.enum [
        "silent"
        "printk"
        "panic"
      ];
      default = "printk";
      description = "What happens when it cannot.";
    };
    backlogLimit = mkOption {
      type = types.int;
      default = 1024;
      description = "How many records may wait.";
    };
    rateLimit = mkOption {
      type = types.int;
      default = 0;
      description = "How many records a second there may be; 0 is any.";
    };
    rules = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "-a exit,always -F arch=b64 -S execve" ];
      description = "Rules: {manpage}`auditctl(8)`.";
    };
  };
  options.security.auditd.enable = lib.mkEnableOption "the daemon that writes records of the audit down";

  config = lib.mkMerge [
    (mkIf active {
      boot.kernelParams = [
        "audit=1"
        "audit_backlog_limit=${toString cfg.backlogLimit}"
      ];
      environment.systemPackages = [ pkgs.auditd ];
      systemd.services.audit-rules = {
        description = "Rules of the kernel's audit";
        wantedBy = [ "sysinit.target" ];
        before = [
          "sysinit.target"
          "shutdown.target"
        ];
        conflicts = [ "shutdown.target" ];
        unitConfig = {
          DefaultDependencies = false;
          ConditionVirtualization = "!container";
          ConditionKernelCommandLine = [
            "!audit=0"
            "!audit=off"
          ];
        };
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          ExecStart = "${pkgs.auditd}/bin/auditctl -R ${rules}";
          ExecStopPost = [
            "${pkgs.auditd}/bin/auditctl -D"
            "${pkgs.auditd}/bin/auditctl -e 0"
          ];
        };
      };
    })
    (mkIf daemon.enable {
      boot.kernelParams = [ "audit=1" ];
      environment.systemPackages = [ pkgs.auditd ];
      environment.etc."audit/auditd.conf".source = "${pkgs.auditd}/etc/audit/auditd.conf";
      systemd.services.auditd = {
        description = "Records of the kernel's audit";
        documentation = [ "man:auditd(8)" ];
        wantedBy = [ "sysinit.target" ];
        after = [
          "local-fs.target"
          "systemd-tmpfiles-setup.service"
        ];
        before = [
          "sysinit.target"
          "shutdown.target"
        ];
        conflicts = [ "shutdown.target" ];
        unitConfig = {
          DefaultDependencies = false;
          RefuseManualStop = true;
          ConditionVirtualization = "!container";
        };
        serviceConfig = {
          LogsDirectory = "audit";
          ExecStart = "${pkgs.auditd}/bin/auditd -l -n -s nochange";
          Restart = "on-failure";
        };
      };
    })
  ];
}
