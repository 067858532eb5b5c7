# Upgrading the system from time to time.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    mkEnableOption
    mkIf
    mkOption
    optional
    optionals
    types
    ;
  cfg = config.system.autoUpgrade;

  nixosRebuild = "${cfg.package}/bin/nixos-rebuild";
  rebuild =
    action:
    "${nixosRebuild} ${action} ${
      lib.concatStringsSep " " (cfg.flags ++ optional (cfg.upgrade && cfg.flake == null) "--upgrade")
    }";

  # What was running against what will run: a reboot is due when the kernel or the first stage differ.
  withReboot = ''
    ${rebuild "boot"}
    booted=$(readlink /run/booted-system/initrd /run/booted-system/kernel /run/booted-system/kernel-modules)
    built=$(readlink /nix/var/nix/profiles/system/initrd /nix/var/nix/profiles/system/kernel /nix/var/nix/profiles/system/kernel-modules)
    if [ "$booted" = "$built" ]; then
      ${rebuild cfg.operation}
    ${lib.optionalString (cfg.rebootWindow != null) ''
      elif ! may_reboot "$(date +%H:%M)"; then
        echo "A reboot is due, but ${cfg.rebootWindow.lower} to ${cfg.rebootWindow.upper} is the time for it." >&2
    ''}
    else
      shutdown -r +1
    fi
  '';
  # Times of the day compare as texts; a window may go over midnight.
  window = lib.optionalString (cfg.rebootWindow != null) ''
    may_reboot() {
      if [[ "${cfg.rebootWindow.lower}" < "${cfg.rebootWindow.upper}" ]]; then
        [[ "$1" > "${cfg.rebootWindow.lower}" && "$1" < "${cfg.rebootWindow.upper}" ]]
      else
        [[ "$1" > "${cfg.rebootWindow.lower}" || "$1" < "${cfg.rebootWindow.upper}" ]]
      fi
    }
  '';
  time =
    description:
    mkOption {
      type = types.strMatching "[[:digit:]]{2}:[[:digit:]]{2}";
      example = "01:00";
      inherit description;
    };
in
{
  options.system.autoUpgrade = {
    enable = mkEnableOption "upgrading the system from time to time";
    package = lib.mkPackageOption pkgs "nixos-rebuild" { };
    operation = mkOption {
      type = types.enum [
        "switch"
        "boot"
      ];
      default = "switch";
      description = "Whether the new system is used at once, or from the next boot on.";
    };
    flake = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "github:alice/machines";
      description = "Flake that has the configuration, instead of a channel.";
    };
    channel = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "https://channels.nixos.org/nixos-25.11";
      description = "Channel to build with; null takes those of root, which are upgraded first.";
    };
    upgrade = mkOption {
      type = types.bool;
      default = true;
      description = "Whether root's channels are upgraded first.";
    };
    flags = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [
        "--option"
        "extra-binary-caches"
        "http://my-cache.example.org/"
      ];
      description = "Arguments of {command}`nixos-rebuild`.";
    };
    dates = mkOption {
      type = types.str;
      default = "04:40";
      example = "daily";
      description = "When: {manpage}`systemd.time(7)`.";
    };
    randomizedDelaySec = mkOption {
      type = types.str;
      default = "0";
      example = "45min";
      description = "The longest time by which it is put off, at random.";
    };
    fixedRandomDelay = mkOption {
      type = types.bool;
      default = false;
      description = "Whether that time is the same each time.";
    };
    persistent = mkOption {
      type = types.bool;
      default = true;
      description = "Whether it is made up for when the machine was off.";
    };
    allowReboot = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the machine is rebooted when the kernel, its modules or the initrd have changed.";
    };
    rebootWindow = mkOption {
      default = null;
      description = "Time of the day in which the machine may be rebooted; null is any.";
      type = types.nullOr (
        types.submodule {
          options = {
            lower = time "Its begin.";
            upper = time "Its end.";
          };
        }
      );
    };
    runGarbageCollection = mkOption {
      type = types.bool;
      default = false;
      description = "Whether garbage is collected afterwards.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = !(cfg.channel != null && cfg.flake != null);
        message = "system.autoUpgrade.channel and system.autoUpgrade.flake are both set; remove one.";
      }
      {
        assertion = cfg.rebootWindow != null -> cfg.allowReboot;
        message = "system.autoUpgrade.rebootWindow needs system.autoUpgrade.allowReboot.";
      }
    ];

    system.autoUpgrade.flags =
      if cfg.flake != null then
        [
          "--refresh"
          "--flake ${cfg.flake}"
        ]
      else
        optionals (cfg.channel != null) [
          "-I"
          "nixpkgs=${cfg.channel}/nixexprs.tar.xz"
        ];

    systemd.services.nixos-upgrade = {
      description = "Upgrade of the system";
      restartIfChanged = false;
      unitConfig.X-StopOnRemoval = false;
      serviceConfig.Type = "oneshot";
      environment = config.nix.envVars // {
        NIX_PATH = lib.concatStringsSep ":" config.nix.nixPath;
        HOME = "/root";
      };
      path = [
        pkgs.coreutils
        pkgs.gnutar
        pkgs.gzip
        pkgs.xz
        pkgs.git
        config.nix.package
        config.programs.ssh.package
        config.systemd.package
      ];
      script = if cfg.allowReboot then window + withReboot else rebuild cfg.operation;
      startAt = cfg.dates;
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      onSuccess = mkIf cfg.runGarbageCollection [ "nix-gc.service" ];
    };
    systemd.timers.nixos-upgrade.timerConfig = {
      RandomizedDelaySec = cfg.randomizedDelaySec;
      FixedRandomDelay = cfg.fixedRandomDelay;
      Persistent = cfg.persistent;
    };
  };
}
