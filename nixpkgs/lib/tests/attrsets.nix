# lib.attrsets
{ lib }:
{
  builtinNames = {
    expr = [
      (lib.attrNames { b = 1; a = 2; })
      (lib.attrValues { b = 1; a = 2; })
      (lib.catAttrs "a" [ { a = 1; } { b = 2; } ])
      (lib.getAttr "a" { a = 1; })
      (lib.hasAttr "a" { a = 1; })
      (lib.isAttrs { })
      (lib.intersectAttrs { a = 1; } { a = 2; b = 3; })
      (lib.listToAttrs [ (lib.nameValuePair "a" 1) ])
      (lib.mapAttrs (name: value: name + value) { a = "x"; })
      (lib.removeAttrs { a = 1; b = 2; } [ "a" ])
      (lib.zipAttrsWith (name: values: values) [ { a = 1; } { a = 2; } ])
    ];
    expected = [
      [ "a" "b" ]
      [ 2 1 ]
      [ 1 ]
      1
      true
      true
      { a = 2; }
      { a = 1; }
      { a = "ax"; }
      { b = 2; }
      { a = [ 1 2 ]; }
    ];
  };

  attrByPathThroughOtherThanSets = {
    expr = lib.attrByPath [ "a" "b" ] "none" { a = 1; };
    expected = "none";
  };

  attrByPathLeavesTheDefault = {
    expr = lib.attrByPath [ "a" ] (throw "not evaluated") { a = 1; };
    expected = 1;
  };

  hasAttrByPathThroughOtherThanSets = {
    expr = lib.hasAttrByPath [ "a" "b" ] { a = 1; };
    expected = false;
  };

  emptyPathIsTheSet = {
    expr = [
      (lib.attrByPath [ ] "none" { a = 1; })
      (lib.hasAttrByPath [ ] { a = 1; })
      (lib.setAttrByPath [ ] 1)
    ];
    expected = [
      { a = 1; }
      true
      1
    ];
  };

  longestValidPathPrefixOfNothing = {
    expr = lib.attrsets.longestValidPathPrefix [ "x" ] { a = 1; };
    expected = [ ];
  };

  updatesAtOnePathFollowEachOther = {
    expr = lib.updateManyAttrsByPath [
      { path = [ "a" "b" ]; update = old: old + 1; }
      { path = [ "a" "b" ]; update = old: old * 10; }
      { path = [ "a" ]; update = old: old // { c = 3; }; }
      { path = [ "x" "y" ]; update = old: "new"; }
    ] { a.b = 1; };
    expected = {
      a = { b = 20; c = 3; };
      x.y = "new";
    };
  };

  updateIgnoresTheOldValue = {
    expr = lib.updateManyAttrsByPath [ { path = [ "a" ]; update = _: 1; } ] { a = throw "not evaluated"; };
    expected = { a = 1; };
  };

  updateOfAMissingValue = {
    expr = (lib.updateManyAttrsByPath [ { path = [ "a" ]; update = old: old + 1; } ] { }).a;
    throws = true;
  };

  updateInsideOfANumber = {
    expr = lib.updateManyAttrsByPath [ { path = [ "a" "b" ]; update = _: 1; } ] { a = 1; };
    throws = true;
  };

  mapAttrsIsLazy = {
    expr = lib.attrNames (lib.mapAttrsRecursive (path: value: throw "not evaluated") { a.b = 1; });
    expected = [ "a" ];
  };

  concatMapAttrsLaterWins = {
    expr = lib.concatMapAttrs (name: value: { same = value; }) { a = 1; b = 2; };
    expected = { same = 2; };
  };

  genAttrsOfEqualNames = {
    expr = lib.genAttrs [ "a" "a" ] (name: name);
    expected = { a = "a"; };
  };

  mergeAttrsListOfNothing = {
    expr = lib.mergeAttrsList [ ];
    expected = { };
  };

  mergeAttrsListLaterWins = {
    expr = lib.mergeAttrsList (lib.genList (n: { a = n; "n${toString n}" = n; }) 5);
    expected = { a = 4; n0 = 0; n1 = 1; n2 = 2; n3 = 3; n4 = 4; };
  };

  recursiveUpdateReplacesOtherKinds = {
    expr = lib.recursiveUpdate { a.b = 1; c = { d = 1; }; } { a = 2; c.e = 3; };
    expected = { a = 2; c = { d = 1; e = 3; }; };
  };

  recursiveUpdateIsLazy = {
    expr = (lib.recursiveUpdate { a = throw "not evaluated"; b = 1; } { c = throw "not evaluated"; }).b;
    expected = 1;
  };

  overrideExistingKeepsNames = {
    expr = lib.overrideExisting { a = 1; } { b = 2; };
    expected = { a = 1; };
  };

  unionOfDisjointCollision = {
    expr = (lib.attrsets.unionOfDisjoint { a = 1; } { a = 2; }).a;
    throws = true;
  };

  filterAttrsKeepsLazyValues = {
    expr = lib.attrNames (lib.filterAttrs (name: value: name == "a") { a = throw "not evaluated"; b = 1; });
    expected = [ "a" ];
  };

  collectDoesNotLookIntoWhatItFound = {
    expr = lib.collect (value: value ? x) { a = { x = 1; y = { x = 2; }; }; b.c.x = 3; };
    expected = [ { x = 1; y = { x = 2; }; } { x = 3; } ];
  };

  matchAttrsIsDeep = {
    expr = map (lib.matchAttrs { a = { b = 1; }; }) [ { a = { b = 1; c = 2; }; } { a.b = 2; } { a = 1; } { } ];
    expected = [ true false false false ];
  };

  isDerivationOfAnything = {
    expr = map lib.isDerivation [ 1 { } { type = "other"; } { type = "derivation"; } ];
    expected = [ false false false true ];
  };

  outputsThatWereChosenStay = {
    expr = [
      (lib.getDev { outputSpecified = true; dev = 1; name = "x"; }).name
      (lib.getBin { outputSpecified = false; bin = 1; })
      (lib.getOutput "man" { out = 2; })
      (lib.getOutput "man" { name = "y"; }).name
    ];
    expected = [ "x" 1 2 "y" ];
  };

  getFirstOutputWithoutAny = {
    expr = (lib.getFirstOutput [ "static" ] { name = "x"; }).name;
    expected = "x";
  };

  toDerivationWaits = {
    expr = lib.isAttrs (lib.toDerivation "/nix/store/does-not-exist");
    expected = true;
  };

  cartesianProductOrder = {
    expr = lib.cartesianProduct { b = [ 3 4 ]; a = [ 1 2 ]; };
    expected = [ { a = 1; b = 3; } { a = 1; b = 4; } { a = 2; b = 3; } { a = 2; b = 4; } ];
  };

  foldlAttrsIsStrict = {
    expr = lib.foldlAttrs (sum: name: value: throw "evaluated") 0 { a = 1; };
    throws = true;
  };

  foldAttrsOrder = {
    expr = lib.foldAttrs (item: rest: [ item ] ++ rest) [ ] [ { a = 1; } { b = 2; } { a = 3; } ];
    expected = { a = [ 1 3 ]; b = [ 2 ]; };
  };
}
