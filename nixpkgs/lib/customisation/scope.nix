# Sets of packages that call each other.
{ lib }:
let
  inherit (lib) extends;

  makeScope =
    newScope: f:
    let
      self = {
        callPackage = self.newScope { };
      }
      // f self
      // {
        newScope = extra: newScope (self // extra);
        overrideScope = overlay: makeScope newScope (extends overlay f);
        packages = f;
      };
    in
    self;

  makeScopeWithSplicing' =
    { splicePackages, newScope }@how:
    {
      otherSplices,
      keep ? _self: { },
      extra ? _spliced: { },
      f,
    }@scope:
    let
      spliced = splicePackages {
        pkgsBuildBuild = otherSplices.selfBuildBuild;
        pkgsBuildHost = otherSplices.selfBuildHost;
        pkgsBuildTarget = otherSplices.selfBuildTarget;
        pkgsHostHost = otherSplices.selfHostHost;
        pkgsHostTarget = self;
        pkgsTargetTarget = otherSplices.selfTargetTarget;
      };
      available = extra spliced // spliced // keep self;
      self = f self // {
        callPackage = newScope available;
        newScope = more: newScope (available // more);
        # The other platforms' splices stay as they are.
        overrideScope =
          overlay: makeScopeWithSplicing' how (scope // { f = extends overlay f; });
        packages = f;
      };
    in
    self;
in
{
  /**
    A set of packages whose functions find each other as arguments. It has `callPackage` and `newScope`,
    which see the set, `overrideScope`, which lays an overlay over it, and `packages`, the function that it
    was made from.

    Inputs: `newScope`, which makes a `callPackage` that also sees a given set, for instance the one of
    `pkgs` or `callPackageWith`; a function from the set to the set.

    Type: `makeScope :: (AttrSet -> CallPackage) -> (AttrSet -> AttrSet) -> AttrSet`

    Example: `(makeScope callPackageWith (self: { a = 1; b = self.callPackage ({ a }: { value = a; }) { }; })).b.value` => `1`
  */
  inherit makeScope;

  /**
    `makeScope` for cross compilation: packages that are found as arguments are spliced, so that they are
    right for the kind of dependency that they are used as.

    Inputs: `{ splicePackages; newScope; }`; then a set of `otherSplices`, the packages for the other pairs
    of platforms as `selfBuildBuild` and so on; `f`, from the set to the set; `keep`, from the set to what
    replaces spliced packages; and `extra`, from the spliced packages to what is seen in addition.

    Type: `makeScopeWithSplicing' :: AttrSet -> AttrSet -> AttrSet`
  */
  inherit makeScopeWithSplicing';

  /**
    `makeScopeWithSplicing'` with arguments by position.

    Type: `makeScopeWithSplicing :: Function -> Function -> AttrSet -> Function -> Function -> Function -> AttrSet`
  */
  makeScopeWithSplicing =
    splicePackages: newScope: otherSplices: keep: extra: f:
    makeScopeWithSplicing' { inherit splicePackages newScope; } {
      inherit
        extra
        f
        keep
        otherSplices
        ;
    };

  /**
    What is known by pairs of platforms, without a prefix of its names.

    Inputs: the prefix, then a set with the names of `renameCrossIndexTo`.

    Type: `renameCrossIndexFrom :: String -> AttrSet -> AttrSet`

    Example: `(renameCrossIndexFrom "pkgs" (renameCrossIndexTo "pkgs" (mapCrossIndex (x: x) { buildBuild = 1; buildHost = 2; buildTarget = 3; hostHost = 4; hostTarget = 5; targetTarget = 6; }))).hostHost` => `4`
  */
  renameCrossIndexFrom = prefix: set: {
    buildBuild = set."${prefix}BuildBuild";
    buildHost = set."${prefix}BuildHost";
    buildTarget = set."${prefix}BuildTarget";
    hostHost = set."${prefix}HostHost";
    hostTarget = set."${prefix}HostTarget";
    targetTarget = set."${prefix}TargetTarget";
  };

  /**
    What is known by pairs of platforms, with a prefix before its names.

    Inputs: the prefix, then a set of `buildBuild`, `buildHost`, `buildTarget`, `hostHost`, `hostTarget` and
    `targetTarget`.

    Type: `renameCrossIndexTo :: String -> AttrSet -> AttrSet`

    Example: `(renameCrossIndexTo "self" { buildBuild = 1; }).selfBuildBuild` => `1`
  */
  renameCrossIndexTo = prefix: set: {
    "${prefix}BuildBuild" = set.buildBuild;
    "${prefix}BuildHost" = set.buildHost;
    "${prefix}BuildTarget" = set.buildTarget;
    "${prefix}HostHost" = set.hostHost;
    "${prefix}HostTarget" = set.hostTarget;
    "${prefix}TargetTarget" = set.targetTarget;
  };

  /**
    Map what is known by pairs of platforms.

    Inputs: the function, then the set.

    Type: `mapCrossIndex :: (a -> b) -> AttrsOf a -> AttrsOf b`

    Example: `(mapCrossIndex (x: x * 10) { buildBuild = 1; buildHost = 2; buildTarget = 3; hostHost = 4; hostTarget = 5; targetTarget = 6; }).hostTarget` => `50`
  */
  mapCrossIndex =
    f:
    {
      buildBuild,
      buildHost,
      buildTarget,
      hostHost,
      hostTarget,
      targetTarget,
    }:
    {
      buildBuild = f buildBuild;
      buildHost = f buildHost;
      buildTarget = f buildTarget;
      hostHost = f hostHost;
      hostTarget = f hostTarget;
      targetTarget = f targetTarget;
    };
}
