# Arithmetic, comparison and bases.
{ lib }:
let
  inherit (builtins)
    bitAnd
    div
    elemAt
    isInt
    match
    ;

  hexDigits = [
    "0"
    "1"
    "2"
    "3"
    "4"
    "5"
    "6"
    "7"
    "8"
    "9"
    "A"
    "B"
    "C"
    "D"
    "E"
    "F"
  ];

  # TOML is the one format Nix reads that knows hexadecimal numbers.
  parseHex = digits: (fromTOML "n=0x${digits}").n;

  toBaseDigits =
    base: number:
    let
      digits = n: if n < base then [ n ] else digits (n / base) ++ [ (n - base * (n / base)) ];
    in
    assert isInt base && base >= 2;
    assert isInt number && number >= 0;
    digits number;
in
{
  inherit (builtins)
    add
    bitAnd
    bitOr
    bitXor
    ceil
    div
    floor
    lessThan
    mul
    sub
    ;

  /**
    The digits of a non-negative integer to a base, the highest first.

    Inputs: the base, at least 2; the integer.

    Type: `toBaseDigits :: Int -> Int -> [Int]`

    Example: `toBaseDigits 10 123` => `[ 1 2 3 ]`
  */
  inherit toBaseDigits;

  /**
    All bits of a number inverted.

    Inputs: an integer.

    Type: `bitNot :: Int -> Int`

    Example: `bitNot 10` => `(-11)`
  */
  bitNot = number: -1 - number;

  /**
    The smaller of two values; the second when neither is smaller.

    Inputs: two values that `<` can compare.

    Type: `min :: a -> a -> a`

    Example: `min 3 4` => `3`
  */
  min = x: y: if x < y then x else y;

  /**
    The greater of two values; the second when neither is greater.

    Inputs: two values that `<` can compare.

    Type: `max :: a -> a -> a`

    Example: `max 3 4` => `4`
  */
  max = x: y: if x > y then x else y;

  /**
    Remainder of an integer division that truncates towards zero: it has the sign of the dividend.

    Inputs: the dividend, then the divisor.

    Type: `mod :: Int -> Int -> Int`

    Example: `mod 11 10` => `1`
  */
  mod = dividend: divisor: dividend - divisor * (div dividend divisor);

  /**
    Three-way comparison with `<`: -1, 0 or 1.

    Inputs: two values that `<` can compare.

    Type: `compare :: a -> a -> Int`

    Example: `compare "a" "b"` => `(-1)`
  */
  compare =
    a: b:
    if a < b then
      -1
    else if a > b then
      1
    else
      0;

  /**
    A comparison in which the values with a property come first.

    Inputs: `has` is the property; `both` compares two values that have it, `neither` two that lack it; then the two
    values.

    Type: `splitByAndCompare :: (a -> Bool) -> (a -> a -> Int) -> (a -> a -> Int) -> a -> a -> Int`

    Example: `splitByAndCompare (hasPrefix "foo") compare compare "foo2" "bar"` => `(-1)`
  */
  splitByAndCompare =
    has: both: neither: a: b:
    if has a then
      (if has b then both a b else -1)
    else if has b then
      1
    else
      neither a b;

  /**
    The integer that a string of hexadecimal digits stands for, with or without `0x` in front.

    Inputs: the string; digits of either case. More than 64 bits are an error; another string is accepted with a
    warning when TOML takes it for a number.

    Type: `fromHexString :: String -> Int`

    Example: `fromHexString "0xFf"` => `255`
  */
  fromHexString =
    string:
    let
      digits = match "(0x)?([0-7]?[0-9A-Fa-f]{1,15})" string;
      loose = parseHex (lib.strings.removePrefix "0x" (lib.strings.toLower string));
    in
    if digits != null then
      parseHex (elemAt digits 1)
    else
      lib.warn "fromHexString: ${
        lib.generators.toPretty { } string
      } is not a valid input and will be rejected in 26.05" loose;

  /**
    A non-negative integer in hexadecimal digits, upper case, without a prefix.

    Inputs: the integer.

    Type: `toHexString :: Int -> String`

    Example: `toHexString 250` => `"FA"`
  */
  toHexString = number: lib.concatMapStrings (elemAt hexDigits) (toBaseDigits 16 number);
}
