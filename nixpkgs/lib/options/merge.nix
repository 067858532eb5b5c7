# Ways to make one value out of definitions: functions of `loc`, the option's path, and `defs`, a list of
# `{ file; value; }`.
{ lib }:
let
  inherit (builtins)
    all
    concatLists
    concatStringsSep
    foldl'
    head
    isAttrs
    isBool
    isInt
    isList
    isString
    length
    map
    tail
    ;
  inherit (lib) isFunction;
  inherit (lib.options) showDefs showOption;

  priorityHint = ''
    Use `lib.mkForce value` or `lib.mkDefault value` to change the priority on any of these definitions.
  '';

  getValues = map (def: def.value);

  # A merge that shows where definitions are: it gets them with `pos`, which those from elsewhere may not expect.
  showing = merge: {
    __functor = _self: merge;
    showsPositions = true;
  };

  mergeDefaultOption =
    loc: defs:
    let
      values = getValues defs;
      first = head values;
    in
    if length values == 1 then
      first
    else if all isFunction values then
      argument: mergeDefaultOption loc (map (def: def // { value = def.value argument; }) defs)
    else if all isList values then
      concatLists values
    else if all isAttrs values then
      foldl' (merged: value: merged // value) { } values
    else if all isBool values then
      foldl' (merged: value: merged || value) false values
    else if all isString values then
      concatStringsSep "" values
    else if all isInt values && all (value: value == first) values then
      first
    else
      throw "Cannot merge definitions of `${showOption loc}'. Definition values:${showDefs defs}";

  mergeUniqueOption =
    {
      message,
      merge ? _loc: defs: (head defs).value,
    }:
    loc: defs:
    if length defs == 1 then
      merge loc defs
    else
      assert defs != [ ];
      throw "The option `${showOption loc}' is defined multiple times while it's expected to be unique.\n${message}\nDefinition values:${showDefs defs}\n${priorityHint}";
in
{
  /**
    The default way to merge: booleans by «or», strings, lists and sets put together, integers when
    they are equal, functions by their results.

    Inputs: `loc`, `defs`.

    Type: `mergeDefaultOption :: [String] -> [Definition] -> a`

    Example: `mergeDefaultOption [ "a" ] [ { value = [ 1 ]; } { value = [ 2 ]; } ]` => `[ 1 2 ]`
  */
  inherit mergeDefaultOption;

  /**
    The value of the only definition; several are an error.

    Inputs: `loc`, `defs`.

    Type: `mergeOneOption :: [String] -> [Definition] -> a`

    Example: `mergeOneOption [ "a" ] [ { value = 1; } ]` => `1`
  */
  mergeOneOption = showing (mergeUniqueOption { message = ""; });

  /**
    Merge a single definition; several are an error with an explanation.

    Inputs: `{ message; merge ? …; }`, where `merge` gets `loc` and the definition in a list and takes
    its value by default; then `loc`, `defs`.

    Type: `mergeUniqueOption :: { message :: String; merge ? Function; } -> [String] -> [Definition] -> a`

    Example: `mergeUniqueOption { message = ""; } [ "a" ] [ { value = 1; } ]` => `1`
  */
  inherit mergeUniqueOption;

  /**
    The value that all definitions agree on.

    Inputs: `loc`, `defs`.

    Type: `mergeEqualOption :: [String] -> [Definition] -> a`

    Example: `mergeEqualOption [ "a" ] [ { value = 1; } { value = 1; } ]` => `1`
  */
  mergeEqualOption = showing (
    loc: defs:
    # A single one is not compared: a function is not even equal to itself.
    if length defs == 1 then
      (head defs).value
    else if defs == [ ] then
      abort "mergeEqualOption: `${showOption loc}' has no definitions."
    else
      (foldl' (
        first: def:
        if def.value == first.value then
          first
        else
          throw "The option `${showOption loc}' has conflicting definition values:${
            showDefs [
              first
              def
            ]
          }\n${priorityHint}"
      ) (head defs) (tail defs)).value
  );

  /**
    The values of definitions.

    Inputs: `defs`.

    Type: `getValues :: [{ value :: a; }] -> [a]`

    Example: `getValues [ { value = 1; } { value = 2; } ]` => `[ 1 2 ]`
  */
  inherit getValues;

  /**
    The files of definitions.

    Inputs: `defs`.

    Type: `getFiles :: [{ file :: a; }] -> [a]`

    Example: `getFiles [ { file = "a.nix"; } ]` => `[ "a.nix" ]`
  */
  getFiles = map (def: def.file);
}
