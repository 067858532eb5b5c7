# Strings, and what is written as one.
{ lib }:
let
  inherit (builtins)
    concatStringsSep
    isString
    match
    toJSON
    ;
  inherit (lib.options) getValues mergeEqualOption;
  inherit (lib.strings) escapeNixString hasInfix removeSuffix;
  inherit (lib.types)
    addCheck
    defaultFunctor
    mkOptionType
    optionDescriptionPhrase
    ;

  noun =
    name: description: rest:
    mkOptionType (
      {
        inherit name description;
        descriptionClass = "noun";
        check = isString;
        merge = mergeEqualOption;
      }
      // rest
    );

  matches = pattern: value: isString value && match pattern value != null;

  strMatching =
    pattern:
    noun "strMatching ${escapeNixString pattern}" "string matching the pattern ${pattern}" {
      check = matches pattern;
      functor = defaultFunctor "strMatching" // {
        type = payload: strMatching payload.pattern;
        payload = { inherit pattern; };
        binOp = a: b: if a == b then a else null;
      };
    };

  separatedString =
    separator:
    noun "separatedString" "strings concatenated with ${toJSON separator}" {
      merge = _: defs: concatStringsSep separator (getValues defs);
      functor = defaultFunctor "separatedString" // {
        type = payload: lib.types.separatedString payload.sep;
        payload.sep = separator;
        binOp = a: b: if a.sep == b.sep then { inherit (a) sep; } else null;
      };
    };
in
{
  /**
    A string; definitions must agree.

    Type: `str :: OptionType`

    Example: `types.str.check "a"` => `true`
  */
  str = noun "str" "string" { };

  /**
    A string that holds more than blanks.

    Type: `nonEmptyStr :: OptionType`

    Example: `types.nonEmptyStr.check " "` => `false`
  */
  nonEmptyStr = noun "nonEmptyStr" "non-empty string" {
    check = value: isString value && match "[ \t\n]*" value == null;
  };

  /**
    A string of one line; a newline at its end is allowed and dropped.

    Type: `singleLineStr :: OptionType`

    Example: `types.singleLineStr.check "a\nb"` => `false`
  */
  singleLineStr = noun "singleLineStr" "(optionally newline-terminated) single-line string" {
    check = matches "[^\n\r]*\n?";
    merge = loc: defs: removeSuffix "\n" (mergeEqualOption loc defs);
  };

  /**
    A string that matches a regular expression as a whole.

    Inputs: the POSIX extended regular expression.

    Type: `strMatching :: String -> OptionType`

    Example: `(types.strMatching "[a-z]+").check "abc1"` => `false`
  */
  inherit strMatching;

  /**
    Strings that are put together with a separator.

    Inputs: the separator.

    Type: `separatedString :: String -> OptionType`

    Example: `(types.separatedString ",").merge [ ] [ { value = "a"; } { value = "b"; } ]` => `"a,b"`
  */
  inherit separatedString;

  /**
    Strings that are put together as lines.

    Type: `lines :: OptionType`
  */
  lines = separatedString "\n";

  /**
    Strings that are put together with commas.

    Type: `commas :: OptionType`
  */
  commas = separatedString ",";

  /**
    Strings that are put together with colons, as in search paths.

    Type: `envVar :: OptionType`
  */
  envVar = separatedString ":";

  /**
    A string that fits into a field of `/etc/passwd`.

    Inputs: the type of string.

    Type: `passwdEntry :: OptionType -> OptionType`

    Example: `(types.passwdEntry types.str).check "a:b"` => `false`
  */
  passwdEntry =
    type:
    addCheck type (text: !(hasInfix ":" text || hasInfix "\n" text))
    // {
      name = "passwdEntry ${type.name}";
      description = "${
        optionDescriptionPhrase (class: class == "noun") type
      }, not containing newlines or colons";
      descriptionClass = "nonRestrictiveClause";
    };
}
