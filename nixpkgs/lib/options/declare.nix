# Declare options, and say things in declarations that only the manual uses.
{ lib }:
let
  inherit (builtins) isList isString;
  inherit (lib)
    attrByPath
    id
    last
    optionalAttrs
    optionalString
    showAttrPath
    toList
    types
    ;
  inherit (lib.types) mkOptionType;

  # The arguments are named for the sake of errors about misspelt ones.
  mkOption =
    {
      default ? null,
      defaultText ? null,
      example ? null,
      description ? null,
      relatedPackages ? null,
      type ? null,
      apply ? null,
      internal ? null,
      visible ? null,
      readOnly ? null,
    }@option:
    option // { _type = "option"; };

  literal =
    type: text:
    if isString text then
      {
        _type = type;
        inherit text;
      }
    else
      throw "${type} expects a string.";

  literalExpression = literal "literalExpression";

  literalMD = literal "literalMD";
in
{
  /**
    Whether a value is an option.

    Inputs: any value.

    Type: `isOption :: Any -> Bool`

    Example: `isOption (mkOption { })` => `true`
  */
  isOption = value: value._type or "" == "option";

  /**
    Declare an option.

    Inputs, all optional:

    - `type`: what values it takes and how definitions are merged; anything by default.
    - `default`: its value when nothing is defined.
    - `description`, `example`, `relatedPackages`: for the manual; `defaultText` replaces the default
      there. `literalExpression` and `literalMD` make texts for these.
    - `apply`: a function from the merged value to the option's value.
    - `readOnly`: whether there must be one definition only, the default included.
    - `visible`: false keeps the option and those inside of it out of the manual, `"shallow"` those
      inside, `"transparent"` the option alone.
    - `internal`: whether the option is for the developers of modules.

    Type: `mkOption :: AttrSet -> Option`

    Example: `mkOption { default = 1; }` => `{ _type = "option"; default = 1; }`
  */
  inherit mkOption;

  /**
    Declare an option that switches something on. It is off by default.

    Inputs: what is switched on.

    Type: `mkEnableOption :: String -> Option`

    Example: `(mkEnableOption "foo").description` => `"Whether to enable foo."`
  */
  mkEnableOption =
    name:
    mkOption {
      default = false;
      example = true;
      description = "Whether to enable ${name}.";
      type = types.bool;
    };

  /**
    Declare an option for a package.

    Inputs: the package set; the package's name, or its path as a list; then a set of

    - `default`: the name or path of the default, by default the second input; null for none;
    - `nullable`: whether null is a value, and with `default = null` the default;
    - `example`: an expression, or the path of a package;
    - `extraDescription`: goes after the description;
    - `pkgsText`: how the manual writes the package set, by default `pkgs`.

    Type: `mkPackageOption :: Pkgs -> (String | [String]) -> AttrSet -> Option`

    Example: `(mkPackageOption { hello = 1; } "hello" { }).defaultText.text` => `"pkgs.hello"`
  */
  mkPackageOption =
    pkgs: name:
    {
      nullable ? false,
      default ? name,
      example ? null,
      extraDescription ? "",
      pkgsText ? "pkgs",
    }:
    let
      path = toList default;
      shownPath = showAttrPath path;
      withDefault =
        if default != null then
          {
            default = attrByPath path (throw "${shownPath} cannot be found in ${pkgsText}") pkgs;
            defaultText = literalExpression "${pkgsText}.${shownPath}";
          }
        else
          optionalAttrs nullable { default = null; };
      shownExample = if isList example then "${pkgsText}.${showAttrPath example}" else example;
    in
    mkOption (
      withDefault
      // {
        description = "The ${if isList name then last name else name} package to use.${
          optionalString (extraDescription != "") " "
        }${extraDescription}";
        type = (if nullable then types.nullOr else id) types.package;
      }
      // optionalAttrs (example != null) { example = literalExpression shownExample; }
    );

  /**
    Declare an option that takes any definitions and has no value, for modules that are shared with
    module sets in which the option means nothing.

    Inputs: attributes that `mkOption` gets in addition.

    Type: `mkSinkUndeclaredOptions :: AttrSet -> Option`

    Example: `(mkSinkUndeclaredOptions { }).internal` => `true`
  */
  mkSinkUndeclaredOptions =
    attrs:
    mkOption (
      {
        internal = true;
        visible = false;
        default = false;
        description = "Sink for option definitions.";
        type = mkOptionType {
          name = "sink";
          merge = _: _: false;
        };
        apply = _: throw "Option value is not readable because the option is not declared.";
      }
      // attrs
    );

  /**
    A default or example that the manual shows as the given Nix code.

    Inputs: the code.

    Type: `literalExpression :: String -> AttrSet`

    Example: `(literalExpression "pkgs.hello").text` => `"pkgs.hello"`
  */
  inherit literalExpression;

  /**
    A default or example that the manual shows as the given Markdown.

    Inputs: the Markdown.

    Type: `literalMD :: String -> AttrSet`

    Example: `(literalMD "*none*").text` => `"*none*"`
  */
  inherit literalMD;

  /**
    A default or example that the manual shows as code of a language.

    Inputs: the language, then the code.

    Type: `literalCode :: String -> String -> AttrSet`

    Example: `(options.literalCode "sh" "ls").text` => `"```sh\nls\n```\n"`
  */
  literalCode = language: code: literalMD "```${language}\n${code}\n```\n";
}
