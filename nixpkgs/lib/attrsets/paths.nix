# Reach into nested sets by a path, which is a list of attribute names.
{ lib }:
let
  inherit (builtins)
    concatStringsSep
    elemAt
    groupBy
    head
    isAttrs
    length
    mapAttrs
    partition
    ;
  inherit (lib.lists) foldl take;

  attrByPath =
    path: default: set:
    let
      size = length path;
      descend =
        index: value:
        let
          name = elemAt path index;
        in
        if index == size then
          value
        else if value ? ${name} then
          descend (index + 1) value.${name}
        else
          default;
    in
    descend 0 set;

  showAttrPath =
    path:
    if path == [ ] then
      "<root attribute path>"
    else
      concatStringsSep "." (map lib.strings.escapeNixIdentifier path);

  # Applies the updates whose paths agree in their first `depth` names to the value at that prefix.
  # `exists` tells a missing value from null.
  applyUpdates =
    depth: exists: value: updates:
    let
      here = partition (update: length update.path == depth) updates;
      deeper = groupBy (update: elemAt update.path depth) here.wrong;

      missing = throw "updateManyAttrsByPath: Path '${showAttrPath (head here.right).path}' does not exist in the given value, but the first update to this path tries to access the existing value.";

      notASet =
        let
          inherit (head here.wrong) path;
        in
        throw "updateManyAttrsByPath: Path '${showAttrPath path}' needs to be updated, but path '${showAttrPath (take depth path)}' of the given value is not an attribute set, so we can't update an attribute inside of it.";

      updated =
        if here.wrong == [ ] then
          (if exists then value else missing)
        else if !exists then
          mapAttrs (_: applyUpdates (depth + 1) false null) deeper
        else if isAttrs value then
          value // mapAttrs (name: applyUpdates (depth + 1) (value ? ${name}) value.${name}) deeper
        else
          notASet;
    in
    # Lazy, so that an update that ignores the old value does not evaluate it.
    foldl (old: step: step.update old) updated here.right;
in
{
  /**
    The value at a path, or a default when the path does not exist.

    Inputs: `path`, `default`, and the set.

    Type: `attrByPath :: [String] -> a -> AttrSet -> a`

    Example: `attrByPath [ "a" "b" ] 6 { a.b = 3; }` => `3`
  */
  inherit attrByPath;

  /**
    Whether a path exists.

    Inputs: `path`, and the set.

    Type: `hasAttrByPath :: [String] -> AttrSet -> Bool`

    Example: `hasAttrByPath [ "a" "b" ] { a.b = 3; }` => `true`
  */
  hasAttrByPath =
    path: set:
    let
      size = length path;
      descend =
        index: value:
        index == size
        || (
          value ? ${elemAt path index} && descend (index + 1) value.${elemAt path index}
        );
    in
    descend 0 set;

  /**
    The longest beginning of a path that exists.

    Inputs: `path`, and the value to look into.

    Type: `longestValidPathPrefix :: [String] -> Any -> [String]`

    Example: `attrsets.longestValidPathPrefix [ "a" "b" "c" ] { a.b = 3; }` => `[ "a" "b" ]`
  */
  longestValidPathPrefix =
    path: value:
    let
      size = length path;
      depth =
        index: inner:
        if index < size && inner ? ${elemAt path index} then
          depth (index + 1) inner.${elemAt path index}
        else
          index;
    in
    take (depth 0 value) path;

  /**
    Nested sets that hold one value at a path.

    Inputs: `path`, and the value.

    Type: `setAttrByPath :: [String] -> a -> AttrSet`

    Example: `setAttrByPath [ "a" "b" ] 3` => `{ a.b = 3; }`
  */
  setAttrByPath =
    path: value:
    let
      size = length path;
      nest = index: if index == size then value else { ${elemAt path index} = nest (index + 1); };
    in
    nest 0;

  /**
    The value at a path; evaluation is aborted when the path does not exist.

    Inputs: `path`, and the set.

    Type: `getAttrFromPath :: [String] -> AttrSet -> a`

    Example: `getAttrFromPath [ "a" "b" ] { a.b = 3; }` => `3`
  */
  getAttrFromPath =
    path: attrByPath path (abort "cannot find attribute '${concatStringsSep "." path}'");

  /**
    Change values at several paths of a nested set at once. Deeper paths are updated first, and updates
    to one path follow each other in the order of the list. A path that does not exist is made, which
    fails only when its first update looks at the old value.

    Inputs: a list of `{ path; update; }`, where `update` maps the old value to the new; then the set.

    Type: `updateManyAttrsByPath :: [{ path :: [String]; update :: a -> b; }] -> AttrSet -> AttrSet`

    Example: `updateManyAttrsByPath [ { path = [ "a" "b" ]; update = old: old + 1; } ] { a.b = 0; }` => `{ a.b = 1; }`
  */
  updateManyAttrsByPath = updates: value: applyUpdates 0 true value updates;

  /**
    A path as it is written in Nix; names that are no identifiers are quoted.

    Inputs: `path`.

    Type: `showAttrPath :: [String] -> String`

    Example: `showAttrPath [ "foo" "10" "bar" ]` => `"foo.\"10\".bar"`
  */
  inherit showAttrPath;
}
