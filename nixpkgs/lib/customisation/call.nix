# Call functions with arguments found by their names.
{ lib }:
let
  inherit (builtins)
    all
    attrNames
    attrValues
    concatStringsSep
    filter
    head
    intersectAttrs
    length
    map
    mapAttrs
    removeAttrs
    unsafeGetAttrPos
    ;
  inherit (lib)
    functionArgs
    init
    isDerivation
    isFunction
    last
    makeOverridable
    mirrorFunctionArgs
    sortOn
    take
    ;
  inherit (lib.strings) levenshtein levenshteinAtMost;

  didYouMean =
    name: candidates:
    let
      near = take 3 (sortOn (levenshtein name) (filter (levenshteinAtMost 2 name) candidates));
      quoted = map (candidate: ''"${candidate}"'') near;
    in
    if near == [ ] then
      ""
    else if length near == 1 then
      ", did you mean ${head quoted}?"
    else
      ", did you mean ${concatStringsSep ", " (init quoted)} or ${last quoted}?";

  missingArgument =
    formals: missing: available:
    let
      name = head (filter (arg: !formals.${arg}) (attrNames missing));
      pos = unsafeGetAttrPos name formals;
      place = if pos == null then "<unknown location>" else "${pos.file}:${toString pos.line}";
    in
    "lib.customisation.callPackageWith: Function called without required argument \"${name}\" at ${place}${
      didYouMean name (attrNames available)
    }";

  toFunction = value: if isFunction value then value else import value;
in
{
  /**
    Call a function, or the one in a file, with arguments found by name. The result has `override`.

    Inputs: the set in which arguments are found; the function or file; arguments that take precedence.

    Type: `callPackageWith :: AttrSet -> ((AttrSet -> a) | Path) -> AttrSet -> a`

    Example: `(callPackageWith { a = 1; b = 2; } ({ a, b }: { sum = a + b; }) { b = 3; }).sum` => `4`
  */
  callPackageWith =
    autoArgs: fn: args:
    let
      f = toFunction fn;
      formals = functionArgs f;
      allArgs = intersectAttrs formals autoArgs // args;
      missing = removeAttrs formals (attrNames allArgs);
    in
    if missing == { } || all (hasDefault: hasDefault) (attrValues missing) then
      makeOverridable f allArgs
    else
      # Not an error that can be caught: tools take those for packages that are unavailable on purpose.
      abort (missingArgument formals missing (autoArgs // args));

  /**
    `callPackageWith` for a function that returns a set of packages; each of these has `override`.

    Inputs: the set in which arguments are found; the function or file; arguments that take precedence.

    Type: `callPackagesWith :: AttrSet -> ((AttrSet -> AttrSet) | Path) -> AttrSet -> AttrSet`

    Example: `(callPackagesWith { a = 1; } ({ a }: { x.value = a; }) { }).x.value` => `1`
  */
  callPackagesWith =
    autoArgs: fn: args:
    let
      f = toFunction fn;
      allArgs = intersectAttrs (functionArgs f) autoArgs // args;
      packages = f allArgs;
      onlyOne = mirrorFunctionArgs f;
    in
    if isDerivation packages then
      throw "function `callPackages` was called on a *single* derivation \"${
        packages.name or "<unknown-name>"
      }\"; did you mean to use `callPackage` instead?"
    else
      mapAttrs (name: _: makeOverridable (onlyOne (newArgs: (f newArgs).${name})) allArgs) packages;
}
