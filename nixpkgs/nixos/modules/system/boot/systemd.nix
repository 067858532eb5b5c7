# systemd as the system's first process: its units and its own settings.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (lib)
    literalExpression
    mkIf
    mkOption
    types
    ;
  inherit (utils) systemdUtils escapeSystemdPath;
  unitLib = systemdUtils.lib;
  cfg = config.systemd;

  # What a running system needs of the units that come with systemd. Units for what is seldom there (machines,
  # containers, encrypted disks, sleep states …) are taken by the modules that need them.
  upstreamUnits = [
    "basic.target"
    "sysinit.target"
    "sockets.target"
    "exit.target"
    "graphical.target"
    "multi-user.target"
    "network.target"
    "network-pre.target"
    "network-online.target"
    "nss-lookup.target"
    "nss-user-lookup.target"
    "time-sync.target"
    "time-set.target"
    "first-boot-complete.target"
    "boot-complete.target"
    "paths.target"
    "timers.target"
    "slices.target"
    "bluetooth.target"
    "printer.target"
    "sound.target"
    "smartcard.target"
    "usb-gadget.target"

    # Logging in
    "getty.target"
    "getty-pre.target"
    "getty@.service"
    "serial-getty@.service"
    "console-getty.service"
    "container-getty@.service"
    "systemd-user-sessions.service"

    # Devices
    "systemd-udevd-control.socket"
    "systemd-udevd-kernel.socket"
    "systemd-udevd.service"
    "systemd-udev-trigger.service"
    "systemd-udev-settle.service"
    "kmod-static-nodes.service"
    "modprobe@.service"
    "systemd-modules-load.service"
    "systemd-backlight@.service"
    "systemd-rfkill.service"
    "systemd-rfkill.socket"
    "systemd-hwdb-update.service"
    "proc-sys-fs-binfmt_misc.automount"
    "proc-sys-fs-binfmt_misc.mount"

    # File systems
    "local-fs.target"
    "local-fs-pre.target"
    "remote-fs.target"
    "remote-fs-pre.target"
    "swap.target"
    "umount.target"
    "dev-hugepages.mount"
    "dev-mqueue.mount"
    "sys-fs-fuse-connections.mount"
    "sys-kernel-config.mount"
    "sys-kernel-debug.mount"
    "sys-kernel-tracing.mount"
    "systemd-fsck@.service"
    "systemd-fsck-root.service"
    "systemd-growfs@.service"
    "systemd-growfs-root.service"
    "systemd-remount-fs.service"
    "systemd-pstore.service"
    "systemd-tmpfiles-clean.service"
    "systemd-tmpfiles-clean.timer"
    "systemd-tmpfiles-setup.service"
    "systemd-tmpfiles-setup-dev.service"
    "systemd-random-seed.service"
    "systemd-sysctl.service"
    "cryptsetup.target"
    "cryptsetup-pre.target"
    "remote-cryptsetup.target"

    # Emergencies
    "emergency.target"
    "emergency.service"
    "rescue.target"
    "rescue.service"
    "debug-shell.service"
    "systemd-ask-password-console.path"
    "systemd-ask-password-console.service"
    "systemd-ask-password-wall.path"
    "systemd-ask-password-wall.service"

    # The end
    "halt.target"
    "systemd-halt.service"
    "poweroff.target"
    "systemd-poweroff.service"
    "reboot.target"
    "systemd-reboot.service"
    "kexec.target"
    "systemd-kexec.service"
    "soft-reboot.target"
    "systemd-soft-reboot.service"
    "shutdown.target"
    "final.target"
    "ctrl-alt-del.target"
    "sigpwr.target"
    "systemd-exit.service"
    "sleep.target"
    "suspend.target"
    "systemd-suspend.service"
    "hibernate.target"
    "systemd-hibernate.service"
    "hybrid-sleep.target"
    "systemd-hybrid-sleep.service"
    "suspend-then-hibernate.target"
    "systemd-suspend-then-hibernate.service"

    # What programs ask over D-Bus
    "dbus-org.freedesktop.hostname1.service"
    "systemd-hostnamed.service"
    "systemd-hostnamed.socket"
    "dbus-org.freedesktop.locale1.service"
    "systemd-localed.service"
    "dbus-org.freedesktop.timedate1.service"
    "systemd-timedated.service"
    "dbus-org.freedesktop.machine1.service"
    "systemd-machined.service"
    "machine.slice"
    "machines.target"
    "systemd-nspawn@.service"
  ]
  ++ cfg.additionalUpstreamSystemUnits;

  taken = lib.subtractLists cfg.suppressedSystemUnits upstreamUnits;

  # A rule of udev mounts these when the module is loaded that has them.
  mountedWithModule = [
    "/sys/fs/fuse/connections"
    "/sys/kernel/config"
  ];

  unitsOption =
    kind: type: example:
    mkOption {
      inherit type;
      default = if type.name == "listOf" then [ ] else { };
      inherit example;
      description = "Definitions of ${kind}. What the options do not cover goes into the section by its setting's name.";
    };

  upstreamWants = [
    "sysinit.target.wants"
    "sockets.target.wants"
    "local-fs.target.wants"
    "multi-user.target.wants"
    "timers.target.wants"
  ];

  # Early services own nothing that belongs to users whom systemd makes up for a running service, and there are none yet:
  # asking it about each group takes two conversations with the process that starts everything else.
  withoutDynamicUsers.SYSTEMD_NSS_DYNAMIC_BYPASS = "1";

  managerText = unitLib.settingsToSections {
    Manager = {
      ManagerEnvironment = lib.concatStringsSep " " (
        lib.mapAttrsToList (name: value: "${name}=${lib.escapeShellArg (toString value)}") (
          lib.filterAttrs (_: value: value != null) cfg.managerEnvironment
        )
      );
    }
    // cfg.settings.Manager;
  };
in
{
  options.systemd = {
    package = mkOption {
      type = types.package;
      default = pkgs.systemd;
      defaultText = literalExpression "pkgs.systemd";
      description = "The systemd that runs the system.";
    };

    units = mkOption {
      type = systemdUtils.types.units;
      default = { };
      description = "Units by their full names, with their texts; the other options below `systemd` define these.";
    };

    packages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = literalExpression "[ pkgs.packagekit ]";
      description = "Packages whose units in {file}`lib/systemd` and {file}`etc/systemd` the system has.";
    };

    targets = unitsOption "targets" systemdUtils.types.targets { my-target.wants = [ "my.service" ]; };
    services = unitsOption "services" systemdUtils.types.services {
      my.serviceConfig.ExecStart = "/run/current-system/sw/bin/true";
    };
    sockets = unitsOption "sockets" systemdUtils.types.sockets { my.listenStreams = [ "8080" ]; };
    timers = unitsOption "timers" systemdUtils.types.timers { my.timerConfig.OnCalendar = "daily"; };
    paths = unitsOption "path units" systemdUtils.types.paths { my.pathConfig.PathExists = "/tmp/go"; };
    slices = unitsOption "slices" systemdUtils.types.slices { my.sliceConfig.MemoryMax = "1G"; };
    mounts = unitsOption "mounts" systemdUtils.types.mounts [
      {
        what = "/dev/vdb";
        where = "/mnt";
      }
    ];
    automounts = unitsOption "automounts" systemdUtils.types.automounts [ { where = "/mnt"; } ];

    defaultUnit = mkOption {
      type = types.str;
      default = "multi-user.target";
      example = "graphical.target";
      description = "The unit that booting starts.";
    };

    ctrlAltDelUnit = mkOption {
      type = types.str;
      default = "reboot.target";
      example = "poweroff.target";
      description = "The unit that Ctrl-Alt-Del on the console starts.";
    };

    globalEnvironment = mkOption {
      type = types.attrsOf (types.nullOr (types.oneOf [ types.str types.path types.package ]));
      default = { };
      example = {
        TZ = "CET";
      };
      description = "Environment variables of all services.";
    };

    managerEnvironment = mkOption {
      type = types.attrsOf (types.nullOr (types.oneOf [ types.str types.path types.package ]));
      default = { };
      example = {
        SYSTEMD_LOG_LEVEL = "debug";
      };
      description = "Environment variables of systemd itself, which services do not get.";
    };

    settings.Manager = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf systemdUtils.unitOptions.unitOption;
      };
      default = { };
      example = {
        DefaultTimeoutStopSec = "30s";
      };
      description = "Settings of the system manager: {manpage}`systemd-system.conf(5)`.";
    };

    enableEmergencyMode = mkOption {
      type = types.bool;
      default = true;
      description = ''
        Whether a boot that fails, say because a file system is missing, ends in a shell that asks for root's password.
        Otherwise the boot goes on without, which suits machines that nobody sits in front of.
      '';
    };

    enableStrictShellChecks = mkOption {
      type = types.bool;
      default = false;
      description = "Whether shellcheck must have nothing to say about the scripts of all units.";
    };

    additionalUpstreamSystemUnits = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "debug-shell.service" ];
      description = "More units of systemd's package to take.";
    };

    suppressedSystemUnits = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "systemd-backlight@.service" ];
      description = "Units of systemd's package to leave out.";
    };

    maskedUnits = mkOption {
      type = types.listOf types.str;
      default = [ ];
      internal = true;
      description = "Units that cannot be started at all.";
    };

    generators = mkOption {
      type = types.attrsOf types.path;
      default = { };
      example = {
        systemd-gpt-auto-generator = "/dev/null";
      };
      description = "Programs that make units when the manager starts or reloads, by name; `/dev/null` switches one off.";
    };

    shutdown = mkOption {
      type = types.attrsOf types.path;
      default = { };
      description = "Programs to run when all services have stopped, before the machine goes off.";
    };
  };

  config = {
    systemd.units =
      unitLib.unitsOf {
        inherit cfg;
        escapePath = escapeSystemdPath;
      }
      // lib.genAttrs cfg.maskedUnits (_: {
        enable = false;
      });

    systemd.timers = lib.mapAttrs (name: service: {
      wantedBy = [ "timers.target" ];
      timerConfig.OnCalendar = service.startAt;
    }) (lib.filterAttrs (_: service: service.enable && service.startAt != [ ]) cfg.services);

    systemd.generators =
      lib.genAttrs
        [
          "systemd-debug-generator"
          "systemd-fstab-generator"
          "systemd-getty-generator"
        ]
        (name: lib.mkDefault "${cfg.package}/lib/systemd/system-generators/${name}");

    systemd.settings.Manager = {
      DefaultEnvironment = lib.mkIf (cfg.globalEnvironment != { }) (
        lib.concatStringsSep " " (
          lib.mapAttrsToList (name: value: builtins.toJSON "${name}=${toString value}") (
            lib.filterAttrs (_: value: value != null) cfg.globalEnvironment
          )
        )
      );
    };

    # Where systemd's own programs and generators find others.
    systemd.managerEnvironment = {
      PATH = "/usr/bin";
      TZDIR = "/etc/zoneinfo";
    };

    environment.etc = {
      "systemd/system".source = unitLib.generateUnits {
        type = "system";
        inherit (cfg) units;
        upstreamUnits = taken;
        inherit upstreamWants;
        unwanted = map (path: "${escapeSystemdPath path}.mount") mountedWithModule;
        extraLinks = {
          "default.target" = cfg.defaultUnit;
          "ctrl-alt-del.target" = cfg.ctrlAltDelUnit;
        };
      };
      "systemd/system.conf".text = managerText;
    }
    // lib.mapAttrs' (
      name: file: lib.nameValuePair "systemd/system-generators/${name}" { source = file; }
    ) cfg.generators
    // lib.mapAttrs' (
      name: file: lib.nameValuePair "systemd/system-shutdown/${name}" { source = file; }
    ) cfg.shutdown;

    systemd.targets = {
      # Units that a switch starts again to repeat early work of the boot.
      sysinit-reactivation.description = "Early work of the boot, done again";
      # Debian enables it by a preset.
      remote-fs.wantedBy = [ "multi-user.target" ];
      local-fs.unitConfig = mkIf (!cfg.enableEmergencyMode) {
        OnFailure = "";
      };
    };

    systemd.services = {
      "systemd-remount-fs".unitConfig.X-RestartIfChanged = false;
      "systemd-random-seed".restartIfChanged = false;
      # A module that is there, built in or loaded, takes no process to load.
      "modprobe@" = {
        overrideStrategy = "asDropin";
        unitConfig.ConditionPathExists = "!/sys/module/%I";
      };
      # Activation has made all users before systemd starts, so one run makes all device nodes: systemd's early one,
      # which passes over the nodes of users that are still to come, would only repeat it.
      "systemd-tmpfiles-setup-dev" = {
        after = [ "kmod-static-nodes.service" ];
        environment = withoutDynamicUsers;
      };
      "systemd-tmpfiles-setup".environment = withoutDynamicUsers;
      "systemd-udevd".environment = withoutDynamicUsers;
      "user@" = {
        overrideStrategy = "asDropin";
        restartIfChanged = false;
      };
    };

    # Which devices are units, and whom they belong to.
    services.udev.packages = [ cfg.package ];

    environment.systemPackages = [
      cfg.package
      (pkgs.linkFarm "systemctl-names" (
        lib.genAttrs' [ "halt" "poweroff" "reboot" "runlevel" "shutdown" "telinit" ] (
          name: lib.nameValuePair "bin/${name}" "${cfg.package}/bin/systemctl"
        )
      ))
    ];

    system.build.units = config.environment.etc."systemd/system".source;
  };
}
