# Choose attributes, and search sets.
{ lib }:
let
  inherit (builtins)
    all
    attrNames
    attrValues
    concatMap
    filter
    isAttrs
    listToAttrs
    removeAttrs
    ;

  filterAttrsRecursive =
    keep: set:
    listToAttrs (
      concatMap (
        name:
        let
          value = set.${name};
        in
        if keep name value then
          [
            {
              inherit name;
              value = if isAttrs value then filterAttrsRecursive keep value else value;
            }
          ]
        else
          [ ]
      ) (attrNames set)
    );

  collect =
    pred: value:
    if pred value then
      [ value ]
    else if isAttrs value then
      concatMap (collect pred) (attrValues value)
    else
      [ ];

  matchAttrs =
    pattern: set:
    assert isAttrs pattern;
    all (
      name:
      let
        wanted = pattern.${name};
        actual = set.${name};
      in
      set ? ${name}
      && (if isAttrs wanted then isAttrs actual && matchAttrs wanted actual else wanted == actual)
    ) (attrNames pattern);
in
{
  inherit (builtins)
    catAttrs
    getAttr
    hasAttr
    intersectAttrs
    isAttrs
    removeAttrs
    ;

  /**
    The values of some names as a list; a missing name is an error once it is used.

    Inputs: `names`, and the set.

    Type: `attrVals :: [String] -> AttrsOf a -> [a]`

    Example: `attrVals [ "b" "a" ] { a = 1; b = 2; }` => `[ 2 1 ]`
  */
  attrVals = names: set: map (name: set.${name}) names;

  /**
    Only some attributes of a set; a missing name is an error once it is used.

    Inputs: `names`, and the set.

    Type: `getAttrs :: [String] -> AttrSet -> AttrSet`

    Example: `getAttrs [ "a" ] { a = 1; b = 2; }` => `{ a = 1; }`
  */
  getAttrs = names: set: lib.genAttrs names (name: set.${name});

  /**
    The attributes with a property.

    Inputs: `keep` gets name and value; the set.

    Type: `filterAttrs :: (String -> a -> Bool) -> AttrsOf a -> AttrsOf a`

    Example: `filterAttrs (name: value: name == "foo") { foo = 1; bar = 2; }` => `{ foo = 1; }`
  */
  filterAttrs =
    keep: set: removeAttrs set (filter (name: !keep name set.${name}) (attrNames set));

  /**
    The attributes with a property, at all depths.

    Inputs: `keep` gets name and value; the set.

    Type: `filterAttrsRecursive :: (String -> Any -> Bool) -> AttrSet -> AttrSet`

    Example: `filterAttrsRecursive (name: value: value != null) { a = null; b.c = null; }` => `{ b = { }; }`
  */
  inherit filterAttrsRecursive;

  /**
    The values with a property, at all depths; a value that has it is not searched further.

    Inputs: `pred`, and the set.

    Type: `collect :: (Any -> Bool) -> AttrSet -> [Any]`

    Example: `collect isList { a.b = [ "x" ]; c = [ "y" ]; }` => `[ [ "x" ] [ "y" ] ]`
  */
  inherit collect;

  /**
    Whether a set has all attributes of a pattern with equal values; sets in the pattern are patterns
    themselves.

    Inputs: the pattern, then the set.

    Type: `matchAttrs :: AttrSet -> AttrSet -> Bool`

    Example: `matchAttrs { cpu.bits = 64; } { cpu = { bits = 64; name = "x"; }; }` => `true`
  */
  inherit matchAttrs;

  /**
    A set when a condition holds, else an empty one.

    Inputs: `condition`, then the set.

    Type: `optionalAttrs :: Bool -> AttrSet -> AttrSet`

    Example: `optionalAttrs false { a = 1; }` => `{ }`
  */
  optionalAttrs = condition: set: if condition then set else { };
}
