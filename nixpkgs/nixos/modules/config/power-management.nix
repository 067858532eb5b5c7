# Saving power, and what happens around sleep.
{
  config,
  lib,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.powerManagement;

  commands =
    description:
    mkOption {
      type = types.lines;
      default = "";
      inherit description;
    };
  frequency =
    description:
    mkOption {
      type = types.nullOr types.ints.unsigned;
      default = null;
      example = 2200000;
      inherit description;
    };

  write = file: value: ''
    for file in /sys/devices/system/cpu/cpu*/cpufreq/${file}; do
      [ ! -w "$file" ] || echo ${lib.escapeShellArg (toString value)} > "$file"
    done
  '';
  cpuFrequency = lib.concatStrings (
    lib.optional (cfg.cpuFreqGovernor != null) (write "scaling_governor" cfg.cpuFreqGovernor)
    ++ lib.optional (cfg.cpufreq.max != null) (write "scaling_max_freq" cfg.cpufreq.max)
    ++ lib.optional (cfg.cpufreq.min != null) (write "scaling_min_freq" cfg.cpufreq.min)
  );
in
{
  options.powerManagement = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the other options here have an effect.";
    };
    powerUpCommands = commands "Shell commands that run at boot and after sleep.";
    resumeCommands = commands "Shell commands that run after sleep.";
    powerDownCommands = commands "Shell commands that run before sleep and shutdown.";
    cpuFreqGovernor = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "ondemand";
      description = "What decides about the processor's speed, such as `ondemand`, `powersave` or `performance`.";
    };
    cpufreq.max = frequency "The highest speed of the processor, in kHz.";
    cpufreq.min = frequency "The lowest speed of the processor, in kHz.";
  };

  config = mkIf cfg.enable {
    systemd.services.cpufreq = mkIf (cpuFrequency != "") {
      description = "CPU Frequency Setup";
      wantedBy = [ "multi-user.target" ];
      after = [ "systemd-modules-load.service" ];
      unitConfig.ConditionVirtualization = false;
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
      script = cpuFrequency;
    };

    systemd.services.pre-sleep = mkIf (cfg.powerDownCommands != "") {
      description = "Pre-Sleep Actions";
      wantedBy = [ "sleep.target" ];
      before = [ "sleep.target" ];
      serviceConfig.Type = "oneshot";
      script = cfg.powerDownCommands;
    };

    systemd.services.post-resume = mkIf (cfg.resumeCommands != "" || cfg.powerUpCommands != "") {
      description = "Post-Resume Actions";
      wantedBy = [ "post-resume.target" ];
      after = [ "suspend.target" "hibernate.target" "hybrid-sleep.target" "suspend-then-hibernate.target" ];
      serviceConfig.Type = "oneshot";
      script = cfg.resumeCommands + cfg.powerUpCommands;
    };
    systemd.targets.post-resume = mkIf (cfg.resumeCommands != "" || cfg.powerUpCommands != "") {
      description = "Post-Resume Actions";
      wantedBy = [ "suspend.target" "hibernate.target" "hybrid-sleep.target" "suspend-then-hibernate.target" ];
    };

    systemd.services.post-boot = mkIf (cfg.powerUpCommands != "") {
      description = "Post-Boot Actions";
      wantedBy = [ "multi-user.target" ];
      restartIfChanged = false;
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
      script = cfg.powerUpCommands;
    };
  };
}
