# Functions that new code should not use, under the name `lib.misc`. Some configurations still do.
{ lib }:
let
  inherit (builtins)
    attrNames
    elem
    filter
    foldl'
    genericClosure
    getEnv
    head
    isAttrs
    isInt
    isList
    map
    mapAttrs
    removeAttrs
    tail
    ;
  inherit (lib)
    any
    all
    foldl
    foldr
    genAttrs
    isFunction
    toList
    ;

  maybeAttr =
    name: default: attrs:
    attrs.${name} or default;

  defaultMergeArg = old: new: if isAttrs new then new else new old;

  setAttr =
    set: name: value:
    set // { ${name} = value; };

  setAttrMerge =
    name: default: attrs: f:
    setAttr attrs name (f (maybeAttr name default attrs));

  foldArgs =
    merge: f: start: changes:
    let
      argument = merge start (defaultMergeArg start changes);
      function = foldArgs merge f argument;
      result = f argument;
      passthru = result.passthru or { };
    in
    result
    // {
      passthru = passthru // {
        inherit function;
        args = passthru.args or { } // changes;
      };
      override = function;
    };

  checkFlag =
    attrs: name:
    if name == "true" then
      true
    else if name == "false" then
      false
    else
      elem name (attrs.flags or [ ]) || attrs.${name} or false;

  getValue =
    attrs: defaults: name:
    let
      isNamed = pair: head pair == name;
      found = filter isNamed defaults;
    in
    attrs.${name} or (
      if checkFlag attrs name then
        true
      else if found == [ ] then
        null
      else
        head (tail (head found))
    );

  # The elements of `inputList` that are neither in `acc` nor earlier in the list.
  uniqList =
    {
      inputList,
      acc ? [ ],
    }:
    (foldl'
      (
        state: element:
        if elem element state.seen then
          state
        else
          {
            seen = [ element ] ++ state.seen;
            result = state.result ++ [ element ];
          }
      )
      {
        seen = acc;
        result = [ ];
      }
      inputList
    ).result;

  propagated =
    package:
    package.propagatedBuildInputs or [ ] ++ package.propagatedNativeBuildInputs or [ ];

  innerClosePropagation =
    found: packages:
    if packages == [ ] then
      found
    else if !isAttrs (head packages) then
      innerClosePropagation found (tail packages)
    else
      let
        now = [ (head packages) ] ++ found;
      in
      innerClosePropagation now (uniqList {
        inputList = propagated (head packages) ++ tail packages;
        acc = now;
      });

  closePropagation =
    packages:
    let
      items = map (package: {
        key = package.outPath;
        inherit package;
      });
      present = filter (package: package != null);
    in
    map (item: item.package) (genericClosure {
      startSet = items (present packages);
      operator =
        item: if isAttrs item.package then items (present (propagated item.package)) else [ ];
    });

  innerModifySumArgs =
    f: extra: sum: more:
    if more == null then f sum more // extra else innerModifySumArgs f extra (sum // more);

  mergeAttrsWithFunc =
    merge: a: b:
    foldr (name: set: if set ? ${name} then setAttr set name (merge set.${name} b.${name}) else set) (
      b // a
    ) (attrNames b);

  # How attributes of some names are merged.
  mergeAttrBy =
    genAttrs
      [
        "buildInputs"
        "configureFlags"
        "nativeBuildInputs"
        "patches"
        "postAll"
        "prePhases"
        "propagatedBuildInputs"
      ]
      (_: a: b: a ++ b)
    // genAttrs [ "cfg" "flags" "meta" "passthru" ] (
      _: a: b:
      a // b
    )
    // genAttrs [ "postInstall" "preConfigure" ] (
      _: a: b:
      "${a}\n${b}"
    );

  mergeAttrByFunc =
    x: y:
    let
      merges = {
        mergeAttrBy = a: b: a // b;
      }
      // x.mergeAttrBy or { }
      // y.mergeAttrBy or { };
      present = removeAttrs merges (
        filter (name: !(x ? ${name}) && !(y ? ${name})) (attrNames merges)
      );
    in
    x
    // y
    // mapAttrs (
      name: merge:
      if x ? ${name} && y ? ${name} then merge x.${name} y.${name} else x.${name} or y.${name}
    ) present;

  mergeAttrsByFuncDefaults = foldl mergeAttrByFunc { inherit mergeAttrBy; };
in
{
  inherit
    checkFlag
    closePropagation
    defaultMergeArg
    foldArgs
    getValue
    innerClosePropagation
    innerModifySumArgs
    maybeAttr
    mergeAttrBy
    mergeAttrByFunc
    mergeAttrsByFuncDefaults
    mergeAttrsWithFunc
    setAttr
    setAttrMerge
    uniqList
    ;

  # Placeholders for hashes that are not known yet. A build that uses one fails and says the right one.

  fakeHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  fakeSha256 = lib.strings.replicate 64 "0";
  fakeSha512 = lib.strings.replicate 128 "0";

  # Deprecated name of `imap1`.
  imap = lib.imap1;

  # The value of a variable of the environment, or a default when it is not set.
  maybeEnv =
    name: default:
    let
      value = getEnv name;
    in
    if value == "" then default else value;

  defaultMerge = old: new: old // defaultMergeArg old new;

  maybeAttrNullable = maybeAttr;

  # A value under a condition, else the empty value of its kind.
  ifEnable =
    condition: value:
    if condition then
      value
    else if isList value then
      [ ]
    else if isAttrs value then
      { }
    else if value == true || value == false then
      false
    else
      null;

  # Whether the flags that are set have what they need: `[ [ flag needed ... ] ... ]`.
  checkReqs =
    attrs: defaults: conditions:
    all (
      condition:
      !checkFlag attrs (head condition)
      || all (
        name:
        let
          value = getValue attrs defaults name;
        in
        value != null && value != false
      ) (tail condition)
    ) conditions;

  uniqListExt =
    {
      inputList,
      outputList ? [ ],
      getter ? (x: x),
      compare ? (x: y: x == y),
    }:
    foldl (
      result: element:
      if any (other: compare (getter other) (getter element)) result then
        result
      else
        result ++ [ element ]
    ) outputList inputList;

  # A name with suffixes: `[ flag suffix flag suffix ... ]`.
  condConcat =
    name: pairs: isWanted:
    if pairs == [ ] then
      name
    else
      lib.misc.condConcat (
        if isWanted (head pairs) then name + head (tail pairs) else name
      ) (tail (tail pairs)) isWanted;

  lazyGenericClosure =
    { startSet, operator }:
    let
      work =
        todo: keys: result:
        let
          item = head todo;
        in
        if todo == [ ] then
          result
        else if elem item.key keys then
          work (tail todo) keys result
        else
          work (tail todo ++ operator item) ([ item.key ] ++ keys) ([ item ] ++ result);
    in
    work startSet [ ] [ ];

  modifySumArgs = f: extra: innerModifySumArgs f extra { };

  closePropagationFast = closePropagation;

  closePropagationSlow = packages: uniqList { inputList = innerClosePropagation [ ] packages; };

  # A set with one attribute.
  nvs = name: value: { ${name} = value; };

  mergeAttrsConcatenateValues = mergeAttrsWithFunc (a: b: toList a ++ toList b);

  mergeAttrsNoOverride =
    {
      mergeLists ? [
        "buildInputs"
        "propagatedBuildInputs"
      ],
      overrideSnd ? [ "buildPhase" ],
    }:
    a: b:
    foldr (
      name: set:
      setAttr set name (
        if !(set ? ${name}) then
          b.${name}
        else if elem name mergeLists then
          b.${name} ++ a.${name}
        else if elem name overrideSnd then
          a.${name}
        else
          throw "error mergeAttrsNoOverride, attribute ${name} given in both attributes - no merge func defined"
      )
    ) a (attrNames b);

  mergeAttrsByFuncDefaultsClean =
    list: removeAttrs (mergeAttrsByFuncDefaults list) [ "mergeAttrBy" ];

  nixType =
    value:
    if isAttrs value then
      if value ? outPath then "derivation" else "attrs"
    else if isFunction value then
      "function"
    else if isList value then
      "list"
    else if value == true || value == false then
      "bool"
    else if value == null then
      "null"
    else if isInt value then
      "int"
    else
      "string";
}
