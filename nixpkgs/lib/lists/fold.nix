# Make, map, fold, zip and group lists.
{ lib }:
let
  inherit (builtins)
    attrNames
    attrValues
    concatLists
    concatMap
    elemAt
    filter
    genList
    groupBy
    isList
    length
    map
    mapAttrs
    seq
    ;
  inherit (lib.trivial) min;

  # A plain recursion, so that `step` decides whether the rest of the list is looked at.
  foldr =
    step: end: list:
    let
      size = length list;
      from = index: if index == size then end else step (elemAt list index) (from (index + 1));
    in
    from 0;

  foldl =
    step: start: list:
    let
      upTo = count: if count == 0 then start else step (upTo (count - 1)) (elemAt list (count - 1));
    in
    upTo (length list);

  flatten = value: if isList value then concatMap flatten value else [ value ];

  zipListsWith =
    f: first: second:
    genList (index: f (elemAt first index) (elemAt second index)) (min (length first) (length second));
in
{
  inherit (builtins)
    concatLists
    concatMap
    filter
    genList
    groupBy
    isList
    length
    map
    ;

  /**
    A list of one element.

    Inputs: the element.

    Type: `singleton :: a -> [a]`

    Example: `singleton "foo"` => `[ "foo" ]`
  */
  singleton = element: [ element ];

  /**
    `map` with the list first, for long function bodies.

    Inputs: the list, then the function.

    Type: `forEach :: [a] -> (a -> b) -> [b]`

    Example: `forEach [ 1 2 ] (x: toString x)` => `[ "1" "2" ]`
  */
  forEach = list: f: map f list;

  /**
    Fold from the right. Lazy: a step that does not use its second argument ends the walk, which makes
    it work for building lazy structures; long lists cost stack.

    Inputs: `step` gets an element and the result for the rest; `end` is the result for `[ ]`.

    Type: `foldr :: (a -> b -> b) -> b -> [a] -> b`

    Example: `foldr (x: rest: x + rest) "." [ "a" "b" ]` => `"ab."`
  */
  inherit foldr;

  /**
    Deprecated name of `foldr`.

    Type: `fold :: (a -> b -> b) -> b -> [a] -> b`
  */
  fold = lib.warn "fold has been deprecated, use foldr instead" foldr;

  /**
    Fold from the left, lazily: intermediate results are evaluated only when used. Prefer `foldl'`
    where that does not matter; long lists cost stack here.

    Inputs: `step` gets the result so far and an element; `start` is the result for `[ ]`.

    Type: `foldl :: (b -> a -> b) -> b -> [a] -> b`

    Example: `foldl (sofar: x: sofar + x) "." [ "a" "b" ]` => `".ab"`
  */
  inherit foldl;

  /**
    Fold from the left, strictly: the start value and every intermediate result are evaluated at once,
    so that the depth of the list does not matter.

    Inputs: `step` gets the result so far and an element; `start` is the result for `[ ]`.

    Type: `foldl' :: (b -> a -> b) -> b -> [a] -> b`

    Example: `foldl' (sofar: x: sofar + x) 0 [ 1 2 3 ]` => `6`
  */
  foldl' = step: start: seq start (builtins.foldl' step start);

  /**
    `map` whose function also gets the position, counted from 0.

    Inputs: `f` gets position and element.

    Type: `imap0 :: (Int -> a -> b) -> [a] -> [b]`

    Example: `imap0 (i: v: "${v}${toString i}") [ "a" "b" ]` => `[ "a0" "b1" ]`
  */
  imap0 = f: list: genList (index: f index (elemAt list index)) (length list);

  /**
    `map` whose function also gets the position, counted from 1.

    Inputs: `f` gets position and element.

    Type: `imap1 :: (Int -> a -> b) -> [a] -> [b]`

    Example: `imap1 (i: v: "${v}${toString i}") [ "a" "b" ]` => `[ "a1" "b2" ]`
  */
  imap1 = f: list: genList (index: f (index + 1) (elemAt list index)) (length list);

  /**
    `filter` whose predicate also gets the position, counted from 0.

    Inputs: `keep` gets position and element.

    Type: `ifilter0 :: (Int -> a -> Bool) -> [a] -> [a]`

    Example: `ifilter0 (i: v: i == 0 || v > 2) [ 1 2 3 ]` => `[ 1 3 ]`
  */
  ifilter0 =
    keep: list:
    map (elemAt list) (
      filter (index: keep index (elemAt list index)) (genList (index: index) (length list))
    );

  /**
    The elements of nested lists as one flat list.

    Inputs: a list of any depth; any other value becomes a list of one element.

    Type: `flatten :: Any -> [Any]`

    Example: `flatten [ 1 [ 2 [ 3 ] 4 ] 5 ]` => `[ 1 2 3 4 5 ]`
  */
  inherit flatten;

  /**
    A list of one element when a condition holds, else an empty one.

    Inputs: `condition`, then the element, which is not evaluated.

    Type: `optional :: Bool -> a -> [a]`

    Example: `optional true "foo"` => `[ "foo" ]`
  */
  optional = condition: element: if condition then [ element ] else [ ];

  /**
    A list when a condition holds, else an empty one.

    Inputs: `condition`, then the list.

    Type: `optionals :: Bool -> [a] -> [a]`

    Example: `optionals false [ 2 3 ]` => `[ ]`
  */
  optionals = condition: list: if condition then list else [ ];

  /**
    A list stays as it is; any other value becomes a list of one element.

    Inputs: any value.

    Type: `toList :: ([a] | a) -> [a]`

    Example: `toList "hi"` => `[ "hi" ]`
  */
  toList = value: if isList value then value else [ value ];

  /**
    The integers from `first` to `last`, both included; empty when `first` is greater.

    Inputs: `first`, `last`.

    Type: `range :: Int -> Int -> [Int]`

    Example: `range 2 4` => `[ 2 3 4 ]`
  */
  range = first: last: if last < first then [ ] else genList (index: first + index) (last - first + 1);

  /**
    A value repeated.

    Inputs: `count`, then the element.

    Type: `replicate :: Int -> a -> [a]`

    Example: `replicate 3 "a"` => `[ "a" "a" "a" ]`
  */
  replicate = count: element: genList (_: element) count;

  /**
    Group elements by a name and fold each group from the left.

    Inputs: `step` and `start` are those of `foldl`; `name` gives the group of an element.

    Type: `groupBy' :: (b -> a -> b) -> b -> (a -> String) -> [a] -> AttrsOf b`

    Example: `groupBy' (a: b: a + b) 0 (x: if x > 2 then "big" else "small") [ 1 2 3 ]` => `{ big = 3; small = 3; }`
  */
  groupBy' =
    step: start: name: list:
    mapAttrs (_: foldl step start) (groupBy name list);

  /**
    Combine two lists element by element; the longer one is cut.

    Inputs: `f` gets an element of each.

    Type: `zipListsWith :: (a -> b -> c) -> [a] -> [b] -> [c]`

    Example: `zipListsWith (a: b: a + b) [ "h" "l" ] [ "e" "o" "x" ]` => `[ "he" "lo" ]`
  */
  inherit zipListsWith;

  /**
    Pair two lists element by element; the longer one is cut.

    Inputs: the lists.

    Type: `zipLists :: [a] -> [b] -> [{ fst :: a; snd :: b; }]`

    Example: `zipLists [ 1 2 ] [ "a" ]` => `[ { fst = 1; snd = "a"; } ]`
  */
  zipLists = zipListsWith (fst: snd: { inherit fst snd; });

  /**
    Call a curried function with every combination of arguments. `mapCartesianProduct` names the
    arguments and is the better choice.

    Inputs: `f`; a list of the lists of values for each argument.

    Type: `crossLists :: (a -> b -> ... -> c) -> [[Any]] -> [c]`

    Example: `crossLists (x: y: "${x}${y}") [ [ "a" "b" ] [ "1" "2" ] ]` => `[ "a1" "a2" "b1" "b2" ]`
  */
  crossLists = f: foldl (functions: values: concatMap (g: map g values) functions) [ f ];

  /**
    The lists that are the attributes of a set as one list, in the order of the names.

    Inputs: the set.

    Type: `concatAttrValues :: AttrsOf [a] -> [a]`

    Example: `concatAttrValues { b = [ 3 ]; a = [ 1 2 ]; }` => `[ 1 2 3 ]`
  */
  concatAttrValues = set: concatLists (attrValues set);

  /**
    Strings without repetitions, sorted. Faster than `unique`, which keeps the order and takes
    elements of any kind.

    Inputs: the list of strings.

    Type: `uniqueStrings :: [String] -> [String]`

    Example: `uniqueStrings [ "b" "a" "b" ]` => `[ "a" "b" ]`
  */
  uniqueStrings = list: attrNames (groupBy (string: string) list);
}
