# Values as Nix writes them, for people.
{ lib }:
let
  inherit (builtins)
    addErrorContext
    concatStringsSep
    elem
    filter
    isAttrs
    isFloat
    isInt
    isList
    isPath
    isString
    length
    map
    mapAttrs
    replaceStrings
    split
    toJSON
    ;
  inherit (lib)
    functionArgs
    init
    isFunction
    last
    mapAttrsToList
    ;
  inherit (lib.strings) escapeNixIdentifier;

  # Attributes that change what a set is, and are left alone.
  specialNames = [
    "__functionArgs"
    "__functor"
    "__pretty"
    "__toString"
  ];

  quoted =
    lines:
    "\"${
      concatStringsSep "\\n" (
        map (replaceStrings [ "\\" "\"" "\${" ] [ "\\\\" "\\\"" "\\\${" ]) lines
      )
    }\"";

  # The closing quotes are on a line of their own when the text ends with a newline.
  indented =
    opening: closing: lines:
    let
      escaped = map (replaceStrings [ "\${" "''" ] [ "''\${" "'''" ]) lines;
      end = last escaped;
    in
    "''"
    + opening
    + concatStringsSep opening (init escaped)
    + (if end == "" then closing else opening + end)
    + "''";

  showFunction =
    f:
    let
      args = mapAttrsToList (name: hasDefault: if hasDefault then "${name}?" else name) (
        functionArgs f
      );
    in
    if args == [ ] then "<function>" else "<function, args: {${concatStringsSep ", " args}}>";

  toPretty =
    {
      allowPrettyValues ? false,
      multiline ? true,
      indent ? "",
    }:
    let
      show =
        indent: value:
        let
          opening = if multiline then "\n${indent}  " else " ";
          closing = if multiline then "\n${indent}" else " ";
          inside = show "${indent}  ";
          attribute =
            name: content:
            "${escapeNixIdentifier name} = ${
              addErrorContext "while evaluating an attribute `${name}`" (inside content)
            };";
          bracketed =
            open: close: items:
            "${open}${opening}${concatStringsSep opening items}${closing}${close}";
          lines = filter isString (split "\n" value);
        in
        if isInt value then
          toString value
        else if isFloat value then
          # `toString` would cut it to six decimals.
          toJSON value
        else if isString value then
          if multiline && length lines > 1 then indented opening closing lines else quoted lines
        else if value == true then
          "true"
        else if value == false then
          "false"
        else if value == null then
          "null"
        else if isPath value then
          toString value
        else if isList value then
          if value == [ ] then "[ ]" else bracketed "[" "]" (map inside value)
        else if isFunction value then
          showFunction value
        else if isAttrs value then
          if allowPrettyValues && value ? __pretty && value ? val then
            value.__pretty value.val
          else if value == { } then
            "{ }"
          else if value.type or null == "derivation" then
            "<derivation ${value.name or "???"}>"
          else
            bracketed "{" "}" (mapAttrsToList attribute value)
        else
          abort "generators.toPretty: should never happen (v = ${value})";
    in
    show indent;
in
{
  /**
    A value as Nix code that is pleasant to read, not to evaluate: functions and derivations are shown
    in angle brackets.

    Inputs: settings, all optional: `multiline`, true by default; `allowPrettyValues`, whether a set
    `{ __pretty; val; }` is shown as the function `__pretty` shows its `val`; `indent` for all lines but
    the first. Then the value.

    Type: `toPretty :: AttrSet -> Any -> String`

    Example: `generators.toPretty { multiline = false; } { a = [ 1 "x" ]; }` => `"{ a = [ 1 \"x\" ]; }"`
  */
  inherit toPretty;

  /**
    A value in which everything below a depth is replaced, so that it can be shown though it is
    infinite.

    Inputs: `depthLimit`, an integer or null for none; `throwOnDepthLimit`, whether to fail there, true
    by default, else the text `<unevaluated>` stands there. Then the value.

    Type: `withRecursion :: { depthLimit :: Int | Null; throwOnDepthLimit ? Bool; } -> Any -> Any`

    Example: `generators.withRecursion { depthLimit = 1; throwOnDepthLimit = false; } { a.b = 1; }` => `{ a.b = "<unevaluated>"; }`
  */
  withRecursion =
    {
      depthLimit,
      throwOnDepthLimit ? true,
    }:
    assert isInt depthLimit;
    let
      atDepth =
        depth: value:
        if depth <= depthLimit then
          value
        else if throwOnDepthLimit then
          throw "Exceeded maximum eval-depth limit of ${toString depthLimit} while trying to evaluate with `generators.withRecursion'!"
        else
          "<unevaluated>";
      visit =
        depth: value:
        let
          next = inner: visit (depth + 1) (atDepth (depth + 1) inner);
        in
        if isAttrs value then
          mapAttrs (name: inner: if elem name specialNames then inner else next inner) value
        else if isList value then
          map next value
        else
          atDepth (depth + 1) value;
    in
    visit 0;
}
