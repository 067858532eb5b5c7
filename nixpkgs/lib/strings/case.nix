# Upper and lower case of ASCII letters.
{ lib }:
let
  inherit (builtins)
    concatMap
    concatStringsSep
    elem
    head
    isString
    map
    match
    replaceStrings
    substring
    tail
    typeOf
    ;
  inherit (lib.strings) addContextFrom splitStringBy stringToCharacters;

  lowerChars = stringToCharacters "abcdefghijklmnopqrstuvwxyz";
  upperChars = stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

  toLower = replaceStrings upperChars lowerChars;
  toUpper = replaceStrings lowerChars upperChars;

  mustBeString =
    function: value: result:
    if isString value then
      result
    else
      throw "${function} does only accepts string values, but got ${typeOf value}";

  capitalise = word: toUpper (substring 0 1 word) + toLower (substring 1 (-1) word);

  words =
    string:
    let
      isSeparator =
        _: character:
        elem character [
          "-"
          "_"
          " "
        ];
      isHump =
        before: character: match "[a-z]" before != null && match "[A-Z]" character != null;
    in
    concatMap (splitStringBy isHump true) (splitStringBy isSeparator false string);
in
{
  /**
    The lower case letters.

    Type: `lowerChars :: [String]`
  */
  inherit lowerChars;

  /**
    The upper case letters.

    Type: `upperChars :: [String]`
  */
  inherit upperChars;

  /**
    A string in lower case.

    Inputs: the string.

    Type: `toLower :: String -> String`

    Example: `toLower "HOME"` => `"home"`
  */
  inherit toLower;

  /**
    A string in upper case.

    Inputs: the string.

    Type: `toUpper :: String -> String`

    Example: `toUpper "home"` => `"HOME"`
  */
  inherit toUpper;

  /**
    A string whose first letter is upper case and all others are lower case.

    Inputs: the string.

    Type: `toSentenceCase :: String -> String`

    Example: `toSentenceCase "hOME"` => `"Home"`
  */
  toSentenceCase =
    string:
    mustBeString "toSentenceCase" string (addContextFrom string (capitalise string));

  /**
    Words in one: the first in lower case, the others capitalised. Words are parted by a dash, an
    underscore, a blank or a change from lower to upper case.

    Inputs: the string.

    Type: `toCamelCase :: String -> String`

    Example: `toCamelCase "hello-world foo"` => `"helloWorldFoo"`
  */
  toCamelCase =
    string:
    let
      parts = words string;
    in
    mustBeString "toCamelCase" string (
      addContextFrom string (
        toLower (head parts) + concatStringsSep "" (map capitalise (tail parts))
      )
    );
}
