# How far strings are from each other: for «did you mean».
{ lib }:
let
  inherit (builtins)
    elemAt
    foldl'
    genList
    stringLength
    substring
    ;
  inherit (lib.trivial) max min;

  byteAt = string: index: substring index 1 string;

  # How many bytes agree, looked up by `a` and `b` from position 0 on.
  agreement =
    a: b: size:
    let
      count = index: if index < size && a index == b index then count (index + 1) else index;
    in
    count 0;

  commonPrefixLength =
    a: b: agreement (byteAt a) (byteAt b) (min (stringLength a) (stringLength b));

  commonSuffixLength =
    a: b:
    let
      fromEnd = string: index: byteAt string (stringLength string - 1 - index);
    in
    agreement (fromEnd a) (fromEnd b) (min (stringLength a) (stringLength b));

  levenshtein =
    a: b:
    let
      width = stringLength b + 1;
      # The distances of a prefix of `a` to all prefixes of `b`, from those of a prefix one shorter.
      nextRow =
        previous: index:
        let
          row = genList (
            column:
            let
              substitution = if byteAt a index == byteAt b (column - 1) then 0 else 1;
            in
            if column == 0 then
              index + 1
            else
              min (elemAt previous (column - 1) + substitution) (
                1 + min (elemAt previous column) (elemAt row (column - 1))
              )
          ) width;
        in
        row;
      last = foldl' nextRow (genList (column: column) width) (
        genList (index: index) (stringLength a)
      );
    in
    elemAt last (width - 1);

  # Tries all edits at the first difference: three for each unit of `limit`.
  isWithin =
    limit: a: b:
    let
      same = commonPrefixLength a b;
      rest = string: from: substring from (-1) string;
      sizeA = stringLength a;
      sizeB = stringLength b;
    in
    if max sizeA sizeB - min sizeA sizeB > limit then
      false
    else if same == sizeA || same == sizeB then
      true
    else if limit == 0 then
      false
    else
      isWithin (limit - 1) (rest a (same + 1)) (rest b (same + 1))
      || isWithin (limit - 1) (rest a (same + 1)) (rest b same)
      || isWithin (limit - 1) (rest a same) (rest b (same + 1));
in
{
  /**
    The least number of bytes to insert, delete or replace in order to get from one string to another.

    Inputs: the two strings.

    Type: `levenshtein :: String -> String -> Int`

    Example: `strings.levenshtein "kitten" "sitting"` => `3`
  */
  inherit levenshtein;

  /**
    How many bytes two strings have in common at their beginning.

    Inputs: the two strings.

    Type: `commonPrefixLength :: String -> String -> Int`

    Example: `strings.commonPrefixLength "foobar" "foobaz"` => `5`
  */
  inherit commonPrefixLength;

  /**
    How many bytes two strings have in common at their end.

    Inputs: the two strings.

    Type: `commonSuffixLength :: String -> String -> Int`

    Example: `strings.commonSuffixLength "barfoo" "bazfoo"` => `3`
  */
  inherit commonSuffixLength;

  /**
    Whether the distance of two strings does not exceed a limit. For limits up to 2 much cheaper than
    the distance itself.

    Inputs: `limit`, then the two strings.

    Type: `levenshteinAtMost :: Int -> String -> String -> Bool`

    Example: `strings.levenshteinAtMost 1 "foo" "fou"` => `true`
  */
  levenshteinAtMost =
    limit: a: b:
    if limit <= 0 then
      a == b
    else if limit <= 2 then
      isWithin limit a b
    else
      levenshtein a b <= limit;
}
