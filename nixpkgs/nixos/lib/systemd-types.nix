# Types for sets of units: the options of a kind of unit, and how they become settings.
{ lib, systemdUtils }:
let
  inherit (lib) types;
  inherit (systemdUtils) unitOptions;
  units = systemdUtils.lib;

  ofUnits =
    modules: types.attrsOf (types.submoduleWith { shorthandOnlyDefinesConfig = true; inherit modules; });
  # Mounts have their names from what they mount, so they are lists.
  listOfUnits =
    modules: types.listOf (types.submoduleWith { shorthandOnlyDefinesConfig = true; inherit modules; });

  both = kind: first: {
    stage1 = [ unitOptions.commonUnitOptions unitOptions.${kind} units.unitConfig ] ++ first;
    stage2 = [ unitOptions.stage2CommonUnitOptions unitOptions.${kind} units.unitConfig ] ++ first;
  };

  sockets = both "socketOptions" [ ];
  timers = both "timerOptions" [ ];
  paths = both "pathOptions" [ ];
  slices = both "sliceOptions" [ ];
  mounts = both "mountOptions" [ units.mountConfig ];
  automounts = both "automountOptions" [ units.automountConfig ];
in
{
  units = types.attrsOf (
    types.submodule (
      { name, config, ... }:
      {
        imports = [ unitOptions.concreteUnitOptions ];
        config.unit = lib.mkDefault (units.makeUnit name config);
      }
    )
  );

  services = ofUnits [
    unitOptions.stage2CommonUnitOptions
    unitOptions.stage2ServiceOptions
    units.unitConfig
    units.stage2ServiceConfig
  ];
  initrdServices = ofUnits [
    unitOptions.commonUnitOptions
    unitOptions.serviceOptions
    units.unitConfig
    units.stage1ServiceConfig
  ];

  targets = ofUnits [
    unitOptions.stage2CommonUnitOptions
    units.unitConfig
  ];
  initrdTargets = ofUnits [
    unitOptions.commonUnitOptions
    units.unitConfig
  ];

  sockets = ofUnits sockets.stage2;
  initrdSockets = ofUnits sockets.stage1;
  timers = ofUnits timers.stage2;
  initrdTimers = ofUnits timers.stage1;
  paths = ofUnits paths.stage2;
  initrdPaths = ofUnits paths.stage1;
  slices = ofUnits slices.stage2;
  initrdSlices = ofUnits slices.stage1;
  mounts = listOfUnits mounts.stage2;
  initrdMounts = listOfUnits mounts.stage1;
  automounts = listOfUnits automounts.stage2;
  initrdAutomounts = listOfUnits automounts.stage1;
}
