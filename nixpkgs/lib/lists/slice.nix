# Parts of lists.
{ lib }:
let
  inherit (builtins) elemAt genList length;
  inherit (lib.asserts) assertMsg;
  inherit (lib.trivial) max min;

  sublist =
    start: count: list:
    let
      rest = length list - start;
    in
    genList (index: elemAt list (start + index)) (
      if rest <= 0 then
        0
      else if start + count > length list then
        rest
      else
        count
    );

  take = sublist 0;

  drop = count: list: sublist count (length list) list;

  hasPrefix = prefix: list: take (length prefix) list == prefix;
in
{
  /**
    The first elements; all of them when the list is shorter.

    Inputs: `count`, then the list.

    Type: `take :: Int -> [a] -> [a]`

    Example: `take 2 [ "a" "b" "c" ]` => `[ "a" "b" ]`
  */
  inherit take;

  /**
    The last elements; all of them when the list is shorter.

    Inputs: `count`, then the list.

    Type: `takeEnd :: Int -> [a] -> [a]`

    Example: `takeEnd 2 [ "a" "b" "c" ]` => `[ "b" "c" ]`
  */
  takeEnd = count: list: drop (max 0 (length list - count)) list;

  /**
    A list without its first elements.

    Inputs: `count`, then the list.

    Type: `drop :: Int -> [a] -> [a]`

    Example: `drop 2 [ "a" "b" "c" ]` => `[ "c" ]`
  */
  inherit drop;

  /**
    A list without its last elements.

    Inputs: `count`, then the list.

    Type: `dropEnd :: Int -> [a] -> [a]`

    Example: `dropEnd 2 [ "a" "b" "c" ]` => `[ "a" ]`
  */
  dropEnd = count: list: take (max 0 (length list - count)) list;

  /**
    Elements from the middle of a list; fewer than asked for when it ends before.

    Inputs: `start` is the position of the first, from 0; `count`; the list.

    Type: `sublist :: Int -> Int -> [a] -> [a]`

    Example: `sublist 1 3 [ "a" "b" "c" "d" "e" ]` => `[ "b" "c" "d" ]`
  */
  inherit sublist;

  /**
    Whether a list begins with another.

    Inputs: the possible prefix, then the list.

    Type: `hasPrefix :: [a] -> [a] -> Bool`

    Example: `lists.hasPrefix [ 1 2 ] [ 1 2 3 ]` => `true`
  */
  inherit hasPrefix;

  /**
    A list without a prefix that it must have.

    Inputs: the prefix, then the list.

    Type: `removePrefix :: [a] -> [a] -> [a]`

    Example: `lists.removePrefix [ 1 2 ] [ 1 2 3 ]` => `[ 3 ]`
  */
  removePrefix =
    prefix: list:
    if hasPrefix prefix list then
      drop (length prefix) list
    else
      throw "lib.lists.removePrefix: First argument is not a list prefix of the second argument";

  /**
    What two lists begin with.

    Inputs: the two lists.

    Type: `commonPrefix :: [a] -> [a] -> [a]`

    Example: `lists.commonPrefix [ 1 2 3 ] [ 1 2 4 ]` => `[ 1 2 ]`
  */
  commonPrefix =
    first: second:
    let
      shorter = min (length first) (length second);
      differs = index: elemAt first index != elemAt second index;
    in
    take (lib.lists.findFirstIndex differs shorter (genList (index: index) shorter)) first;

  /**
    The last element.

    Inputs: a list that is not empty.

    Type: `last :: [a] -> a`

    Example: `last [ 1 2 3 ]` => `3`
  */
  last =
    list:
    assert assertMsg (list != [ ]) "lists.last: list must not be empty!";
    elemAt list (length list - 1);

  /**
    All elements but the last.

    Inputs: a list that is not empty.

    Type: `init :: [a] -> [a]`

    Example: `init [ 1 2 3 ]` => `[ 1 2 ]`
  */
  init =
    list:
    assert assertMsg (list != [ ]) "lists.init: list must not be empty!";
    take (length list - 1) list;

  /**
    A list with one element replaced.

    Inputs: the list; `index` of the element, from 0; the new element.

    Type: `replaceElemAt :: [a] -> Int -> a -> [a]`

    Example: `replaceElemAt [ 1 2 3 ] 1 "two"` => `[ 1 "two" 3 ]`
  */
  replaceElemAt =
    list: index: element:
    let
      size = length list;
    in
    assert assertMsg (
      0 <= index && index < size
    ) "'lists.replaceElemAt' called with index ${toString index} on a list of size ${toString size}";
    genList (i: if i == index then element else elemAt list i) size;
}
