# Show options: in messages, and in the manual.
{ lib }:
let
  inherit (builtins)
    addErrorContext
    concatMap
    concatStringsSep
    filter
    isAttrs
    isBool
    isList
    length
    map
    mapAttrs
    match
    removeAttrs
    split
    tryEval
    ;
  inherit (lib)
    collect
    isDerivation
    optional
    optionalAttrs
    optionals
    take
    ;
  inherit (lib.generators) toPretty withRecursion;
  inherit (lib.options) isOption literalExpression;
  inherit (lib.strings) escapeNixIdentifier;

  unknownModule = "<unknown-file>";

  # Placeholders such as `<name>` and `*` stand for names and are none.
  showOption =
    path:
    concatStringsSep "." (
      map (
        part: if part == "*" || match "<.*>" part != null then part else escapeNixIdentifier part
      ) path
    );

  # A definition in a line, or in a few when its value is long. A value that cannot be evaluated is left
  # out.
  showDef =
    def:
    let
      pretty = tryEval (
        toPretty { } (
          withRecursion {
            depthLimit = 10;
            throwOnDepthLimit = false;
          } def.value
        )
      );
      # Known only where the definition stands as such in its file.
      position = def.pos or null;
      line = if position != null && position.file == toString def.file then ", line ${toString position.line}" else "";
      lines = filter (line: !isList line) (split "\n" pretty.value);
      shown = concatStringsSep "\n    " (take 5 lines ++ optional (length lines > 5) "...");
      value =
        if !pretty.success then
          ""
        else if length lines > 1 then
          ":\n    ${shown}"
        else
          ": ${shown}";
    in
    "\n- In `${def.file}'${line}${value}";

  renderOptionValue =
    value:
    if value ? _type && value ? text then
      value
    else
      literalExpression (
        toPretty {
          multiline = true;
          allowPrettyValues = true;
        } value
      );

  # An option's default for the manual, or none.
  documentedDefault =
    name: option:
    let
      type = option.type or { };
      isEmptyByType =
        type.emptyValue or { } ? value
        # The value of a submodule consists of options that are shown themselves.
        && type.getSubModules or null == null;
      what = if option ? defaultText then "defaultText" else "default value";
      value = option.defaultText or option.default or type.emptyValue.value;
    in
    optionalAttrs (option ? defaultText || option ? default || isEmptyByType) {
      default = addErrorContext "while evaluating the ${what} of option `${name}`" (
        renderOptionValue value
      );
    };

  documentOption =
    option:
    let
      name = showOption option.loc;
      visible = option.visible or true;
      inner = option.type.getSubOptions option.loc;
      showsInner = if isBool visible then visible else visible == "transparent";
    in
    [
      (
        {
          inherit (option) loc;
          inherit name;
          description = option.description or null;
          declarations = filter (file: file != unknownModule) option.declarations;
          internal = option.internal or false;
          visible = if isBool visible then visible else visible == "shallow";
          readOnly = option.readOnly or false;
          type = option.type.description or "unspecified";
        }
        // optionalAttrs (option ? example) {
          example = addErrorContext "while evaluating the example of option `${name}`" (
            renderOptionValue option.example
          );
        }
        // documentedDefault name option
        // optionalAttrs (option.relatedPackages or null != null) {
          inherit (option) relatedPackages;
        }
      )
    ]
    ++ optionals (showsInner && inner != { }) (documentOptions inner);

  documentOptions = options: concatMap documentOption (collect isOption options);

  scrubOptionValue =
    value:
    if isDerivation value then
      {
        type = "derivation";
        inherit (value) name;
        drvPath = value.name;
        outPath = value.name;
      }
    else if isList value then
      map scrubOptionValue value
    else if isAttrs value then
      mapAttrs (_: scrubOptionValue) (removeAttrs value [ "_args" ])
    else
      value;
in
{
  /**
    An option's path as it is written in a configuration.

    Inputs: the path.

    Type: `showOption :: [String] -> String`

    Example: `showOption [ "foo" "bar.baz" "<name>" ]` => `"foo.\"bar.baz\".<name>"`
  */
  inherit showOption;

  /**
    Files in a message.

    Inputs: the list of files.

    Type: `showFiles :: [String] -> String`

    Example: `showFiles [ "a.nix" "b.nix" ]` => `"`a.nix' and `b.nix'"`
  */
  showFiles = files: concatStringsSep " and " (map (file: "`${file}'") files);

  /**
    Definitions in a message, with their values as far as these can be evaluated.

    Inputs: the list of definitions `{ file; value; }`.

    Type: `showDefs :: [Definition] -> String`

    Example: `options.showDefs [ { file = "a.nix"; value = 1; } ]` => `"\n- In `a.nix': 1"`
  */
  showDefs = defs: concatStringsSep "" (map showDef defs);

  /**
    An option with the files that define it.

    Inputs: the option, from the module argument `options`.

    Type: `showOptionWithDefLocs :: Option -> String`

    Example: `showOptionWithDefLocs { loc = [ "x" "y" ]; files = [ "a.nix" ]; }` => `"x.y, with values defined in:\n  - a.nix\n"`
  */
  showOptionWithDefLocs = option: ''
    ${showOption option.loc}, with values defined in:
    ${concatStringsSep "\n" (map (file: "  - ${file}") option.files)}
  '';

  /**
    The file of a module that nobody knows the file of.

    Type: `unknownModule :: String`
  */
  inherit unknownModule;

  /**
    All options of a tree, and those inside of their types, as data for the manual.

    Inputs: the options, as `evalModules` returns them.

    Type: `optionAttrSetToDocList :: AttrSet -> [AttrSet]`

    Each item has `loc`, `name`, `description`, `declarations`, `internal`, `visible`, `readOnly`, `type`,
    and perhaps `default`, `example` and `relatedPackages`.
  */
  optionAttrSetToDocList = documentOptions;

  /**
    `optionAttrSetToDocList` with a first argument that is ignored.

    Type: `optionAttrSetToDocList' :: [String] -> AttrSet -> [AttrSet]`
  */
  optionAttrSetToDocList' = _prefix: documentOptions;

  /**
    A default or example as a text for the manual; texts made with `literalExpression` and `literalMD`
    stay.

    Inputs: the value.

    Type: `renderOptionValue :: Any -> AttrSet`

    Example: `(options.renderOptionValue [ 1 ]).text` => `"[\n  1\n]"`
  */
  inherit renderOptionValue;

  /**
    A value in which derivations are replaced by their names. `renderOptionValue` has taken its place.

    Inputs: the value.

    Type: `scrubOptionValue :: Any -> Any`

    Example: `scrubOptionValue [ 1 { _args = 2; } ]` => `[ 1 { } ]`
  */
  inherit scrubOptionValue;
}
