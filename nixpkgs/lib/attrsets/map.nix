# Make sets, and map over their attributes.
{ lib }:
let
  inherit (builtins)
    attrNames
    attrValues
    concatMap
    foldl'
    isAttrs
    listToAttrs
    mapAttrs
    ;

  nameValuePair = name: value: { inherit name value; };

  mapAttrsToList = f: set: attrValues (mapAttrs f set);

  mapAttrsRecursiveCond =
    descend: f: set:
    let
      visit =
        path:
        mapAttrs (
          name: value:
          let
            here = path ++ [ name ];
          in
          if isAttrs value && descend value then visit here value else f here value
        );
    in
    visit [ ] set;

  mapAttrsToListRecursiveCond =
    descend: f: set:
    let
      visit =
        path: attrs:
        concatMap (
          name:
          let
            here = path ++ [ name ];
            value = attrs.${name};
          in
          if isAttrs value && descend here value then visit here value else [ (f here value) ]
        ) (attrNames attrs);
    in
    visit [ ] set;

  cartesianProduct =
    lists:
    foldl' (
      sets: name: concatMap (set: map (value: set // { ${name} = value; }) lists.${name}) sets
    ) [ { } ] (attrNames lists);
in
{
  inherit (builtins)
    attrNames
    attrValues
    listToAttrs
    mapAttrs
    ;

  /**
    A set of the form that `listToAttrs` takes.

    Inputs: `name`, and the value.

    Type: `nameValuePair :: String -> a -> { name :: String; value :: a; }`

    Example: `nameValuePair "some" 6` => `{ name = "some"; value = 6; }`
  */
  inherit nameValuePair;

  /**
    Map names as well as values.

    Inputs: `f` gets name and value and returns a name-value pair.

    Type: `mapAttrs' :: (String -> a -> { name :: String; value :: b; }) -> AttrsOf a -> AttrsOf b`

    Example: `mapAttrs' (name: value: nameValuePair "foo_${name}" value) { x = "a"; }` => `{ foo_x = "a"; }`
  */
  mapAttrs' = f: set: listToAttrs (mapAttrsToList f set);

  /**
    What a function makes of each attribute, as a list in the order of the names.

    Inputs: `f` gets name and value.

    Type: `mapAttrsToList :: (String -> a -> b) -> AttrsOf a -> [b]`

    Example: `mapAttrsToList (name: value: "${name}${value}") { x = "a"; y = "b"; }` => `[ "xa" "yb" ]`
  */
  inherit mapAttrsToList;

  /**
    The attributes as a list of name-value pairs, the inverse of `listToAttrs`.

    Inputs: the set.

    Type: `attrsToList :: AttrsOf a -> [{ name :: String; value :: a; }]`

    Example: `attrsToList { foo = 1; }` => `[ { name = "foo"; value = 1; } ]`
  */
  attrsToList = mapAttrsToList nameValuePair;

  /**
    Map each attribute to a set, and merge these; later names win.

    Inputs: `f` gets name and value and returns a set.

    Type: `concatMapAttrs :: (String -> a -> AttrsOf b) -> AttrsOf a -> AttrsOf b`

    Example: `concatMapAttrs (name: value: { ${name} = value; ${name + value} = value; }) { x = "a"; }` => `{ x = "a"; xa = "a"; }`
  */
  concatMapAttrs = f: set: foldl' (merged: attrs: merged // attrs) { } (mapAttrsToList f set);

  /**
    Map the values at all depths that are not sets.

    Inputs: `f` gets the path and the value.

    Type: `mapAttrsRecursive :: ([String] -> a -> b) -> AttrSet -> AttrSet`

    Example: `mapAttrsRecursive (path: value: concatStringsSep "-" (path ++ [ value ])) { n.a = "A"; }` => `{ n.a = "n-a-A"; }`
  */
  mapAttrsRecursive = mapAttrsRecursiveCond (_: true);

  /**
    Like `mapAttrsRecursive`, but a condition says which sets are descended into.

    Inputs: `descend` gets a set, not the outermost one; `f` gets path and value.

    Type: `mapAttrsRecursiveCond :: (AttrSet -> Bool) -> ([String] -> a -> b) -> AttrSet -> AttrSet`

    Example: `mapAttrsRecursiveCond (set: !set ? leaf) (path: value: "x") { a.leaf = 1; b.c = 2; }` => `{ a = "x"; b.c = "x"; }`
  */
  inherit mapAttrsRecursiveCond;

  /**
    What a function makes of the values at all depths that are not sets, as a flat list.

    Inputs: `f` gets the path and the value.

    Type: `mapAttrsToListRecursive :: ([String] -> a -> b) -> AttrSet -> [b]`

    Example: `mapAttrsToListRecursive (path: value: "${showAttrPath path}=${value}") { n.a = "A"; m = "B"; }` => `[ "m=B" "n.a=A" ]`
  */
  mapAttrsToListRecursive = mapAttrsToListRecursiveCond (_: _: true);

  /**
    Like `mapAttrsToListRecursive`, but a condition says which sets are descended into.

    Inputs: `descend` gets the path and the set; `f` gets path and value.

    Type: `mapAttrsToListRecursiveCond :: ([String] -> AttrSet -> Bool) -> ([String] -> a -> b) -> AttrSet -> [b]`

    Example: `mapAttrsToListRecursiveCond (path: set: path != [ "n" ]) (path: value: path) { n.a = 1; m.b = 2; }` => `[ [ "m" "b" ] [ "n" ] ]`
  */
  inherit mapAttrsToListRecursiveCond;

  /**
    A set out of a list of names; equal names are allowed.

    Inputs: the names; `f` makes the value of a name.

    Type: `genAttrs :: [String] -> (String -> a) -> AttrsOf a`

    Example: `genAttrs [ "foo" "bar" ] (name: "x_${name}")` => `{ foo = "x_foo"; bar = "x_bar"; }`
  */
  genAttrs = names: f: listToAttrs (map (name: nameValuePair name (f name)) names);

  /**
    A set out of a list of anything; the first of equal names wins.

    Inputs: the list; `f` makes the name-value pair of an element.

    Type: `genAttrs' :: [a] -> (a -> { name :: String; value :: b; }) -> AttrsOf b`

    Example: `genAttrs' [ 1 2 ] (n: nameValuePair "n${toString n}" n)` => `{ n1 = 1; n2 = 2; }`
  */
  genAttrs' = list: f: listToAttrs (map f list);

  /**
    Fold over the attributes in the order of the names, strictly.

    Inputs: `step` gets the result so far, name and value; `start`; the set.

    Type: `foldlAttrs :: (b -> String -> a -> b) -> b -> AttrsOf a -> b`

    Example: `foldlAttrs (sum: name: value: sum + value) 0 { foo = 1; bar = 10; }` => `11`
  */
  foldlAttrs =
    step: start: set:
    lib.foldl' (result: name: step result name set.${name}) start (attrNames set);

  /**
    All sets that take one value out of each of the lists.

    Inputs: a set of lists.

    Type: `cartesianProduct :: AttrsOf [a] -> [AttrsOf a]`

    Example: `cartesianProduct { a = [ 1 2 ]; b = [ 3 ]; }` => `[ { a = 1; b = 3; } { a = 2; b = 3; } ]`
  */
  inherit cartesianProduct;

  /**
    Map over all sets that take one value out of each of the lists.

    Inputs: `f` gets such a set; a set of lists.

    Type: `mapCartesianProduct :: (AttrsOf a -> b) -> AttrsOf [a] -> [b]`

    Example: `mapCartesianProduct ({ a, b }: a + b) { a = [ 1 2 ]; b = [ 30 ]; }` => `[ 31 32 ]`
  */
  mapCartesianProduct = f: lists: map f (cartesianProduct lists);
}
