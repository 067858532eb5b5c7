# Checks of sections of network files: `checkUnitConfig group [ check … ] settings` is true, or says what is wrong.
{ lib }:
let
  inherit (lib)
    concatMap
    concatStringsSep
    elem
    isInt
    isString
    ;

  isByteFormat = value: isInt value || isString value && builtins.match "[0-9]+[KMG]?" value != null;
  isMacAddress = value: builtins.match "([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}" value != null;
  isPort = value: (builtins.tryEval (lib.toInt "${toString value}")).value or null != null;

  boolValues = [
    true
    false
    "yes"
    "no"
  ];

  # A check of one setting that may be missing; `complain` says what is wrong with a value, or nothing.
  checkSetting =
    name: complain: group: settings:
    if settings ? ${name} then
      map (text: "Systemd ${group} field `${name}' ${text}") (
        concatMap complain (lib.toList settings.${name})
      )
    else
      [ ];
  must = holds: text: value: lib.optional (!holds value) "${text}, but it is `${toString value}'.";

  assertValueOneOf = name: values: checkSetting name (must (value: elem value values) "must be one of ${concatStringsSep ", " (map toString values)}");
  assertRange =
    name: low: high:
    checkSetting name (
      must (value: isInt value && low <= value && value <= high) "must be between ${toString low} and ${toString high}"
    );
in
{
  inherit
    assertRange
    assertValueOneOf
    boolValues
    isByteFormat
    ;
  digits = map toString (lib.range 0 9);

  assertByteFormat = name: checkSetting name (must isByteFormat "must be a number of bytes such as 1024 or 10M");
  assertMacAddress = name: checkSetting name (must isMacAddress "must be a MAC address such as 00:11:22:33:44:55");
  assertPort = name: checkSetting name (must isPort "must be a port");
  assertInt = name: checkSetting name (must isInt "must be an integer");
  assertMinimum = name: low: checkSetting name (must (value: isInt value && value >= low) "must be at least ${toString low}");
  assertRangeOrOneOf =
    name: low: high: values:
    checkSetting name (
      must (value: elem value values || isInt value && low <= value && value <= high)
        "must be between ${toString low} and ${toString high}, or one of ${concatStringsSep ", " values}"
    );
  assertHasField =
    name: group: settings:
    lib.optional (!(settings ? ${name})) "Systemd ${group} field `${name}' must exist.";
  assertOnlyFields =
    fields: group: settings:
    map (name: "Systemd ${group} has an unknown field `${name}'.") (
      builtins.filter (name: !(elem name fields)) (builtins.attrNames settings)
    );
  assertOnlyOneOf =
    fields: group: settings:
    lib.optional (lib.count (name: settings ? ${name}) fields > 1)
      "Systemd ${group} can have only one of ${concatStringsSep ", " fields}.";

  checkUnitConfig =
    group: checks: settings:
    let
      errors = concatMap (check: check group settings) (lib.toList checks);
    in
    errors == [ ] || throw "The following checks of a unit failed:\n${concatStringsSep "\n" errors}";
}
