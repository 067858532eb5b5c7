# Order: sorting, topological sorting, reversing.
{ lib }:
let
  inherit (builtins)
    elemAt
    filter
    genList
    head
    isList
    length
    partition
    sort
    split
    tail
    ;
  inherit (lib.trivial) compare;

  reverseList =
    list:
    let
      last = length list - 1;
    in
    genList (index: elemAt list (last - index)) (length list);

  # Each element with its sort key, computed once; `less` compares two such pairs.
  sortWithKeys =
    key: less: list:
    map (pair: pair.element) (
      sort less (
        map (element: {
          key = key element;
          inherit element;
        }) list
      )
    );

  compareLists =
    compareElements: first: second:
    let
      ofHeads = compareElements (head first) (head second);
    in
    if first == [ ] then
      (if second == [ ] then 0 else -1)
    else if second == [ ] then
      1
    else if ofHeads != 0 then
      ofHeads
    else
      compareLists compareElements (tail first) (tail second);

  listDfs =
    stopOnCycles: before: list:
    let
      visit =
        element: visited: rest:
        let
          loops = filter (other: before other element) visited;
          split = partition (other: before other element) rest;
        in
        if stopOnCycles && loops != [ ] then
          {
            cycle = element;
            inherit loops visited rest;
          }
        else if split.right == [ ] then
          {
            minimal = element;
            inherit visited rest;
          }
        else
          visit (head split.right) ([ element ] ++ visited) (tail split.right ++ split.wrong);
    in
    visit (head list) [ ] (tail list);

  toposort =
    before: list:
    let
      first = listDfs true before list;
      others = toposort before (first.visited ++ first.rest);
    in
    if length list < 2 then
      { result = list; }
    else if first ? cycle then
      {
        cycle = reverseList ([ first.cycle ] ++ first.visited);
        inherit (first) loops;
      }
    else if others ? cycle then
      others
    else
      { result = [ first.minimal ] ++ others.result; };
in
{
  inherit (builtins) sort;

  /**
    A list backwards.

    Inputs: the list.

    Type: `reverseList :: [a] -> [a]`

    Example: `reverseList [ "b" "o" "j" ]` => `[ "j" "o" "b" ]`
  */
  inherit reverseList;

  /**
    Depth-first search for an element that has nothing before it, from the head of the list.

    Inputs: `stopOnCycles`; `before a b` says whether `a` must come before `b`; a list that is not
    empty.

    Type: `listDfs :: Bool -> (a -> a -> Bool) -> [a] -> AttrSet`

    The result holds `visited` and `rest`, the other elements on the way and off it, and either
    `minimal`, the element found, or `cycle`, an element that was met again, with `loops`, the
    elements of the way that it comes after.

    Example: `listDfs true hasPrefix [ "/home/user" "other" "/" "/home" ]` => `{ minimal = "/"; visited = [ "/home/user" ]; rest = [ "/home" "other" ]; }`
  */
  inherit listDfs;

  /**
    Elements in an order in which each comes after what must be before it. The time grows with the
    square of the length.

    Inputs: `before a b` says whether `a` must come before `b`; the list.

    Type: `toposort :: (a -> a -> Bool) -> [a] -> AttrSet`

    The result holds `result`, the ordered list, or `cycle`, the way round a cycle, with `loops`, the
    elements at which it closes.

    Example: `toposort (a: b: a < b) [ 3 2 1 ]` => `{ result = [ 1 2 3 ]; }`
  */
  inherit toposort;

  /**
    Sort by a key that is computed once for each element. Equal keys keep their order.

    Inputs: `key` gives a value that `<` can compare; the list.

    Type: `sortOn :: (a -> b) -> [a] -> [a]`

    Example: `sortOn stringLength [ "aa" "b" "cccc" ]` => `[ "b" "aa" "cccc" ]`
  */
  sortOn = key: sortWithKeys key (a: b: a.key < b.key);

  /**
    Three-way comparison of two lists, element by element; a prefix is less than the longer list.

    Inputs: `compareElements` gives a negative number, 0 or a positive one; the two lists.

    Type: `compareLists :: (a -> a -> Int) -> [a] -> [a] -> Int`

    Example: `compareLists compare [ 1 2 ] [ 1 3 ]` => `(-1)`
  */
  inherit compareLists;

  /**
    Sort strings so that the numbers in them count as numbers.

    Inputs: the list of strings.

    Type: `naturalSort :: [String] -> [String]`

    Example: `naturalSort [ "disk11" "disk8" ]` => `[ "disk8" "disk11" ]`
  */
  naturalSort =
    let
      parts =
        string:
        map (part: if isList part then lib.toInt (head part) else part) (
          split "(0|[1-9][0-9]*)" string
        );
    in
    sortWithKeys parts (a: b: compareLists compare a.key b.key < 0);
}
