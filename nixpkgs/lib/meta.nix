# What packages say about themselves in `meta`.
{ lib }:
let
  inherit (builtins)
    any
    isString
    listToAttrs
    mapAttrs
    match
    parseDrvName
    typeOf
    ;
  inherit (lib)
    assertMsg
    attrValues
    concatMap
    getBin
    getName
    isDerivation
    mapAttrs'
    matchAttrs
    nameValuePair
    toLower
    warn
    ;
  inherit (lib.strings) escapeNixIdentifier;

  addMetaAttrs =
    attrs: drv:
    if drv ? overrideAttrs then
      drv.overrideAttrs (old: {
        meta = old.meta or { } // attrs;
      })
    else
      drv // { meta = drv.meta or { } // attrs; };

  updateName = f: drv: drv // { name = f drv.name; };

  mapDerivationAttrset = f: mapAttrs (_: value: if isDerivation value then f value else value);

  setPrio = priority: addMetaAttrs { inherit priority; };

  lowPrio = setPrio 10;

  hiPrio = setPrio (-10);

  platformMatch =
    platform: pattern:
    # Nearly all patterns are strings, and they are compared very often.
    if isString pattern then
      platform ? system && pattern == platform.system
    else
      matchAttrs (if pattern ? parsed then pattern else { parsed = pattern; }) platform;

  licensesSpdx = listToAttrs (
    concatMap (
      license: if license ? spdxId then [ (nameValuePair license.spdxId license) ] else [ ]
    ) (attrValues lib.licenses)
  );

  byLowerCaseId = mapAttrs' (id: nameValuePair (toLower id)) licensesSpdx;

  getLicenseFromSpdxIdOr = id: default: byLowerCaseId.${toLower id} or default;

  getExe' =
    package: program:
    assert assertMsg (isDerivation package)
      "lib.meta.getExe': The first argument is of type ${typeOf package}, but it should be a derivation instead.";
    assert assertMsg (isString program)
      "lib.meta.getExe': The second argument is of type ${typeOf program}, but it should be a string instead.";
    assert assertMsg (match ".*/.*" program == null)
      "lib.meta.getExe': The second argument \"${program}\" is a nested path with a \"/\" character, but it should just be the name of the executable instead.";
    "${getBin package}/bin/${program}";
in
{
  /**
    A package with more attributes in its `meta`.

    Inputs: the attributes, then the package.

    Type: `addMetaAttrs :: AttrSet -> Derivation -> Derivation`

    Example: `(addMetaAttrs { a = 1; } { meta.b = 2; }).meta` => `{ a = 1; b = 2; }`
  */
  inherit addMetaAttrs;

  /**
    A package that a build farm does not build.

    Inputs: the package.

    Type: `dontDistribute :: Derivation -> Derivation`

    Example: `(dontDistribute { }).meta.hydraPlatforms` => `[ ]`
  */
  dontDistribute = addMetaAttrs { hydraPlatforms = [ ]; };

  /**
    A package under another name. What it builds stays the same.

    Inputs: the name, then the package.

    Type: `setName :: String -> Derivation -> Derivation`

    Example: `(setName "b" { name = "a"; }).name` => `"b"`
  */
  setName = name: drv: drv // { inherit name; };

  /**
    A package whose name a function has changed.

    Inputs: the function, then the package.

    Type: `updateName :: (String -> String) -> Derivation -> Derivation`

    Example: `(updateName (name: "${name}-x") { name = "a"; }).name` => `"a-x"`
  */
  inherit updateName;

  /**
    A package with a suffix between its name and its version.

    Inputs: the suffix, then the package.

    Type: `appendToName :: String -> Derivation -> Derivation`

    Example: `(appendToName "x" { name = "a-1.0"; }).name` => `"a-x-1.0"`
  */
  appendToName =
    suffix:
    updateName (
      full:
      let
        inherit (parseDrvName full) name version;
      in
      "${name}-${suffix}-${version}"
    );

  /**
    Map the packages in a set; what is no package stays.

    Inputs: the function, then the set.

    Type: `mapDerivationAttrset :: (Derivation -> Derivation) -> AttrSet -> AttrSet`

    Example: `mapDerivationAttrset (drv: 1) { a.type = "derivation"; b = 2; }` => `{ a = 1; b = 2; }`
  */
  inherit mapDerivationAttrset;

  /**
    The priority of packages that do not say otherwise. In a profile, lower numbers win.

    Type: `defaultPriority :: Int`

    Example: `meta.defaultPriority` => `5`
  */
  defaultPriority = 5;

  /**
    A package with a priority.

    Inputs: the priority, then the package.

    Type: `setPrio :: Int -> Derivation -> Derivation`

    Example: `(setPrio 3 { }).meta.priority` => `3`
  */
  inherit setPrio;

  /**
    A package to which others are preferred.

    Inputs: the package.

    Type: `lowPrio :: Derivation -> Derivation`

    Example: `(lowPrio { }).meta.priority` => `10`
  */
  inherit lowPrio;

  /**
    `lowPrio` for all packages of a set.

    Inputs: the set.

    Type: `lowPrioSet :: AttrSet -> AttrSet`

    Example: `(lowPrioSet { a.type = "derivation"; }).a.meta.priority` => `10`
  */
  lowPrioSet = mapDerivationAttrset lowPrio;

  /**
    A package that is preferred to others.

    Inputs: the package.

    Type: `hiPrio :: Derivation -> Derivation`

    Example: `(hiPrio { }).meta.priority` => `(-10)`
  */
  inherit hiPrio;

  /**
    `hiPrio` for all packages of a set.

    Inputs: the set.

    Type: `hiPrioSet :: AttrSet -> AttrSet`

    Example: `(hiPrioSet { a.type = "derivation"; }).a.meta.priority` => `(-10)`
  */
  hiPrioSet = mapDerivationAttrset hiPrio;

  /**
    Whether a platform is meant by an item of `meta.platforms`: a string such as `x86_64-linux`, or a
    pattern of `lib.systems.inspect`.

    Inputs: the platform, elaborated; the item.

    Type: `platformMatch :: AttrSet -> (String | AttrSet) -> Bool`

    Example: `meta.platformMatch { system = "x86_64-linux"; } "x86_64-linux"` => `true`
  */
  inherit platformMatch;

  /**
    Whether a package says that it works on a platform.

    Inputs: the platform, elaborated; the package.

    Type: `availableOn :: AttrSet -> Derivation -> Bool`

    Example: `meta.availableOn { system = "x86_64-linux"; } { meta.platforms = [ "aarch64-linux" ]; }` => `false`
  */
  availableOn =
    platform: package:
    let
      listed = any (platformMatch platform);
    in
    (!(package ? meta.platforms) || listed package.meta.platforms)
    && !(package ? meta.badPlatforms && listed package.meta.badPlatforms);

  /**
    The licenses that have an SPDX identifier, by that.

    Type: `licensesSpdx :: AttrsOf License`

    Example: `licensesSpdx.MIT == licenses.mit` => `true`
  */
  inherit licensesSpdx;

  /**
    The license with an SPDX identifier, in upper or lower case; an unknown one gives a warning and a
    license made up from it.

    Inputs: the identifier.

    Type: `getLicenseFromSpdxId :: String -> License`

    Example: `getLicenseFromSpdxId "mit" == licenses.mit` => `true`
  */
  getLicenseFromSpdxId =
    id:
    getLicenseFromSpdxIdOr id (
      warn "getLicenseFromSpdxId: No license with the given SPDX ID found: ${id}" {
        shortName = id;
        spdxId = id;
      }
    );

  /**
    The license with an SPDX identifier, in upper or lower case, or a default.

    Inputs: the identifier, then the default.

    Type: `getLicenseFromSpdxIdOr :: String -> a -> (License | a)`

    Example: `getLicenseFromSpdxIdOr "MY LICENSE" null` => `null`
  */
  inherit getLicenseFromSpdxIdOr;

  /**
    The path of a package's main program, which `meta.mainProgram` names.

    Inputs: the package.

    Type: `getExe :: Derivation -> String`

    Example: `getExe { type = "derivation"; outPath = "/out"; meta.mainProgram = "a"; }` => `"/out/bin/a"`
  */
  getExe =
    package:
    getExe' package (
      package.meta.mainProgram or (
        let
          name = escapeNixIdentifier (package.meta.name or package.pname or package.name);
        in
        warn "getExe: Package ${name} does not have the meta.mainProgram attribute. It is assumed that the main program is called like the package, which is not always so and will no longer be assumed one day. Set `meta.mainProgram` in the package, or use getExe' with the name of the program, as in lib.getExe' foo \"bar\"." (
          getName package
        )
      )
    );

  /**
    The path of a package's program of a given name.

    Inputs: the package, then the program's name.

    Type: `getExe' :: Derivation -> String -> String`

    Example: `getExe' { type = "derivation"; outPath = "/out"; } "b"` => `"/out/bin/b"`
  */
  inherit getExe';

  /**
    Parts of a CPE, the name by which vulnerabilities are looked up, for packages whose version is used as
    it is.

    Inputs: the vendor, then the version.

    Type: `cpeFullVersionWithVendor :: String -> String -> AttrSet`

    Example: `meta.cpeFullVersionWithVendor "gnu" "1.2"` => `{ vendor = "gnu"; version = "1.2"; update = "*"; }`
  */
  cpeFullVersionWithVendor = vendor: version: {
    inherit vendor version;
    update = "*";
  };
}
