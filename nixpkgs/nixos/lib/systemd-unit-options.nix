# The options of systemd units. Each value is a module for a submodule; `stage2*` are those of units of the running system.
{ lib, systemdUtils }:
let
  inherit (lib)
    literalExpression
    mkOption
    types
    ;
  inherit (systemdUtils.lib) unitNameType;

  # A value that may be set once or, as a list, several times.
  unitOption = lib.mkOptionType {
    name = "systemd option";
    description = "systemd option";
    merge =
      loc: defs:
      if lib.any (def: builtins.isList def.value) defs then
        lib.concatMap (def: lib.toList def.value) defs
      else
        lib.mergeEqualOption loc defs;
  };

  names =
    description:
    mkOption {
      type = types.listOf unitNameType;
      default = [ ];
      inherit description;
    };

  section =
    kind: page: example:
    mkOption {
      type = types.attrsOf unitOption;
      default = { };
      inherit example;
      description = "Settings of the section `[${kind}]`, as {manpage}`${page}` describes them; lists are settings that stand there several times.";
    };

  shell =
    description:
    mkOption {
      type = types.lines;
      default = "";
      inherit description;
    };

  trigger =
    description:
    mkOption {
      type = types.listOf types.unspecified;
      default = [ ];
      inherit description;
    };

  shared = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the unit can be started. A unit that is off is masked: not even other units start it.";
    };
    overrideStrategy = mkOption {
      type = types.enum [
        "asDropinIfExists"
        "asDropin"
      ];
      default = "asDropinIfExists";
      description = ''
        Whether the definition adds to a unit of the same name from a package. `asDropinIfExists` does so where
        {option}`systemd.packages` has one, `asDropin` always, which is what instances of templates need.
      '';
    };
    wantedBy = names "Units that start this one when they start, if it can be started.";
    requiredBy = names "Units that need this one, and fail with it.";
    upheldBy = names "Units that start this one again as long as they run.";
    aliases = names "Other names of the unit.";
  };

  common = shared // {
    description = mkOption {
      type = types.singleLineStr;
      default = "";
      description = "What the unit is, in a few words.";
    };
    documentation = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "man:sshd(8)" ];
      description = "Where more can be read about the unit, as URIs.";
    };
    requires = names "Units started with this one, whose failure to stop it follows.";
    wants = names "Units started with this one.";
    upholds = names "Units that run as long as this one does.";
    after = names "Units that this one waits for when both start.";
    before = names "Units that wait for this one when both start.";
    bindsTo = names "Units without which this one cannot run at any time.";
    partOf = names "Units whose stop or restart extends to this one.";
    conflicts = names "Units that cannot run together with this one.";
    requisite = names "Units that must be running already.";
    onFailure = names "Units to start when this one fails.";
    onSuccess = names "Units to start when this one ends well.";
    unitConfig = section "Unit" "systemd.unit(5)" { RequiresMountsFor = "/data"; };
    startLimitBurst = mkOption {
      type = types.nullOr types.int;
      default = null;
      description = "How often the unit may start within {option}`startLimitIntervalSec`; null is systemd's own limit.";
    };
    startLimitIntervalSec = mkOption {
      type = types.nullOr types.int;
      default = null;
      description = "The seconds within which starts are counted; 0 switches the limit off, null is systemd's own interval.";
    };
  };

  triggers = {
    restartTriggers = trigger "Values whose change restarts the unit when the system is switched.";
    reloadTriggers = trigger "Values whose change reloads the unit when the system is switched.";
  };

  service = {
    environment = mkOption {
      type = types.attrsOf (
        types.nullOr (
          types.oneOf [
            types.str
            types.path
            types.package
          ]
        )
      );
      default = { };
      example = {
        LANG = "C.UTF-8";
      };
      description = "Environment variables of the service's processes; null unsets what another definition has.";
    };
    path = mkOption {
      type = types.listOf (
        types.oneOf [
          types.package
          types.str
        ]
      );
      default = [ ];
      example = literalExpression "[ pkgs.git ]";
      description = "Packages whose programs are on the service's {env}`PATH`.";
    };
    serviceConfig = section "Service" "systemd.service(5)" { RestartSec = 5; };
    enableStrictShellChecks = mkOption {
      type = types.bool;
      default = false;
      description = "Whether shellcheck must have nothing to say about the unit's scripts.";
    };
    script = shell "Shell commands that are the service's main process; they take the place of `ExecStart`.";
    scriptArgs = mkOption {
      type = types.str;
      default = "";
      example = "%i";
      description = "Arguments of {option}`script`, in which systemd replaces specifiers.";
    };
    preStart = shell "Shell commands to run before the main process starts.";
    postStart = shell "Shell commands to run after the main process has started.";
    reload = shell "Shell commands that make the service read its configuration again.";
    preStop = shell "Shell commands that stop the service.";
    postStop = shell "Shell commands to run after the service has stopped.";
    jobScripts = mkOption {
      type = types.oneOf [
        types.path
        (types.listOf types.path)
      ];
      internal = true;
      default = [ ];
      description = "The files of the scripts.";
    };
  };

  switching = {
    restartIfChanged = mkOption {
      type = types.bool;
      default = true;
      description = "Whether switching the system restarts the service when its unit has changed.";
    };
    reloadIfChanged = mkOption {
      type = types.bool;
      default = false;
      description = "Whether switching the system reloads the service, instead of restarting it, when its unit has changed.";
    };
    stopIfChanged = mkOption {
      type = types.bool;
      default = true;
      description = ''
        Whether a changed service is stopped with its old unit before the system is activated and started after it.
        Otherwise it is restarted at the end, with its new unit only.
      '';
    };
    notSocketActivated = mkOption {
      type = types.bool;
      default = false;
      description = "Whether a changed service is started itself although sockets could start it.";
    };
    startAt = mkOption {
      type = types.either types.str (types.listOf types.str);
      default = [ ];
      apply = lib.toList;
      example = "Sun 14:00:00";
      description = "Times to start the service at, as in {manpage}`systemd.time(7)`; a timer of the same name is made of them.";
    };
  };
in
{
  inherit unitOption;

  concreteUnitOptions.options = shared // {
    text = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "The unit's text.";
    };
    unit = mkOption {
      internal = true;
      type = types.unspecified;
      description = "A folder with the unit's file.";
    };
  };

  commonUnitOptions.options = common;
  stage2CommonUnitOptions.options = common // triggers;

  serviceOptions.options = service;
  stage2ServiceOptions.options = service // switching;

  socketOptions.options = {
    listenStreams = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "/run/my-socket" ];
      description = "Addresses of the `ListenStream` settings.";
    };
    listenDatagrams = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "0.0.0.0:993" ];
      description = "Addresses of the `ListenDatagram` settings.";
    };
    socketConfig = section "Socket" "systemd.socket(5)" { ListenStream = "/run/my-socket"; };
  };

  timerOptions.options.timerConfig = section "Timer" "systemd.timer(5)" { OnCalendar = "daily"; };
  pathOptions.options.pathConfig = section "Path" "systemd.path(5)" { PathChanged = "/some/path"; };
  sliceOptions.options.sliceConfig = section "Slice" "systemd.resource-control(5)" { MemoryMax = "2G"; };

  mountOptions.options = {
    what = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "/dev/sda1";
      description = "What is mounted: a device, a file or something else.";
    };
    where = mkOption {
      type = types.str;
      example = "/mnt";
      description = "The folder it is mounted at, from which the unit has its name.";
    };
    type = mkOption {
      type = types.str;
      default = "";
      example = "ext4";
      description = "The type of the file system.";
    };
    options = mkOption {
      type = types.commas;
      default = "";
      example = "noatime";
      description = "Mount options, separated by commas.";
    };
    mountConfig = section "Mount" "systemd.mount(5)" { DirectoryMode = "0775"; };
  };

  automountOptions.options = {
    where = mkOption {
      type = types.str;
      example = "/mnt";
      description = "The folder whose first use mounts it.";
    };
    automountConfig = section "Automount" "systemd.automount(5)" { TimeoutIdleSec = 60; };
  };
}
