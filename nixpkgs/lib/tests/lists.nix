# lib.lists
{ lib }:
{
  builtinNames = {
    expr = [
      (lib.all (x: x) [ true false ])
      (lib.any (x: x) [ true false ])
      (lib.concatLists [ [ 1 ] [ 2 ] ])
      (lib.concatMap (x: [ x x ]) [ 1 ])
      (lib.elem 1 [ 1 ])
      (lib.elemAt [ 1 2 ] 1)
      (lib.filter (x: x > 1) [ 1 2 ])
      (lib.genList (n: n * n) 3)
      (lib.groupBy (x: if x > 1 then "b" else "a") [ 1 2 3 ])
      (lib.head [ 1 2 ])
      (lib.isList [ ])
      (lib.length [ 1 2 ])
      (lib.partition (x: x > 1) [ 1 2 ])
      (lib.sort (a: b: a < b) [ 3 1 2 ])
      (lib.tail [ 1 2 ])
    ];
    expected = [
      false
      true
      [ 1 2 ]
      [ 1 1 ]
      true
      2
      [ 2 ]
      [ 0 1 4 ]
      { a = [ 1 ]; b = [ 2 3 ]; }
      1
      true
      2
      { right = [ 2 ]; wrong = [ 1 ]; }
      [ 1 2 3 ]
      [ 2 ]
    ];
  };

  foldrStopsEarly = {
    expr = lib.foldr (x: rest: x || rest) false [ true (throw "not evaluated") ];
    expected = true;
  };

  foldlIsLazy = {
    expr = lib.foldl (sofar: x: x) (throw "not evaluated") [ 1 ];
    expected = 1;
  };

  strictFoldEvaluatesTheStart = {
    expr = lib.foldl' (sofar: x: x) (throw "evaluated") [ 1 ];
    throws = true;
  };

  strictFoldOfALongList = {
    expr = lib.foldl' (sum: n: sum + n) 0 (lib.range 1 100000);
    expected = 5000050000;
  };

  deprecatedFoldIsFoldr = {
    expr = lib.fold (x: rest: x + rest) "." [ "a" "b" ];
    expected = "ab.";
  };

  imapIsLazy = {
    expr = lib.length (lib.imap0 (i: v: throw "not evaluated") [ 1 2 ]);
    expected = 2;
  };

  findFirstOfALongList = {
    expr = lib.lists.findFirstIndex (n: n == 99999) null (lib.range 0 200000);
    expected = 99999;
  };

  findFirstLeavesTheRest = {
    expr = lib.findFirst (x: x > 1) 0 [ 2 (throw "not evaluated") ];
    expected = 2;
  };

  findFirstDefault = {
    expr = lib.findFirst (x: x > 9) 0 [ 1 ];
    expected = 0;
  };

  findSingleOfNoneAndMany = {
    expr = [
      (lib.findSingle (x: x == 3) "none" "many" [ 1 ])
      (lib.findSingle (x: x == 3) "none" "many" [ 3 3 ])
    ];
    expected = [ "none" "many" ];
  };

  slicesAtTheEnds = {
    expr = [
      (lib.take 0 [ 1 2 ])
      (lib.take 5 [ 1 2 ])
      (lib.takeEnd 5 [ 1 2 ])
      (lib.drop 5 [ 1 2 ])
      (lib.dropEnd 5 [ 1 2 ])
      (lib.sublist 5 2 [ 1 2 ])
      (lib.sublist 1 9 [ 1 2 ])
      (lib.lists.commonPrefix [ 1 2 ] [ 1 2 3 ])
      (lib.lists.commonPrefix [ 1 ] [ 2 ])
    ];
    expected = [
      [ ]
      [ 1 2 ]
      [ 1 2 ]
      [ ]
      [ ]
      [ ]
      [ 2 ]
      [ 1 2 ]
      [ ]
    ];
  };

  lastOfNothing = {
    expr = lib.last [ ];
    throws = true;
  };

  initOfNothing = {
    expr = lib.init [ ];
    throws = true;
  };

  removePrefixThatIsNone = {
    expr = lib.lists.removePrefix [ 1 ] [ 2 ];
    throws = true;
  };

  replaceElemAtOutside = {
    expr = lib.replaceElemAt [ 1 ] 1 2;
    throws = true;
  };

  toposortFindsCycles = {
    expr = lib.toposort (a: b: (a == 1 && b == 2) || (a == 2 && b == 1)) [ 1 2 ] ? cycle;
    expected = true;
  };

  toposortOfPaths = {
    expr = (lib.toposort lib.hasPrefix [ "/home/user" "other" "/" "/home" ]).result;
    expected = [ "/" "/home" "/home/user" "other" ];
  };

  sortOnIsStable = {
    expr = lib.sortOn (pair: lib.head pair) [ [ 1 "a" ] [ 0 "b" ] [ 1 "c" ] ];
    expected = [ [ 0 "b" ] [ 1 "a" ] [ 1 "c" ] ];
  };

  naturalSortOfNumbers = {
    expr = lib.naturalSort [ "v0.2" "v0.15" "v0.0.9" "a10" "a9" ];
    expected = [ "a9" "a10" "v0.0.9" "v0.2" "v0.15" ];
  };

  compareListsOfUnequalLength = {
    expr = [
      (lib.compareLists lib.compare [ ] [ 1 ])
      (lib.compareLists lib.compare [ 1 ] [ ])
      (lib.compareLists lib.compare [ ] [ ])
    ];
    expected = [ (-1) 1 0 ];
  };
}
