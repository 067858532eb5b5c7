# Path values, and subpaths: relative paths as strings, that stay below where they are put.
{ lib }:
let
  inherit (builtins)
    all
    concatMap
    concatStringsSep
    dirOf
    elemAt
    foldl'
    genList
    head
    isPath
    isString
    length
    match
    split
    storeDir
    substring
    typeOf
    ;
  inherit (lib)
    assertMsg
    drop
    last
    take
    ;

  mustBePath =
    function: argument: value: end:
    assertMsg (
      isPath value
    ) "lib.path.${function}: ${argument} is of type ${typeOf value}, but a path was expected${end}";

  # Why a value is no subpath, or null.
  subpathProblem =
    value:
    if !isString value then
      "The given value is of type ${typeOf value}, but a string was expected"
    else if value == "" then
      "The given string is empty"
    else if substring 0 1 value == "/" then
      "The given string \"${value}\" starts with a `/`, representing an absolute path"
    else if match "(.*/)?\\.\\.(/.*)?" value != null then
      "The given string \"${value}\" contains a `..` component, which is not allowed in subpaths"
    else
      null;

  isSubpath = value: subpathProblem value == null;

  mustBeSubpath =
    what: value:
    assertMsg (isSubpath value) ''
      ${what} is not a valid subpath string:
          ${subpathProblem value}'';

  # Components of a subpath, without `.` and empty ones. Such a component can only be left at either end,
  # for the separator takes those in between.
  componentsOf =
    subpath:
    let
      parts = split "/+(\\./+)*" subpath;
      isEmpty = part: part == "." || part == "";
      first = if head parts == "." then 1 else 0;
      # `parts` alternates between components and separators.
      count = length parts / 2 + 1 - first - (if isEmpty (last parts) then 1 else 0);
    in
    if subpath == "." then [ ] else genList (index: elemAt parts (2 * (first + index))) count;

  joinComponents =
    components: if components == [ ] then "./." else "./${concatStringsSep "/" components}";

  # A path as its filesystem root and the components below it.
  deconstruct =
    let
      ascend =
        components: path:
        let
          parent = dirOf path;
        in
        if parent == path then
          {
            root = path;
            inherit components;
          }
        else
          ascend ([ (baseNameOf path) ] ++ components) parent;
    in
    ascend [ ];

  sameRoots =
    function: first: firstParts: second: secondParts:
    assertMsg (firstParts.root == secondParts.root) ''
      lib.path.${function}: Filesystem roots must be the same for both paths, but paths with different roots were given:
          first argument: "${toString first}" with root "${toString firstParts.root}"
          second argument: "${toString second}" with root "${toString secondParts.root}"'';

  storeComponents = componentsOf ("./" + storeDir);

  # Whether components lead to an object in the store or into one.
  leadIntoStore =
    components:
    let
      depth = length storeComponents;
    in
    (
      length components > depth
      && take depth components == storeComponents
      && match ".{32}-.+" (elemAt components depth) != null
    )
    # A placeholder for the output of a derivation that is not built yet.
    || (components != [ ] && match "[0-9a-z]{52}" (head components) != null);
in
{
  /**
    A path with a subpath below it. The result is always at or below the path.

    Inputs: the path, then the subpath.

    Type: `append :: Path -> String -> Path`

    Example: `path.append /foo "bar//baz/./"` => `/foo/bar/baz`
  */
  append =
    path: subpath:
    assert mustBePath "append" "The first argument" path "";
    assert mustBeSubpath "lib.path.append: Second argument" subpath;
    path + ("/" + subpath);

  /**
    Whether a path is at or below another, component by component.

    Inputs: the upper path, then the lower.

    Type: `hasPrefix :: Path -> Path -> Bool`

    Example: `path.hasPrefix /foo /foo/bar` => `true`
  */
  hasPrefix =
    upper:
    let
      upperParts = deconstruct upper;
      depth = length upperParts.components;
    in
    assert mustBePath "hasPrefix" "First argument" upper "";
    lower:
    let
      lowerParts = deconstruct lower;
    in
    assert mustBePath "hasPrefix" "Second argument" lower "";
    assert sameRoots "hasPrefix" upper upperParts lower lowerParts;
    take depth lowerParts.components == upperParts.components;

  /**
    The subpath from a path to another at or below it.

    Inputs: the upper path, then the lower.

    Type: `removePrefix :: Path -> Path -> String`

    Example: `path.removePrefix /foo /foo/bar/baz` => `"./bar/baz"`
  */
  removePrefix =
    upper:
    let
      upperParts = deconstruct upper;
      depth = length upperParts.components;
    in
    assert mustBePath "removePrefix" "First argument" upper ".";
    lower:
    let
      lowerParts = deconstruct lower;
      isBelow = take depth lowerParts.components == upperParts.components;
    in
    assert mustBePath "removePrefix" "Second argument" lower ".";
    assert sameRoots "removePrefix" upper upperParts lower lowerParts;
    if isBelow then
      joinComponents (drop depth lowerParts.components)
    else
      throw "lib.path.removePrefix: The first path argument \"${toString upper}\" is not a component-wise prefix of the second path argument \"${toString lower}\".";

  /**
    A path as its filesystem root and the subpath from there.

    Inputs: the path.

    Type: `splitRoot :: Path -> { root :: Path; subpath :: String; }`

    Example: `path.splitRoot /foo/bar` => `{ root = /.; subpath = "./foo/bar"; }`
  */
  splitRoot =
    path:
    let
      parts = deconstruct path;
    in
    assert mustBePath "splitRoot" "Argument" path "";
    {
      inherit (parts) root;
      subpath = joinComponents parts.components;
    };

  /**
    Whether a path is that of an object in the store, or below one.

    Inputs: the path.

    Type: `hasStorePathPrefix :: Path -> Bool`

    Example: `path.hasStorePathPrefix /nix/store` => `false`
  */
  hasStorePathPrefix =
    path:
    let
      parts = deconstruct path;
    in
    assert mustBePath "hasStorePathPrefix" "Argument" path "";
    assert assertMsg (parts.root == /. && toString parts.root == "/")
      "lib.path.hasStorePathPrefix: Argument has a filesystem root (${toString parts.root}) that's not /, which is currently not supported.";
    leadIntoStore parts.components;

  /**
    Functions of subpaths: relative paths as strings.

    Type: `subpath :: AttrSet`
  */
  subpath = {
    /**
      Whether a value is a subpath: a string that is not empty, not absolute, and without `..`.

      Inputs: any value.

      Type: `subpath.isValid :: Any -> Bool`

      Example: `path.subpath.isValid "../foo"` => `false`
    */
    isValid = isSubpath;

    /**
      One subpath out of several, each below the one before.

      Inputs: the list of subpaths.

      Type: `subpath.join :: [String] -> String`

      Example: `path.subpath.join [ "foo" "./bar" ]` => `"./foo/bar"`
    */
    join =
      subpaths:
      let
        # Finds the first that is none.
        check =
          index: value:
          if isSubpath value then
            index + 1
          else
            throw ''
              lib.path.subpath.join: Element at index ${toString index} is not a valid subpath string:
                  ${subpathProblem value}'';
      in
      if all isSubpath subpaths then
        joinComponents (concatMap componentsOf subpaths)
      else
        foldl' check 0 subpaths;

    /**
      The components of a subpath.

      Inputs: the subpath.

      Type: `subpath.components :: String -> [String]`

      Example: `path.subpath.components "./foo//bar/./baz/"` => `[ "foo" "bar" "baz" ]`
    */
    components =
      subpath:
      assert mustBeSubpath "lib.path.subpath.components: Argument" subpath;
      componentsOf subpath;

    /**
      A subpath in its one normal form: it begins with `./` and has no `.`, no empty component and no slash
      at its end.

      Inputs: the subpath.

      Type: `subpath.normalise :: String -> String`

      Example: `path.subpath.normalise "foo//bar/"` => `"./foo/bar"`
    */
    normalise =
      subpath:
      assert mustBeSubpath "lib.path.subpath.normalise: Argument" subpath;
      joinComponents (componentsOf subpath);
  };
}
