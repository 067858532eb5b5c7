# Whole documents: JSON, YAML, property lists, Dhall, Lua.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    concatMap
    filter
    isAttrs
    isBool
    isFloat
    isInt
    isList
    isPath
    isString
    map
    match
    toJSON
    typeOf
    ;
  inherit (lib)
    assertMsg
    isDerivation
    isFunction
    mapAttrsToList
    ;
  inherit (lib.generators) toPretty;
  inherit (lib.strings) escapeXML;

  # Lines of a property list, without the document around them.
  plistLines =
    escape: indent: value:
    let
      text = if escape then escapeXML else string: string;
      element = tag: content: [ "${indent}<${tag}>${content}</${tag}>" ];
      container = tag: lines: [ "${indent}<${tag}>" ] ++ lines ++ [ "${indent}</${tag}>" ];
      inside = plistLines escape "${indent}\t";
      entry = name: [ "${indent}\t<key>${text name}</key>" ] ++ inside value.${name};
      isShown = name: name != "_module" && value.${name} != null;
    in
    if value == null then
      [ "" ]
    else if isBool value then
      [ "${indent}<${lib.boolToString value}/>" ]
    else if isInt value then
      element "integer" (toString value)
    else if isString value then
      element "string" (text value)
    else if isList value then
      container "array" (if value == [ ] then [ "" ] else concatMap inside value)
    else if isAttrs value then
      let
        entries = concatMap entry (filter isShown (attrNames value));
      in
      container "dict" (if entries == [ ] then [ "" ] else entries)
    else if isPath value then
      element "string" (text (toString value))
    else if isFloat value then
      element "real" (toString value)
    else
      abort "generators.toPlist: should never happen (v = ${value})";

  toDhall =
    { }@settings:
    value:
    let
      items = concatStringsSep ", ";
      inside = toDhall settings;
    in
    if isAttrs value then
      "{ ${items (mapAttrsToList (name: inner: "${name} = ${inside inner}") value)} }"
    else if isList value then
      "[ ${items (map inside value)} ]"
    else if isInt value then
      "${if value < 0 then "" else "+"}${toString value}"
    else if isBool value then
      (if value then "True" else "False")
    else if isFunction value then
      abort "generators.toDhall: cannot convert a function to Dhall"
    else if value == null then
      abort "generators.toDhall: cannot convert a null to Dhall"
    else
      toJSON value;

  isLuaName = name: match "[[:alpha:]_][[:alnum:]_]*(\\.[[:alpha:]_][[:alnum:]_]*)*" name != null;

  toLua =
    {
      multiline ? true,
      indent ? "",
      asBindings ? false,
    }@settings:
    value:
    let
      deeper = "${indent}  ";
      opening = if multiline then "\n${deeper}" else " ";
      closing = if multiline then "\n${indent}" else " ";
      inside = toLua (
        settings
        // {
          indent = if asBindings then indent else deeper;
          asBindings = false;
        }
      );
      table =
        items:
        if items == [ ] then
          "{}"
        else
          "{${opening}${concatStringsSep ",${opening}" items}${closing}}";
      badNames = filter (name: !isLuaName name) (attrNames value);
      bindings = mapAttrsToList (name: inner: "${indent}${name} = ${inside inner}\n") value;
    in
    if asBindings then
      assert assertMsg (badNames == [ ]) "Bad Lua var names: ${toPretty { } badNames}";
      concatStringsSep "" bindings
    else if value == null then
      "nil"
    else if isInt value || isFloat value || isString value || isBool value then
      toJSON value
    else if isPath value || isDerivation value then
      toJSON "${value}"
    else if isList value then
      table (map inside value)
    else if isAttrs value then
      if value._type or null == "lua-inline" then
        "(${value.expr})"
      else
        table (mapAttrsToList (name: inner: "[${toJSON name}] = ${inside inner}") value)
    else
      abort "generators.toLua: type ${typeOf value} is unsupported";
in
{
  /**
    JSON.

    Inputs: `{ }`, then the value.

    Type: `toJSON :: { } -> Any -> String`

    Example: `generators.toJSON { } { a = 1; }` => `"{\"a\":1}"`
  */
  toJSON = { }: toJSON;

  /**
    YAML, of which JSON is a part.

    Inputs: `{ }`, then the value.

    Type: `toYAML :: { } -> Any -> String`

    Example: `generators.toYAML { } [ 1 ]` => `"[1]"`
  */
  toYAML = { }: toJSON;

  /**
    A property list of macOS. Null and the attribute `_module` are left out.

    Inputs: `{ escape ? false; }`, whether strings are escaped as XML wants it, which they should be;
    then the value.

    Type: `toPlist :: { escape ? Bool; } -> Any -> String`
  */
  toPlist =
    {
      escape ? false,
    }:
    value:
    lib.warnIf (!escape && lib.oldestSupportedReleaseIsAtLeast 2505)
      "Using `lib.generators.toPlist` without `escape = true` is deprecated"
      (
        concatStringsSep "\n" (
          [
            ''<?xml version="1.0" encoding="UTF-8"?>''
            ''<!DOCTYPE plist PUBLIC "-//Apple Computer//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">''
            ''<plist version="1.0">''
          ]
          ++ plistLines escape "" value
          ++ [ "</plist>" ]
        )
      );

  /**
    Dhall. Integers are written with a sign, so that they are no naturals.

    Inputs: `{ }`, then the value, without functions and null.

    Type: `toDhall :: { } -> Any -> String`

    Example: `generators.toDhall { } { a = [ 1 ]; }` => `"{ a = [ +1 ] }"`
  */
  inherit toDhall;

  /**
    Lua. Lists and sets are tables, null is nil.

    Inputs: settings, all optional: `multiline`, true by default; `indent` for all lines but the first;
    `asBindings`, whether the set's attributes are assigned to variables of their names. Then the value.

    Type: `toLua :: AttrSet -> Any -> String`

    Example: `generators.toLua { multiline = false; } { cmd = [ "ls" ]; }` => `"{ [\"cmd\"] = { \"ls\" } }"`
  */
  inherit toLua;

  /**
    Lua code that `toLua` writes as it is.

    Inputs: an expression.

    Type: `mkLuaInline :: String -> AttrSet`

    Example: `generators.toLua { } (mkLuaInline "vim.fn.x()")` => `"(vim.fn.x())"`
  */
  mkLuaInline = expr: {
    _type = "lua-inline";
    inherit expr;
  };
}
