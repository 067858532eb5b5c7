# Find, count and compare elements.
{ ... }:
let
  inherit (builtins)
    all
    any
    elem
    elemAt
    filter
    foldl'
    head
    length
    partition
    ;

  # A fold, not a recursion: it does not use stack. Before a match the result is a negative count of
  # the elements seen, after one it is the position.
  findFirstIndex =
    pred: default: list:
    let
      step =
        seen: element:
        if seen >= 0 then
          seen
        else if pred element then
          -1 - seen
        else
          seen - 1;
      found = foldl' step (-1) list;
    in
    if found >= 0 then found else default;

  unique = foldl' (seen: element: if elem element seen then seen else seen ++ [ element ]) [ ];
in
{
  inherit (builtins)
    all
    any
    elem
    elemAt
    head
    partition
    tail
    ;

  /**
    A list without the elements equal to a value.

    Inputs: the value, then the list.

    Type: `remove :: a -> [a] -> [a]`

    Example: `remove 3 [ 1 3 4 3 ]` => `[ 1 4 ]`
  */
  remove = value: filter (element: element != value);

  /**
    The one element with a property.

    Inputs: `pred`; `default` is the result when no element has the property, `multiple` when several
    have it.

    Type: `findSingle :: (a -> Bool) -> a -> a -> [a] -> a`

    Example: `findSingle (x: x == 3) "none" "many" [ 1 3 ]` => `3`
  */
  findSingle =
    pred: default: multiple: list:
    let
      found = filter pred list;
    in
    if found == [ ] then
      default
    else if length found == 1 then
      head found
    else
      multiple;

  /**
    The position, from 0, of the first element with a property. Later elements are not evaluated.

    Inputs: `pred`; `default` is the result when no element has the property.

    Type: `findFirstIndex :: (a -> Bool) -> b -> [a] -> (Int | b)`

    Example: `lists.findFirstIndex (x: x > 3) null [ 0 6 4 ]` => `1`
  */
  inherit findFirstIndex;

  /**
    The first element with a property. Later elements are not evaluated.

    Inputs: `pred`; `default` is the result when no element has the property.

    Type: `findFirst :: (a -> Bool) -> a -> [a] -> a`

    Example: `findFirst (x: x > 3) 7 [ 1 6 4 ]` => `6`
  */
  findFirst =
    pred: default: list:
    let
      index = findFirstIndex pred null list;
    in
    if index == null then default else elemAt list index;

  /**
    How many elements have a property.

    Inputs: `pred`, then the list.

    Type: `count :: (a -> Bool) -> [a] -> Int`

    Example: `count (x: x == 3) [ 3 2 3 4 ]` => `2`
  */
  count = pred: foldl' (sum: element: if pred element then sum + 1 else sum) 0;

  /**
    A list without repetitions; the first of equal elements stays. The time grows with the square of
    the length.

    Inputs: the list.

    Type: `unique :: [a] -> [a]`

    Example: `unique [ 3 2 3 4 ]` => `[ 3 2 4 ]`
  */
  inherit unique;

  /**
    Whether no two elements are equal.

    Inputs: the list.

    Type: `allUnique :: [a] -> Bool`

    Example: `allUnique [ 3 2 3 ]` => `false`
  */
  allUnique = list: length (unique list) == length list;

  /**
    The elements of the second list that are also in the first.

    Inputs: the two lists.

    Type: `intersectLists :: [a] -> [a] -> [a]`

    Example: `intersectLists [ 1 2 3 ] [ 6 3 2 ]` => `[ 3 2 ]`
  */
  intersectLists = first: filter (element: elem element first);

  /**
    The elements of the second list that are not in the first.

    Inputs: the two lists.

    Type: `subtractLists :: [a] -> [a] -> [a]`

    Example: `subtractLists [ 3 2 ] [ 1 2 3 4 ]` => `[ 1 4 ]`
  */
  subtractLists = first: filter (element: !elem element first);

  /**
    Whether two lists have no element in common.

    Inputs: the two lists.

    Type: `mutuallyExclusive :: [a] -> [a] -> Bool`

    Example: `mutuallyExclusive [ 1 2 ] [ 3 ]` => `true`
  */
  mutuallyExclusive = first: second: first == [ ] || !any (element: elem element first) second;
}
