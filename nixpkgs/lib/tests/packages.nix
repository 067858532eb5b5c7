# lib.customisation, lib.derivations, lib.meta, lib.licenses, lib.fetchers, lib.sourceTypes, lib.misc
{ lib }:
let
  drv =
    attrs:
    derivation (
      {
        name = "test-1.0";
        system = "x86_64-linux";
        builder = "/bin/sh";
      }
      // attrs
    );

  withOverrideAttrs =
    attrs: drv attrs // { overrideAttrs = f: withOverrideAttrs (attrs // f attrs); };

  package = lib.makeOverridable (
    {
      name ? "a",
    }:
    withOverrideAttrs { inherit name; }
  );

  crossIndex = {
    buildBuild = 1;
    buildHost = 2;
    buildTarget = 3;
    hostHost = 4;
    hostTarget = 5;
    targetTarget = 6;
  };

  linux = lib.systems.elaborate "x86_64-linux";
in
{
  overrideAgainAndAgain = {
    expr = (((package { }).override { name = "b"; }).override (old: { name = old.name + "c"; })).name;
    expected = "bc";
  };

  overrideAfterOverrideAttrs = {
    expr =
      let
        changed = ((package { }).overrideAttrs (old: { version = "2"; })).override { name = "b"; };
      in
      [
        changed.name
        changed.version
      ];
    expected = [ "b" "2" ];
  };

  overrideDerivationKeepsOverride = {
    expr =
      let
        changed = (package { }).overrideDerivation (old: { name = "x"; });
      in
      [
        changed.name
        (changed ? override)
      ];
    expected = [ "x" true ];
  };

  overrideDerivationKeepsMeta = {
    expr =
      let
        changed = lib.overrideDerivation (
          drv { }
          // {
            meta.a = 1;
            passthru.b = 2;
          }
        ) (old: { name = "${old.name}-x"; });
      in
      [
        changed.meta
        changed.b
        changed.name
      ];
    expected = [ { a = 1; } 2 "test-1.0-x" ];
  };

  overridableFunctions = {
    expr =
      let
        f = lib.makeOverridable ({ a }: { b }: a + b) { a = 1; };
      in
      [
        (f { b = 1; })
        (f.override { a = 2; } { b = 1; })
        (lib.functionArgs f)
      ];
    expected = [ 2 3 { b = false; } ];
  };

  overridableKeepsArguments = {
    expr = lib.functionArgs (lib.makeOverridable ({ a, b ? 1 }: { }));
    expected = { a = false; b = true; };
  };

  callPackageFindsArguments = {
    expr =
      (lib.callPackageWith { a = 1; b = throw "not used"; } ({ a, c ? 3 }: { sum = a + c; }) { }).sum;
    expected = 4;
  };

  callPackagesOverridesEach = {
    expr =
      ((lib.callPackagesWith { a = 1; } ({ a }: { x.v = a; y.v = -a; }) { }).y.override { a = 5; }).v;
    expected = -5;
  };

  callPackagesOfOneDerivation = {
    expr = lib.callPackagesWith { } ({ }: drv { }) { };
    throws = true;
  };

  scopesOverrideAndNest = {
    expr =
      let
        scope = lib.makeScope lib.callPackageWith (self: {
          a = 1;
          b = self.callPackage ({ a }: { v = a; }) { };
          inner = lib.makeScope self.newScope (self': { c = self'.callPackage ({ a }: { v = a; }) { }; });
        });
        changed = scope.overrideScope (final: previous: { a = previous.a + 1; });
      in
      [
        scope.b.v
        changed.b.v
        changed.inner.c.v
        (lib.attrNames (scope.packages scope))
      ];
    expected = [ 1 2 2 [ "a" "b" "inner" ] ];
  };

  splicedScopes = {
    expr =
      let
        how = {
          splicePackages = splices: splices.pkgsHostTarget;
          newScope = lib.callPackageWith;
        };
        others = lib.renameCrossIndexTo "self" (lib.mapCrossIndex (_: { }) crossIndex);
        f = self: {
          a = 1;
          b = self.callPackage ({ a, k }: { v = a + k; }) { };
        };
        scope = lib.makeScopeWithSplicing' how {
          otherSplices = others;
          keep = self: { k = 10; };
          inherit f;
        };
        old = lib.makeScopeWithSplicing how.splicePackages how.newScope others (self: { k = 20; }) (
          spliced: { }
        ) f;
      in
      [
        scope.b.v
        (scope.overrideScope (final: previous: { a = 2; })).b.v
        old.b.v
      ];
    expected = [ 11 12 21 ];
  };

  extendDerivationOutputs = {
    expr =
      let
        extended = lib.extendDerivation true { extra = 1; } (drv {
          outputs = [ "out" "dev" ];
        });
      in
      [
        extended.dev.extra
        extended.dev.outputName
        extended.dev.outputSpecified
        (map (output: output.outputName) extended.all)
        (extended.outPath == extended.out.outPath)
      ];
    expected = [ 1 "dev" true [ "out" "dev" ] true ];
  };

  extendDerivationCondition = {
    expr = (lib.extendDerivation (throw "refused") { extra = 1; } (drv { })).outPath;
    throws = true;
  };

  extendDerivationConditionWaits = {
    expr = (lib.extendDerivation (throw "refused") { extra = 1; } (drv { })).extra;
    expected = 1;
  };

  hydraJobIsSmall = {
    expr = lib.attrNames (lib.hydraJob (drv { } // { meta = { }; passthru.x = throw "not used"; }));
    expected = [ "drvPath" "meta" "name" "out" "outPath" "outputName" "outputs" "system" "type" ];
  };

  extendMkDerivationArguments = {
    expr =
      let
        make = lib.extendMkDerivation {
          constructDrv = lib.setFunctionArgs (f: lib.fix f) { base = true; dropped = true; };
          excludeDrvArgNames = [ "dropped" ];
          excludeFunctionArgNames = [ "hidden" ];
          extendDrvArgs = final: { a, hidden ? 1, ... }: { b = final.a + hidden; };
          transformDrv = result: result // { transformed = true; };
        };
      in
      [
        (lib.functionArgs make)
        (make { a = 1; dropped = 2; })
        (make (final: { a = 5; }))
      ];
    expected = [
      { a = false; base = true; }
      { a = 1; b = 2; transformed = true; }
      { a = 5; b = 6; transformed = true; }
    ];
  };

  lazyDerivationWaits = {
    expr =
      let
        lazy = lib.lazyDerivation {
          derivation = throw "evaluated";
          passthru.x = 1;
          outputs = [ "out" "dev" ];
        };
      in
      [
        (lib.attrNames lazy)
        lazy.x
        lazy.type
      ];
    expected = [
      [ "dev" "drvPath" "meta" "name" "out" "outPath" "outputName" "outputs" "system" "type" "x" ]
      1
      "derivation"
    ];
  };

  lazyDerivationChecksOutputs = {
    expr =
      (lib.lazyDerivation {
        derivation = drv { outputs = [ "out" ]; };
        outputs = [ "dev" ];
      }).outPath;
    throws = true;
  };

  warnOnInstantiateKeepsTheRest = {
    expr =
      let
        loud = lib.warnOnInstantiate "old" (package { });
      in
      [
        loud.name
        loud.type
        (loud.overrideAttrs (old: { name = "b"; })).name
      ];
    expected = [ "a" "derivation" "b" ];
  };

  derivationDependencies = {
    expr = [
      (lib.hasContext (lib.unsafeDiscardOutputDependency (drv { }).drvPath))
      (lib.addDrvOutputDependencies (drv { }).drvPath == (drv { }).drvPath)
    ];
    expected = [ true true ];
  };

  metaThroughOverrideAttrs = {
    expr =
      (lib.addMetaAttrs { a = 1; } {
        overrideAttrs = f: { inherit (f { meta.b = 2; }) meta; };
      }).meta;
    expected = { a = 1; b = 2; };
  };

  availability = {
    expr = map (meta: lib.meta.availableOn linux { inherit meta; }) [
      { }
      { platforms = lib.platforms.linux; }
      { platforms = lib.platforms.darwin; }
      { platforms = lib.platforms.all; badPlatforms = [ "x86_64-linux" ]; }
      { platforms = [ lib.systems.inspect.patterns.is64bit ]; }
      { badPlatforms = [ lib.systems.inspect.platformPatterns.isStatic ]; }
    ];
    expected = [ true true false false true true ];
  };

  programsOfOtherThanPackages = {
    expr = lib.getExe' "text" "a";
    throws = true;
  };

  programsInFolders = {
    expr = lib.getExe' { type = "derivation"; } "a/b";
    throws = true;
  };

  getExePrefersBin = {
    expr = lib.getExe {
      type = "derivation";
      outPath = "/out";
      bin = "/the-bin";
      meta.mainProgram = "a";
    };
    expected = "/the-bin/bin/a";
  };

  getExeWithoutMainProgram = {
    expr = lib.getExe {
      type = "derivation";
      outPath = "/out";
      name = "hello-1.0";
    };
    expected = "/out/bin/hello";
  };

  unknownLicense = {
    expr = (lib.getLicenseFromSpdxId "no-such-license").shortName;
    expected = "no-such-license";
  };

  licensesAreComplete = {
    expr = lib.attrNames (
      lib.filterAttrs (
        name: license:
        lib.isAttrs license
        && !(
          lib.isString license.fullName
          && lib.isString license.shortName
          && lib.isBool license.free
          && lib.isBool license.redistributable
          && lib.isBool license.deprecated
          && license.free -> license.redistributable
        )
      ) lib.licenses
    );
    expected = [ ];
  };

  licensesByKind = {
    expr = [
      lib.licenses.mit.free
      lib.licenses.unfree.free
      lib.licenses.unfreeRedistributable.redistributable
      lib.licenses.gpl3.deprecated
      lib.licenses.gpl3Plus.url
    ];
    expected = [ true false true true "https://spdx.org/licenses/GPL-3.0-or-later.html" ];
  };

  licenseExpressions = {
    expr = [
      (lib.licenses.isFree (lib.licenses.OR [ lib.licenses.mit lib.licenses.unfree ]))
      (lib.licenses.containsLicenses [ lib.licenses.mit ] (lib.licenses.OR [ lib.licenses.mit lib.licenses.zlib ]))
      (lib.licenses.toSPDX (
        lib.licenses.AND [
          lib.licenses.ncsa
          (lib.licenses.WITH lib.licenses.asl20 lib.licenses.llvm-exception)
        ]
      ))
      (lib.licenses.toSPDX lib.licenses.unfree)
    ];
    expected = [ true false "NCSA AND (Apache-2.0 WITH LLVM-exception)" "LicenseRef-nixos-unfree" ];
  };

  hashesThatContradict = {
    expr = lib.fetchers.normalizeHash { } { hash = ""; sha256 = ""; };
    throws = true;
  };

  missingHash = {
    expr = [
      (lib.fetchers.normalizeHash { required = false; } { url = "u"; })
      (lib.elem "http_proxy" lib.fetchers.proxyImpureEnvVars)
    ];
    expected = [ { url = "u"; } true ];
  };

  placeholderHashes = {
    expr = [
      (lib.fetchers.normalizeHash { } { hash = ""; }).outputHash
      (lib.stringLength lib.fakeSha256)
      (lib.stringLength lib.fakeSha512)
    ];
    expected = [ lib.fakeHash 64 128 ];
  };

  sourceTypesSayWhetherSource = {
    expr = lib.mapAttrs (name: type: type.isSource) lib.sourceTypes;
    expected = {
      binaryBytecode = false;
      binaryFirmware = false;
      binaryNativeCode = false;
      fromSource = true;
      obfuscatedCode = false;
    };
  };

  nobodyIsListed = {
    expr = [ lib.maintainers lib.teams ];
    expected = [ { } { } ];
  };

  deprecatedFunctions = {
    expr = with lib.misc; [
      (maybeEnv "NO_SUCH_VARIABLE_AT_ALL" "default")
      (defaultMergeArg { a = 1; } (old: { b = old.a; }))
      (defaultMerge { a = 1; } { b = 2; })
      (maybeAttr "a" 1 { })
      (maybeAttrNullable "a" 1 { a = 2; })
      (ifEnable false [ 1 ])
      (checkFlag { flags = [ "x" ]; } "x")
      (getValue { } [ [ "a" 5 ] ] "a")
      (checkReqs { x = true; y = 1; } [ ] [ [ "x" "y" ] ])
      (uniqList { inputList = [ 1 2 1 ]; })
      (uniqListExt { inputList = [ 1 2 1 ]; })
      (condConcat "n" [ "a" "-a" "b" "-b" ] (flag: flag == "b"))
      (map (x: x.key) (lazyGenericClosure { startSet = [ { key = 1; } ]; operator = _: [ { key = 1; } ]; }))
      (modifySumArgs (sum: more: sum) { z = 1; } { a = 1; } null)
      (innerModifySumArgs (sum: more: sum) { } { a = 1; } null)
      (nvs "a" 1)
      (setAttr { } "a" 1)
      (setAttrMerge "a" [ ] { } (old: old ++ [ 1 ]))
      (mergeAttrsWithFunc (a: b: a + b) { a = 1; } { a = 2; b = 3; })
      (mergeAttrsConcatenateValues { a = 1; } { a = [ 2 ]; })
      (mergeAttrsNoOverride { } { buildInputs = [ 1 ]; } { buildInputs = [ 2 ]; c = 3; })
      (mergeAttrByFunc { inherit mergeAttrBy; patches = [ 1 ]; } { patches = [ 2 ]; }).patches
      (mergeAttrsByFuncDefaultsClean [ { meta.a = 1; } { meta.b = 2; } ])
      (mergeAttrsByFuncDefaults [ { flags.a = 1; } ]).flags
      (nixType [ ])
      (imap (i: v: i) [ "a" ])
    ];
    expected = [
      "default"
      { b = 1; }
      { a = 1; b = 2; }
      1
      2
      [ ]
      true
      5
      true
      [ 1 2 ]
      [ 1 2 ]
      "n-b"
      [ 1 ]
      { a = 1; z = 1; }
      { a = 1; }
      { a = 1; }
      { a = 1; }
      { a = [ 1 ]; }
      { a = 3; b = 6; }
      { a = [ 1 2 ]; }
      { buildInputs = [ 2 1 ]; c = 3; }
      [ 1 2 ]
      { meta = { a = 1; b = 2; }; }
      { a = 1; }
      "list"
      [ 1 ]
    ];
  };

  propagatedPackages = {
    expr =
      let
        c = { outPath = "c"; };
        b = { outPath = "b"; propagatedBuildInputs = [ c null ]; };
        a = { outPath = "a"; propagatedNativeBuildInputs = [ b ]; };
        names = map (package: package.outPath);
      in
      [
        (names (lib.closePropagation [ a null ]))
        (names (lib.misc.closePropagationFast [ a ]))
        (names (lib.misc.closePropagationSlow [ a ]))
        (names (lib.misc.innerClosePropagation [ ] [ c ]))
      ];
    expected = [ [ "a" "b" "c" ] [ "a" "b" "c" ] [ "c" "b" "a" ] [ "c" ] ];
  };

  foldedArguments = {
    expr =
      let
        f = lib.misc.foldArgs (old: new: old // new) (args: { inherit args; }) { a = 1; } { b = 2; };
      in
      [
        f.args
        (f.override { c = 3; }).args
        f.passthru.args
      ];
    expected = [ { a = 1; b = 2; } { a = 1; b = 2; c = 3; } { b = 2; } ];
  };
}
