# Strings to numbers and back, and what counts as a string.
{ lib }:
let
  inherit (builtins)
    all
    elem
    fromJSON
    head
    isInt
    isList
    isPath
    isString
    match
    readFile
    storeDir
    substring
    typeOf
    ;
  inherit (lib.strings) escapeNixString removeSuffix;

  isStringLike =
    value: isString value || isPath value || value ? outPath || value ? __toString;

  isConvertibleWithToString =
    value:
    isStringLike value
    || elem (typeOf value) [
      "null"
      "int"
      "float"
      "bool"
    ]
    || (isList value && all isConvertibleWithToString value);

  parseDigits =
    function: digits: string:
    let
      number = fromJSON (head digits);
    in
    if digits == null || !isInt number then
      throw "${function}: Could not convert ${escapeNixString string} to int."
    else
      number;
in
{
  inherit (builtins) fromJSON toJSON;

  /**
    The integer that a string stands for; blanks around it are ignored. Leading zeros are an error,
    for some read them as octal.

    Inputs: the string.

    Type: `toInt :: String -> Int`

    Example: `toInt "  1337 "` => `1337`
  */
  toInt =
    string:
    let
      digits = match "[[:space:]]*(-?[[:digit:]]+)[[:space:]]*" string;
    in
    if digits != null && match "0[[:digit:]]+" (head digits) != null then
      throw "toInt: Ambiguity in interpretation of ${escapeNixString string} between octal and zero padded integer."
    else
      parseDigits "toInt" digits string;

  /**
    The integer that a string stands for; blanks around it and leading zeros are ignored.

    Inputs: the string.

    Type: `toIntBase10 :: String -> Int`

    Example: `toIntBase10 "001337"` => `1337`
  */
  toIntBase10 =
    string: parseDigits "toIntBase10" (match "[[:space:]]*0*(-?[[:digit:]]+)[[:space:]]*" string) string;

  /**
    A floating point number as a string of six decimals, with a warning when that is not exact.

    Inputs: the number.

    Type: `floatToString :: Float -> String`

    Example: `strings.floatToString 0.5` => `"0.500000"`
  */
  floatToString =
    number:
    let
      text = toString number;
    in
    lib.warnIf (
      fromJSON text != number
    ) "Imprecise conversion from float to string ${text}" text;

  /**
    Whether string interpolation takes a value: a string, a path, or a set with `outPath` or
    `__toString`.

    Inputs: any value.

    Type: `isStringLike :: Any -> Bool`

    Example: `isStringLike { outPath = "/nix"; }` => `true`
  */
  inherit isStringLike;

  /**
    Whether `toString` takes a value.

    Inputs: any value.

    Type: `isConvertibleWithToString :: Any -> Bool`

    Example: `strings.isConvertibleWithToString [ 1 null ]` => `true`
  */
  inherit isConvertibleWithToString;

  /**
    Whether a value is the path of an object in the store, not of a file inside one. A placeholder for
    the output of a derivation that is not built yet counts.

    Inputs: any value.

    Type: `isStorePath :: Any -> Bool`

    Example: `isStorePath "/nix/store/d945ibfx9x185xf04b890y4f9g3cbb63-python-2.7.11/bin/python"` => `false`
  */
  isStorePath =
    value:
    let
      text = toString value;
    in
    isStringLike value
    && substring 0 1 text == "/"
    && (dirOf text == storeDir || match "/[0-9a-z]{52}" text != null);

  /**
    What a file holds, without a newline at its end.

    Inputs: the file.

    Type: `fileContents :: Path -> String`

    Example: `fileContents (builtins.toFile "x" "a\n")` => `"a"`
  */
  fileContents = file: removeSuffix "\n" (readFile file);
}
