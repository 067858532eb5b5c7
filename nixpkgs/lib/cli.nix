# Command lines out of sets.
{ lib }:
let
  inherit (builtins)
    concatLists
    concatMap
    isBool
    isList
    stringLength
    ;
  inherit (lib)
    escapeShellArgs
    mapAttrsToList
    oldestSupportedReleaseIsAtLeast
    optional
    warnIf
    ;

  formatDefault = lib.generators.mkValueStringDefault { };

  deprecated =
    name: replacements:
    warnIf (oldestSupportedReleaseIsAtLeast 2511) "lib.cli.${name} is deprecated, please use ${replacements} instead.";

  # The words of one option with one value.
  wordsOf =
    {
      option,
      sep,
      explicitBool,
      formatArg ? formatDefault,
    }:
    value:
    let
      argument = formatArg value;
    in
    if value == null || (!explicitBool && value == false) then
      [ ]
    else if !explicitBool && value == true then
      [ option ]
    else if sep == null then
      [
        option
        argument
      ]
    else
      [ "${option}${sep}${argument}" ];

  toCommandLine =
    optionFormat: attrs:
    concatLists (
      mapAttrsToList (
        name: value:
        if name == "" then
          throw "lib.cli.toCommandLine only accepts non-empty option names."
        else if isList value then
          concatMap (wordsOf (optionFormat name)) value
        else
          wordsOf (optionFormat name) value
      ) attrs
    );

  toCommandLineGNU =
    {
      isLong ? name: stringLength name > 1,
      explicitBool ? false,
      formatArg ? formatDefault,
    }:
    toCommandLine (
      name:
      (
        if isLong name then
          {
            option = "--${name}";
            sep = "=";
          }
        else
          {
            option = "-${name}";
            sep = "";
          }
      )
      // {
        inherit explicitBool formatArg;
      }
    );

  toGNUCommandLine =
    {
      mkOptionName ? name: if stringLength name == 1 then "-${name}" else "--${name}",
      mkBool ? name: value: optional value (mkOptionName name),
      mkList ? name: concatMap (mkOption name),
      mkOption ?
        name: value:
        if value == null then
          [ ]
        else if optionValueSeparator == null then
          [
            (mkOptionName name)
            (formatDefault value)
          ]
        else
          [ "${mkOptionName name}${optionValueSeparator}${formatDefault value}" ],
      optionValueSeparator ? null,
    }:
    attrs:
    concatLists (
      mapAttrsToList (
        name: value:
        if isBool value then
          mkBool name value
        else if isList value then
          mkList name value
        else
          mkOption name value
      ) attrs
    );
in
{
  /**
    The words of a command line out of options and their values. Null is left out, and a list gives the
    option once for each element.

    Inputs: `optionFormat`, from an option's name to `option`, its word; `sep`, what stands between it and
    its value in one word, or null for two words; `explicitBool`, whether booleans are values, else true
    gives the option alone and false nothing; and perhaps `formatArg`, from a value to a string. Then the
    set.

    Type: `toCommandLine :: (String -> AttrSet) -> AttrSet -> [String]`

    Example: `cli.toCommandLine (name: { option = "-${name}"; sep = "="; explicitBool = true; }) { a = true; b = [ 1 2 ]; }` => `[ "-a=true" "-b=1" "-b=2" ]`
  */
  inherit toCommandLine;

  /**
    `toCommandLine` as one string, quoted for a shell.

    Inputs: as for `toCommandLine`.

    Type: `toCommandLineShell :: (String -> AttrSet) -> AttrSet -> String`

    Example: `cli.toCommandLineShell (name: { option = name; sep = null; explicitBool = false; }) { a = "x y"; }` => `"a 'x y'"`
  */
  toCommandLineShell = optionFormat: attrs: escapeShellArgs (toCommandLine optionFormat attrs);

  /**
    The words of a command line in the manner of GNU: `--name=value`, and `-nvalue` for short names.

    Inputs: settings, all optional: `isLong`, from a name to whether it is a long one, by default those of
    more than one letter; `explicitBool` and `formatArg` as for `toCommandLine`. Then the set.

    Type: `toCommandLineGNU :: AttrSet -> AttrSet -> [String]`

    Example: `cli.toCommandLineGNU { } { v = true; e = [ 1 2 ]; data = "x"; }` => `[ "--data=x" "-e1" "-e2" "-v" ]`
  */
  inherit toCommandLineGNU;

  /**
    `toCommandLineGNU` as one string, quoted for a shell.

    Inputs: as for `toCommandLineGNU`.

    Type: `toCommandLineShellGNU :: AttrSet -> AttrSet -> String`

    Example: `cli.toCommandLineShellGNU { } { data = "x y"; }` => `"'--data=x y'"`
  */
  toCommandLineShellGNU = settings: attrs: escapeShellArgs (toCommandLineGNU settings attrs);

  /**
    Deprecated: words of a command line, `--name value` as two words.

    Inputs: settings, all optional: `mkOptionName`, from a name to the word; `mkBool`, `mkList` and
    `mkOption`, from name and value to words; `optionValueSeparator`, to make one word of both. Then the
    set.

    Type: `toGNUCommandLine :: AttrSet -> AttrSet -> [String]`

    Example: `cli.toGNUCommandLine { } { a = 1; verbose = true; }` => `[ "-a" "1" "--verbose" ]`
  */
  toGNUCommandLine = deprecated "toGNUCommandLine" "lib.cli.toCommandLine or lib.cli.toCommandLineShellGNU" toGNUCommandLine;

  /**
    Deprecated: `toGNUCommandLine` as one string, quoted for a shell.

    Type: `toGNUCommandLineShell :: AttrSet -> AttrSet -> String`

    Example: `cli.toGNUCommandLineShell { } { a = "x y"; }` => `"-a 'x y'"`
  */
  toGNUCommandLineShell =
    deprecated "toGNUCommandLineShell" "lib.cli.toCommandLineShell or lib.cli.toCommandLineShellGNU"
      (settings: attrs: escapeShellArgs (toGNUCommandLine settings attrs));
}
