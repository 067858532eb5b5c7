# Systemd units: from options to settings, from settings to text, from texts to a folder of units.
{
  config,
  lib,
  pkgs,
}:
let
  inherit (lib)
    concatMapStrings
    concatStringsSep
    filterAttrs
    flatten
    isList
    makeBinPath
    mapAttrs
    mapAttrs'
    mapAttrsToList
    mkIf
    mkMerge
    nameValuePair
    optionalAttrs
    optionalString
    removeSuffix
    replaceStrings
    types
    ;

  checks = import ./systemd-checks.nix { inherit lib; };

  shellEscape = text: replaceStrings [ "\\" ] [ "\\\\" ] text;
  mkPathSafeName = replaceStrings [ "@" ":" "\\" "[" "]" ] [ "-" "-" "-" "" "" ];

  unitNameType = types.strMatching "[a-zA-Z0-9@%:_.\\-]+[.](service|socket|device|mount|automount|swap|target|path|timer|scope|slice)";

  # One setting as a line; a list gives a line for each of its items, null none.
  settingLine =
    name: value:
    let
      line =
        item:
        if item == true then
          "${name}=true\n"
        else if item == false then
          "${name}=false\n"
        else
          "${name}=${toString item}\n";
    in
    if isList value then
      concatMapStrings line value
    else if value == null then
      ""
    else
      line value;

  attrsToSection = settings: concatStringsSep "" (mapAttrsToList settingLine settings);

  settingsToSections =
    sections:
    concatStringsSep "\n" (
      mapAttrsToList (
        section: settings:
        if isList settings then
          concatMapStrings (one: "[${section}]\n${attrsToSection one}") settings
        else
          "[${section}]\n${attrsToSection settings}"
      ) sections
    );

  # What triggers contain decides, not where it lies: a digest keeps it out of the system's closure.
  digestOf =
    triggers:
    builtins.hashString "sha256" (
      builtins.unsafeDiscardStringContext (
        toString (map (trigger: if builtins.isPath trigger then "${trigger}" else trigger) (flatten triggers))
      )
    );

  # A script of a service, as a file of its own so that others are not restarted when it changes.
  makeJobScript =
    {
      name,
      text,
      enableStrictShellChecks ? false,
    }:
    let
      scriptName = mkPathSafeName name;
      plain = import ./write-script.nix { inherit pkgs; } scriptName ''
        #!${pkgs.runtimeShell}
        set -e
        ${text}
      '';
      checked = lib.getExe (
        pkgs.writeShellApplication {
          name = scriptName;
          inherit text;
        }
      );
    in
    if enableStrictShellChecks || config.systemd.enableStrictShellChecks or false then checked else plain;

  unitConfig =
    {
      config,
      name,
      options,
      ...
    }:
    let
      named = attr: setting: optionalAttrs (config.${attr} != [ ]) { ${setting} = toString config.${attr}; };
      trigger =
        attr: setting:
        optionalAttrs (options ? ${attr} && config.${attr} != [ ]) { ${setting} = digestOf config.${attr}; };
    in
    {
      config.unitConfig =
        named "requires" "Requires"
        // named "wants" "Wants"
        // named "upholds" "Upholds"
        // named "after" "After"
        // named "before" "Before"
        // named "bindsTo" "BindsTo"
        // named "partOf" "PartOf"
        // named "conflicts" "Conflicts"
        // named "requisite" "Requisite"
        // named "onFailure" "OnFailure"
        // named "onSuccess" "OnSuccess"
        // trigger "restartTriggers" "X-Restart-Triggers"
        // trigger "reloadTriggers" "X-Reload-Triggers"
        // optionalAttrs (config.description != "") { Description = config.description; }
        // optionalAttrs (config.documentation != [ ]) { Documentation = toString config.documentation; }
        // optionalAttrs (config.startLimitIntervalSec != null) {
          StartLimitIntervalSec = toString config.startLimitIntervalSec;
        }
        // optionalAttrs (config.startLimitBurst != null) {
          StartLimitBurst = toString config.startLimitBurst;
        };
    };

  # Scripts and the search path of services; `defaultPath` has what every service finds.
  serviceConfigWith =
    defaultPath:
    { name, config, ... }:
    let
      job =
        kind: text:
        makeJobScript {
          name = "${name}-${kind}";
          inherit text;
          inherit (config) enableStrictShellChecks;
        };
      # The setting that runs a script, its option, and what the script's file is called.
      scripts = {
        ExecStartPre = {
          text = config.preStart;
          kind = "pre-start";
          many = true;
        };
        ExecStart = {
          text = config.script;
          kind = "start";
          arguments = config.scriptArgs;
        };
        ExecStartPost = {
          text = config.postStart;
          kind = "post-start";
          many = true;
        };
        ExecReload = {
          text = config.reload;
          kind = "reload";
        };
        ExecStop = {
          text = config.preStop;
          kind = "pre-stop";
        };
        ExecStopPost = {
          text = config.postStop;
          kind = "post-stop";
        };
      };
      used = filterAttrs (_: script: script.text != "") scripts;
      files = mapAttrs (_: script: job script.kind script.text) used;
    in
    {
      config = mkMerge [
        { path = defaultPath; }
        (mkIf (used != { }) {
          jobScripts = builtins.attrValues files;
          serviceConfig = mapAttrs (
            setting: script:
            let
              command = files.${setting} + optionalString (script.arguments or "" != "") " ${script.arguments}";
            in
            if script.many or false then [ command ] else command
          ) used;
        })
        (mkIf (config.path != [ ]) {
          environment.PATH = lib.mkDefault (makeBinPath config.path);
        })
      ];
    };

  nonEmpty = filterAttrs (_: value: value != "" && value != null);

  mountConfig =
    { config, ... }:
    {
      config.mountConfig = nonEmpty {
        What = config.what;
        Where = config.where;
        Type = config.type;
        Options = config.options;
      };
    };

  automountConfig =
    { config, ... }:
    {
      config.automountConfig.Where = config.where;
    };

  # Texts of units

  environmentLines =
    name: environment:
    concatStringsSep "" (
      mapAttrsToList (
        variable: value:
        let
          line = "Environment=${builtins.toJSON "${variable}=${toString value}"}\n";
        in
        if value == null then
          ""
        else if builtins.stringLength line >= 2048 then
          throw "The value of the environment variable ‘${variable}’ in systemd service ‘${name}.service’ is too long."
        else
          line
      ) environment
    );

  commonUnitText = def: sections: {
    inherit (def)
      aliases
      wantedBy
      requiredBy
      upheldBy
      enable
      overrideStrategy
      ;
    text = "[Unit]\n${attrsToSection def.unitConfig}${sections}";
  };

  withSection = kind: def: settings: commonUnitText def "\n[${kind}]\n${attrsToSection settings}";

  switchLines =
    def:
    optionalString (def ? reloadIfChanged) (
      (
        if def.reloadIfChanged then
          "X-ReloadIfChanged=true\n"
        else
          optionalString (!def.restartIfChanged) "X-RestartIfChanged=false\n"
      )
      + optionalString (!def.stopIfChanged) "X-StopIfChanged=false\n"
      + optionalString def.notSocketActivated "X-NotSocketActivated=true\n"
    );

  serviceToUnit =
    def:
    let
      name = removeSuffix ".service" (def.name or "service");
    in
    commonUnitText def (
      "\n[Service]\n"
      + environmentLines name def.environment
      + switchLines def
      + attrsToSection def.serviceConfig
    );

  socketToUnit =
    def:
    withSection "Socket" def (
      def.socketConfig
      // optionalAttrs (def.listenStreams != [ ]) {
        ListenStream = lib.toList (def.socketConfig.ListenStream or [ ]) ++ def.listenStreams;
      }
      // optionalAttrs (def.listenDatagrams != [ ]) {
        ListenDatagram = lib.toList (def.socketConfig.ListenDatagram or [ ]) ++ def.listenDatagrams;
      }
    );

  toUnits = {
    target = def: commonUnitText def "";
    service = serviceToUnit;
    socket = socketToUnit;
    timer = def: withSection "Timer" def def.timerConfig;
    path = def: withSection "Path" def def.pathConfig;
    mount = def: withSection "Mount" def def.mountConfig;
    automount = def: withSection "Automount" def def.automountConfig;
    slice = def: withSection "Slice" def def.sliceConfig;
  };

  # All units of one manager as `systemd.units` has them. `cfg` has sets or, for mounts, lists of them by kind.
  unitsOf =
    { cfg, escapePath }:
    let
      ofKind =
        kind: set:
        mapAttrs' (name: def: nameValuePair "${name}.${kind}" (toUnits.${kind} (def // { inherit name; }))) set;
      byPath =
        kind: defs:
        lib.listToAttrs (
          map (def: nameValuePair "${escapePath def.where}.${kind}" (toUnits.${kind} def)) defs
        );
    in
    ofKind "path" cfg.paths
    // ofKind "service" cfg.services
    // ofKind "slice" cfg.slices
    // ofKind "socket" cfg.sockets
    // ofKind "target" cfg.targets
    // ofKind "timer" cfg.timers
    // byPath "mount" (cfg.mounts or [ ])
    // byPath "automount" (cfg.automounts or [ ]);

  # A folder of units: those that packages bring, those that the configuration makes, and the links between them.
  #
  #   type           system, user, initrd or nspawn
  #   units          as in `systemd.units`
  #   upstreamUnits  files of `package` to take
  #   upstreamWants  folders of links to units in `package`
  #   packages       packages whose units are there too
  generateUnits =
    {
      allowCollisions ? true,
      type,
      units,
      upstreamUnits,
      upstreamWants,
      packages ? config.systemd.packages,
      package ? config.systemd.package,
      # Units that those folders of links do not start after all.
      unwanted ? [ ],
      # Further links, by name.
      extraLinks ? { },
    }:
    let
      folder =
        {
          system = "system";
          initrd = "system";
          user = "user";
          nspawn = "nspawn";
        }
        .${type};
      plan = {
        inherit
          allowCollisions
          folder
          type
          upstreamUnits
          upstreamWants
          unwanted
          extraLinks
          ;
        package = "${package}";
        packages = map (unitPackage: "${unitPackage}") (lib.unique packages);
        units = mapAttrs (
          _: unit:
          {
            inherit (unit) enable text;
            override = unit.overrideStrategy;
          }
          // filterAttrs (_: names: names != [ ]) {
            inherit (unit)
              aliases
              wantedBy
              requiredBy
              upheldBy
              ;
          }
        ) units;
      };
    in
    import ./run-python.nix { inherit pkgs; } {
      name = "${type}-units";
      script = ./units/link_units.py;
      inherit plan;
    };

  # One unit as a folder of its own.
  makeUnit =
    name: unit:
    pkgs.writeTextDir (shellEscape name) (
      if unit.text == null || !unit.enable then "" else unit.text
    );
in
checks
// {
  inherit
    attrsToSection
    automountConfig
    commonUnitText
    digestOf
    generateUnits
    makeJobScript
    makeUnit
    mkPathSafeName
    mountConfig
    settingsToSections
    shellEscape
    toUnits
    unitConfig
    unitNameType
    unitsOf
    ;

  stage1ServiceConfig = serviceConfigWith [ ];
  stage2ServiceConfig = serviceConfigWith (
    lib.mkAfter [
      pkgs.coreutils
      pkgs.findutils
      pkgs.gnugrep
      pkgs.gnused
      config.systemd.package
    ]
  );

  targetToUnit = toUnits.target;
  inherit serviceToUnit socketToUnit;
  timerToUnit = toUnits.timer;
  pathToUnit = toUnits.path;
  mountToUnit = toUnits.mount;
  automountToUnit = toUnits.automount;
  sliceToUnit = toUnits.slice;
}
