# Quote strings for shells, regular expressions, Nix, URLs and XML.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    elem
    isAttrs
    isList
    listToAttrs
    map
    match
    removeAttrs
    replaceStrings
    toJSON
    ;
  inherit (lib.attrsets) mapAttrsToList;
  inherit (lib.strings) fixedWidthString isStringLike stringToCharacters;
  inherit (lib.trivial) toHexString;

  printable = stringToCharacters (
    " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    + "[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"
  );

  # The code of each character that a Nix string can hold as itself and that is ASCII.
  codes = {
    "\t" = 9;
    "\n" = 10;
    "\r" = 13;
  }
  // listToAttrs (lib.imap0 (index: name: { inherit name; value = 32 + index; }) printable);

  hexByte = character: fixedWidthString 2 "0" (toHexString codes.${character});

  escape = characters: replaceStrings characters (map (character: "\\${character}") characters);

  keywords = [
    "assert"
    "else"
    "if"
    "in"
    "inherit"
    "let"
    "or"
    "rec"
    "then"
    "with"
  ];

  escapeShellArg =
    value:
    let
      text = toString value;
    in
    if match "[[:alnum:],._+:@%/-]+" text == null then
      "'${replaceStrings [ "'" ] [ "'\\''" ] text}'"
    else
      text;

  escapeShellArgs = values: concatStringsSep " " (map escapeShellArg values);

  escapeNixString = value: escape [ "$" ] (toJSON value);

  isValidPosixName = name: match "[a-zA-Z_][a-zA-Z0-9_]*" name != null;

  toShellVar =
    name: value:
    let
      entry = key: element: "[${escapeShellArg key}]=${escapeShellArg element}";
    in
    if !isValidPosixName name then
      throw "toShellVar: ${name} is not a valid shell variable name"
    else if isAttrs value && !isStringLike value then
      "declare -A ${name}=(${concatStringsSep " " (mapAttrsToList entry value)})"
    else if isList value then
      "declare -a ${name}=(${escapeShellArgs value})"
    else
      "${name}=${escapeShellArg value}";
in
{
  /**
    The code of an ASCII character.

    Inputs: a string of one printable character, tab, newline or carriage return.

    Type: `charToInt :: String -> Int`

    Example: `strings.charToInt "A"` => `65`
  */
  charToInt = character: codes.${character};

  /**
    Put a backslash in front of certain characters.

    Inputs: the characters, then the string.

    Type: `escape :: [String] -> String -> String`

    Example: `escape [ "(" ")" ] "(foo)"` => `"\\(foo\\)"`
  */
  inherit escape;

  /**
    Write certain characters as `\x` and two hexadecimal digits.

    Inputs: the characters, then the string.

    Type: `escapeC :: [String] -> String -> String`

    Example: `strings.escapeC [ " " ] "foo bar"` => `"foo\\x20bar"`
  */
  escapeC =
    characters:
    replaceStrings characters (
      map (character: "\\x${lib.strings.toLower (hexByte character)}") characters
    );

  /**
    Percent-encode what has a meaning in a URL. Bytes that are not ASCII stay.

    Inputs: the string.

    Type: `escapeURL :: String -> String`

    Example: `escapeURL "foo/bar baz"` => `"foo%2Fbar%20baz"`
  */
  escapeURL =
    let
      unreserved = stringToCharacters (
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" + "0123456789-_.~"
      );
      reserved = attrNames (removeAttrs codes unreserved);
    in
    replaceStrings reserved (map (character: "%${hexByte character}") reserved);

  /**
    One word of a shell command. Plain words stay as they are.

    Inputs: a string, or anything that `toString` takes.

    Type: `escapeShellArg :: String -> String`

    Example: `escapeShellArg "esc'ape"` => `"'esc'\\''ape'"`
  */
  inherit escapeShellArg;

  /**
    Several words of a shell command, with blanks between.

    Inputs: the list of words.

    Type: `escapeShellArgs :: [String] -> String`

    Example: `escapeShellArgs [ "one" "two three" ]` => `"one 'two three'"`
  */
  inherit escapeShellArgs;

  /**
    Whether a string can be the name of a shell variable.

    Inputs: the string.

    Type: `isValidPosixName :: String -> Bool`

    Example: `isValidPosixName "1nix"` => `false`
  */
  inherit isValidPosixName;

  /**
    A value as the definition of a shell variable: a list as an array, a set as an associative array,
    which are Bash's, and anything else as a string.

    Inputs: `name`, and the value.

    Type: `toShellVar :: String -> (String | [String] | AttrsOf String) -> String`

    Example: `toShellVar "foo" [ "a" "b c" ]` => `"declare -a foo=(a 'b c')"`
  */
  inherit toShellVar;

  /**
    Definitions of shell variables, one on a line.

    Inputs: a set of values.

    Type: `toShellVars :: AttrSet -> String`

    Example: `toShellVars { a = 1; b = "x y"; }` => `"a=1\nb='x y'"`
  */
  toShellVars = variables: concatStringsSep "\n" (mapAttrsToList toShellVar variables);

  /**
    A string as a Nix string literal.

    Inputs: the string.

    Type: `escapeNixString :: String -> String`

    Example: `strings.escapeNixString "a\"b"` => `"\"a\\\"b\""`
  */
  inherit escapeNixString;

  /**
    A regular expression that matches exactly the given string.

    Inputs: the string.

    Type: `escapeRegex :: String -> String`

    Example: `escapeRegex "[^a-z]*"` => `"\\[\\^a-z]\\*"`
  */
  escapeRegex = escape (stringToCharacters "\\[{()^$?*+|.");

  /**
    An attribute name as it is written in Nix: quoted unless it is an identifier.

    Inputs: the name.

    Type: `escapeNixIdentifier :: String -> String`

    Example: `strings.escapeNixIdentifier "0abc"` => `"\"0abc\""`
  */
  escapeNixIdentifier =
    name:
    if match "[a-zA-Z_][a-zA-Z0-9_'-]*" name == null || elem name keywords then
      escapeNixString name
    else
      name;

  /**
    A string that can stand as text or in an attribute of XML.

    Inputs: the string.

    Type: `escapeXML :: String -> String`

    Example: `escapeXML "<b> & \"c\""` => `"&lt;b&gt; &amp; &quot;c&quot;"`
  */
  escapeXML =
    replaceStrings
      [ "\"" "'" "<" ">" "&" ]
      [ "&quot;" "&apos;" "&lt;" "&gt;" "&amp;" ];
}
