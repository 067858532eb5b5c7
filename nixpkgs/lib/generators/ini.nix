# Lines of keys and values, and sections of such lines.
{ lib }:
let
  inherit (builtins)
    attrNames
    attrValues
    concatLists
    concatMap
    concatStringsSep
    any
    filter
    foldl'
    head
    isAttrs
    isFloat
    isInt
    isList
    isString
    length
    map
    removeAttrs
    replaceStrings
    tail
    ;
  inherit (lib)
    escape
    getAttrs
    isDerivation
    isFunction
    mapAttrsToList
    recursiveUpdate
    setAttrByPath
    splitString
    toList
    ;
  inherit (lib.generators) toPretty;
  inherit (lib.strings) floatToString hasInfix;

  mkValueStringDefault =
    { }:
    value:
    let
      unsupported =
        what: abort "generators.mkValueStringDefault: ${what} not supported: ${toPretty { } value}";
    in
    if isInt value || isDerivation value then
      toString value
    else if isString value then
      value
    else if value == true then
      "true"
    else if value == false then
      "false"
    else if value == null then
      "null"
    else if isFloat value then
      floatToString value
    else if isList value then
      unsupported "lists"
    else if isFunction value then
      unsupported "functions"
    else if isAttrs value then
      unsupported "attrsets"
    else
      unsupported "this value is";

  mkKeyValueDefault =
    {
      mkValueString ? mkValueStringDefault { },
    }:
    separator: key: value:
    "${escape [ separator ] key}${separator}${mkValueString value}";

  toKeyValue =
    {
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
      indent ? "",
    }:
    let
      line = key: value: "${indent}${mkKeyValue key value}\n";
      lines =
        key: value:
        if listsAsDuplicateKeys then map (line key) (toList value) else [ (line key value) ];
    in
    attrs: concatStringsSep "" (concatLists (mapAttrsToList lines attrs));

  toINI =
    {
      mkSectionName ? escape [
        "["
        "]"
      ],
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
    }:
    let
      lines = toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; };
      section = name: attrs: "[${mkSectionName name}]\n${lines attrs}";
    in
    sections: concatStringsSep "\n" (mapAttrsToList section sections);

  # Git's sections have a name and perhaps a quoted one below it. `a.b.c` is the section `a` "b.c".
  gitSectionName =
    name:
    let
      parts = splitString "." name;
    in
    if length parts == 1 || hasInfix "\"" name then
      name
    else
      ''${head parts} "${concatStringsSep "." (tail parts)}"'';

  gitValue =
    value:
    mkValueStringDefault { } (
      if isString value then
        "\"${replaceStrings [ "\n" "\t" "\"" "\\" ] [ "\\n" "\\t" "\\\"" "\\\\" ] value}\""
      else
        value
    );

  isSection = value: isAttrs value && !isDerivation value;

  # Sections inside of a section become sections of a longer name: `{ "a.b" = { c = 1; }; }`.
  flattenSections =
    attrs:
    let
      nested = filter (name: isAttrs attrs.${name} && any isSection (attrValues attrs.${name})) (
        attrNames attrs
      );
      leaves =
        names: value:
        if isSection value then
          concatMap (name: leaves (names ++ [ name ]) value.${name}) (attrNames value)
        else
          let
            section = lib.init names;
          in
          [
            (
              if section == [ ] then
                setAttrByPath names value
              else
                { ${concatStringsSep "." section}.${lib.last names} = value; }
            )
          ];
    in
    removeAttrs attrs nested // foldl' recursiveUpdate { } (leaves [ ] (getAttrs nested attrs));

  mkDconfKeyValue = mkKeyValueDefault { mkValueString = value: toString (lib.gvariant.mkValue value); } "=";
in
{
  /**
    A value as most formats write it: numbers, booleans and null as in JSON, strings as they are.

    Inputs: `{ }`, then the value. Lists, functions and sets other than packages are errors.

    Type: `mkValueStringDefault :: { } -> Any -> String`

    Example: `generators.mkValueStringDefault { } true` => `"true"`
  */
  inherit mkValueStringDefault;

  /**
    A key and a value with a separator between; a separator in the key is escaped.

    Inputs: `{ mkValueString ? mkValueStringDefault { }; }`, the separator, the key, and the value.

    Type: `mkKeyValueDefault :: { mkValueString ? Function; } -> String -> String -> Any -> String`

    Example: `generators.mkKeyValueDefault { } ":" "f:oo" "bar"` => `"f\\:oo:bar"`
  */
  inherit mkKeyValueDefault;

  /**
    Lines of keys and values.

    Inputs: settings, all optional: `mkKeyValue`, from key and value to the line, by default `key=value`;
    `listsAsDuplicateKeys`, whether a list makes a line of each element; `indent` before each line. Then
    the set.

    Type: `toKeyValue :: AttrSet -> AttrSet -> String`

    Example: `generators.toKeyValue { } { a = 1; b = "x"; }` => `"a=1\nb=x\n"`
  */
  inherit toKeyValue;

  /**
    Sections of keys and values.

    Inputs: settings, all optional: `mkSectionName`, from a name to what is in brackets; `mkKeyValue` and
    `listsAsDuplicateKeys` as for `toKeyValue`. Then a set of sets.

    Type: `toINI :: AttrSet -> AttrsOf AttrSet -> String`

    Example: `generators.toINI { } { foo.hi = "x"; bar.n = 3; }` => `"[bar]\nn=3\n\n[foo]\nhi=x\n"`
  */
  inherit toINI;

  /**
    Sections of keys and values after lines that belong to no section.

    Inputs: settings as for `toINI`; then `{ globalSection; sections ? { }; }`.

    Type: `toINIWithGlobalSection :: AttrSet -> { globalSection :: AttrSet; sections ? AttrSet; } -> String`

    Example: `generators.toINIWithGlobalSection { } { globalSection.a = 1; sections.b.c = 2; }` => `"a=1\n\n[b]\nc=2\n"`
  */
  toINIWithGlobalSection =
    {
      mkSectionName ? escape [
        "["
        "]"
      ],
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
    }:
    {
      globalSection,
      sections ? { },
    }:
    let
      lines = toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; } globalSection;
    in
    (if globalSection == { } then "" else "${lines}\n")
    + toINI { inherit mkSectionName mkKeyValue listsAsDuplicateKeys; } sections;

  /**
    A configuration of Git. Nested sets are subsections, and a list is a key that occurs several times.

    Inputs: the set.

    Type: `toGitINI :: AttrSet -> String`

    Example: `generators.toGitINI { user.name = "x"; }` => `"[user]\n\tname = \"x\"\n"`
  */
  toGitINI =
    attrs:
    let
      keyValue = mkKeyValueDefault { mkValueString = gitValue; } " = ";
      line = key: value: "\t${keyValue key value}";
    in
    toINI {
      mkSectionName = gitSectionName;
      mkKeyValue =
        key: value: if isList value then concatStringsSep "\n" (map (line key) value) else line key value;
    } (flattenSections attrs);

  /**
    A line of a keyfile for dconf.

    Inputs: the key, then a value that `lib.gvariant` knows.

    Type: `mkDconfKeyValue :: String -> Any -> String`

    Example: `generators.mkDconfKeyValue "a" true` => `"a=true"`
  */
  inherit mkDconfKeyValue;

  /**
    A keyfile for dconf.

    Inputs: a set of sets of values that `lib.gvariant` knows.

    Type: `toDconfINI :: AttrsOf AttrSet -> String`

    Example: `generators.toDconfINI { a.b = "c"; }` => `"[a]\nb='c'\n"`
  */
  toDconfINI = toINI { mkKeyValue = mkDconfKeyValue; };
}
