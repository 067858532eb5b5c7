# Combine several sets into one.
{ lib }:
let
  inherit (builtins)
    attrNames
    catAttrs
    concatStringsSep
    elemAt
    head
    intersectAttrs
    isAttrs
    length
    listToAttrs
    mapAttrs
    zipAttrsWith
    ;
  inherit (lib.lists) foldr;

  recursiveUpdateUntil =
    stop: left: right:
    let
      merge =
        path:
        zipAttrsWith (
          name: values:
          let
            here = path ++ [ name ];
          in
          if length values == 1 || stop here (elemAt values 1) (head values) then
            head values
          else
            merge here values
        );
    in
    merge [ ] [
      right
      left
    ];
in
{
  inherit (builtins) zipAttrsWith;

  /**
    Merge sets: the values under a name become a list. Only the given names are looked at.

    Inputs: `names`; `f` gets a name and the list of values; the list of sets.

    Type: `zipAttrsWithNames :: [String] -> (String -> [a] -> b) -> [AttrsOf a] -> AttrsOf b`

    Example: `attrsets.zipAttrsWithNames [ "a" ] (name: values: values) [ { a = 1; b = 2; } { a = 3; } ]` => `{ a = [ 1 3 ]; }`
  */
  zipAttrsWithNames =
    names: f: sets:
    listToAttrs (
      map (name: {
        inherit name;
        value = f name (catAttrs name sets);
      }) names
    );

  /**
    Merge sets: the values under a name become a list.

    Inputs: the list of sets.

    Type: `zipAttrs :: [AttrsOf a] -> AttrsOf [a]`

    Example: `zipAttrs [ { a = "x"; } { a = "y"; b = "z"; } ]` => `{ a = [ "x" "y" ]; b = [ "z" ]; }`
  */
  zipAttrs = zipAttrsWith (_: values: values);

  /**
    Merge many sets; the later win. Halves are merged with each other, which costs far less than
    merging one set after the other.

    Inputs: the list of sets.

    Type: `mergeAttrsList :: [AttrSet] -> AttrSet`

    Example: `mergeAttrsList [ { a = 1; } { b = 2; } { a = 3; } ]` => `{ a = 3; b = 2; }`
  */
  mergeAttrsList =
    sets:
    let
      merge =
        start: end:
        let
          middle = (start + end) / 2;
        in
        if end - start == 1 then elemAt sets start else merge start middle // merge middle end;
    in
    if sets == [ ] then { } else merge 0 (length sets);

  /**
    Merge each name's values over a list of sets with a right fold.

    Inputs: `step` gets a value and the result so far; `start`; the list of sets.

    Type: `foldAttrs :: (a -> b -> b) -> b -> [AttrsOf a] -> AttrsOf b`

    Example: `foldAttrs (item: rest: [ item ] ++ rest) [ ] [ { a = 2; } { a = 3; b = 4; } ]` => `{ a = [ 2 3 ]; b = [ 4 ]; }`
  */
  foldAttrs =
    step: start: sets:
    foldr (
      set: result:
      foldr (name: sofar: sofar // { ${name} = step set.${name} (result.${name} or start); }) result (
        attrNames set
      )
    ) { } sets;

  /**
    Merge two nested sets; a condition says where the right value replaces the left as a whole.

    Inputs: `stop` gets the path, the left value and the right one; then the two sets.

    Type: `recursiveUpdateUntil :: ([String] -> Any -> Any -> Bool) -> AttrSet -> AttrSet -> AttrSet`

    Example: `recursiveUpdateUntil (path: l: r: path == [ "a" ]) { a.x = 1; b.x = 1; } { a.y = 2; b.y = 2; }` => `{ a.y = 2; b = { x = 1; y = 2; }; }`
  */
  inherit recursiveUpdateUntil;

  /**
    Merge two nested sets; where both have a set, these are merged too, else the right value wins.

    Inputs: the two sets.

    Type: `recursiveUpdate :: AttrSet -> AttrSet -> AttrSet`

    Example: `recursiveUpdate { a.x = 1; } { a.y = 2; }` => `{ a = { x = 1; y = 2; }; }`
  */
  recursiveUpdate = recursiveUpdateUntil (_: left: right: !(isAttrs left && isAttrs right));

  /**
    The attributes of a set, with the values of another where it has them.

    Inputs: the set that decides about the names; the set that decides about the values.

    Type: `overrideExisting :: AttrSet -> AttrSet -> AttrSet`

    Example: `overrideExisting { a = 1; b = 2; } { b = 3; c = 4; }` => `{ a = 1; b = 3; }`
  */
  overrideExisting = set: values: mapAttrs (name: value: values.${name} or value) set;

  /**
    Merge two sets that must have no name in common; a common name is an error once it is used.

    Inputs: the two sets.

    Type: `unionOfDisjoint :: AttrSet -> AttrSet -> AttrSet`

    Example: `attrsets.unionOfDisjoint { a = 1; } { b = 2; }` => `{ a = 1; b = 2; }`
  */
  unionOfDisjoint =
    x: y:
    let
      common = intersectAttrs x y;
      names = concatStringsSep " " (attrNames common);
    in
    x
    // y
    // mapAttrs (name: _: throw "unionOfDisjoint: collision on ${name}; complete list: ${names}") common;
}
