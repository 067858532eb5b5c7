# Take strings apart, and look at their parts.
{ lib }:
let
  inherit (builtins)
    concatStringsSep
    elemAt
    filter
    genList
    head
    isPath
    isString
    length
    map
    match
    split
    stringLength
    substring
    ;
  inherit (lib.strings) addContextFrom escapeRegex;
  inherit (lib.trivial) warnIf;

  stringToCharacters =
    string: genList (index: substring index 1 string) (stringLength string);

  # A path is copied to the store where a string is expected, and its text is then the copy's.
  warnPath =
    function: argument: value:
    warnIf (isPath value) ''
      lib.strings.${function}: The ${argument} (${toString value}) is a path value, but only strings are supported.
          A path is copied to the Nix store here and stands for that copy's path, which is hardly ever what is meant.
          This behavior is deprecated and will throw an error in the future.'';

  isPrefix = prefix: string: substring 0 (stringLength prefix) string == prefix;

  isSuffix =
    suffix: string:
    let
      rest = stringLength string - stringLength suffix;
    in
    rest >= 0 && substring rest (-1) string == suffix;

  trimWith =
    {
      start ? false,
      end ? false,
    }:
    let
      space = "[ \t\r\n]*";
      body = if end then "(.*[^ \t\r\n])" else "(.*)";
      parts = match "${if start then space else ""}${body}${if end then space else ""}";
    in
    string:
    let
      found = parts string;
    in
    # Nothing is found in a string of blanks when its end is to be trimmed.
    if found == null then "" else head found;
in
{
  inherit (builtins) match split;

  /**
    The bytes of a string as a list of strings.

    Inputs: the string.

    Type: `stringToCharacters :: String -> [String]`

    Example: `stringToCharacters "abc"` => `[ "a" "b" "c" ]`
  */
  inherit stringToCharacters;

  /**
    Map each byte of a string.

    Inputs: `f` gets a string of one byte; the string.

    Type: `stringAsChars :: (String -> String) -> String -> String`

    Example: `stringAsChars (x: if x == "a" then "i" else x) "nax"` => `"nix"`
  */
  stringAsChars = f: string: concatStringsSep "" (map f (stringToCharacters string));

  /**
    Cut a string at every occurrence of a separator.

    Inputs: `separator`, then the string.

    Type: `splitString :: String -> String -> [String]`

    Example: `splitString "." "foo.bar.baz"` => `[ "foo" "bar" "baz" ]`
  */
  splitString =
    separator: string:
    let
      parts = filter isString (split (escapeRegex (toString separator)) (toString string));
    in
    map (addContextFrom string) parts;

  /**
    Cut a string before every byte at which a predicate holds.

    Inputs: `isCut` gets the byte before, empty at the start, and the byte; `keepSplit` says whether
    the byte opens the next part or is dropped; the string.

    Type: `splitStringBy :: (String -> String -> Bool) -> Bool -> String -> [String]`

    Example: `strings.splitStringBy (before: byte: elem byte [ "." "-" ]) false "foo.bar-baz"` => `[ "foo" "bar" "baz" ]`
  */
  splitStringBy =
    isCut: keepSplit: string:
    let
      size = stringLength string;
      byteAt = position: substring position 1 string;
      byteBefore = position: if position == 0 then "" else byteAt (position - 1);
      cuts = filter (position: isCut (byteBefore position) (byteAt position)) (
        genList (position: position) size
      );
      bounds = cuts ++ [ size ];
      start =
        part:
        if part == 0 then
          0
        else if keepSplit then
          elemAt cuts (part - 1)
        else
          elemAt cuts (part - 1) + 1;
    in
    genList (part: substring (start part) (elemAt bounds part - start part) string) (length bounds);

  /**
    A string without blanks, tabs and newlines at both ends.

    Inputs: the string.

    Type: `trim :: String -> String`

    Example: `trim "   hello, world!   "` => `"hello, world!"`
  */
  trim = trimWith {
    start = true;
    end = true;
  };

  /**
    A string without blanks, tabs and newlines at the chosen ends.

    Inputs: `start` and `end` say which, both false by default; the string.

    Type: `trimWith :: { start ? Bool; end ? Bool; } -> String -> String`

    Example: `trimWith { start = true; } "  hello  "` => `"hello  "`
  */
  inherit trimWith;

  /**
    Whether a string begins with another.

    Inputs: the prefix, then the string.

    Type: `hasPrefix :: String -> String -> Bool`

    Example: `hasPrefix "foo" "foobar"` => `true`
  */
  hasPrefix = prefix: string: warnPath "hasPrefix" "first argument" prefix (isPrefix prefix string);

  /**
    Whether a string ends with another.

    Inputs: the suffix, then the string.

    Type: `hasSuffix :: String -> String -> Bool`

    Example: `hasSuffix "foo" "barfoo"` => `true`
  */
  hasSuffix = suffix: string: warnPath "hasSuffix" "first argument" suffix (isSuffix suffix string);

  /**
    Whether a string contains another.

    Inputs: the string to look for, then the string to look into.

    Type: `hasInfix :: String -> String -> Bool`

    Example: `hasInfix "bc" "abcd"` => `true`
  */
  hasInfix =
    infix: string:
    warnPath "hasInfix" "first argument" infix (
      match ".*${escapeRegex infix}.*" "${string}" != null
    );

  /**
    A string without a prefix; unchanged when it does not have it.

    Inputs: the prefix, then the string.

    Type: `removePrefix :: String -> String -> String`

    Example: `removePrefix "foo." "foo.bar.baz"` => `"bar.baz"`
  */
  removePrefix =
    prefix: string:
    warnPath "removePrefix" "first argument" prefix (
      if isPrefix prefix string then substring (stringLength prefix) (-1) string else string
    );

  /**
    A string without a suffix; unchanged when it does not have it.

    Inputs: the suffix, then the string.

    Type: `removeSuffix :: String -> String -> String`

    Example: `removeSuffix "front" "homefront"` => `"home"`
  */
  removeSuffix =
    suffix: string:
    warnPath "removeSuffix" "first argument" suffix (
      if isSuffix suffix string then
        substring 0 (stringLength string - stringLength suffix) string
      else
        string
    );

  /**
    A path's text with runs of slashes made one slash. Path values need no such care.

    Inputs: the string.

    Type: `normalizePath :: String -> String`

    Example: `strings.normalizePath "/a//b///c/"` => `"/a/b/c/"`
  */
  normalizePath =
    string:
    warnPath "normalizePath" "argument" string (
      addContextFrom string (concatStringsSep "/" (filter isString (split "/+" string)))
    );
}
