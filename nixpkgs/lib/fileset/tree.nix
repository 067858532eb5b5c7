# Operations on the trees of file sets; `representation.nix` says what a tree is.
{ lib }:
let
  inherit (builtins)
    all
    attrNames
    attrValues
    concatMap
    elemAt
    filter
    intersectAttrs
    isAttrs
    isString
    length
    mapAttrs
    readDir
    trace
    zipAttrsWith
    ;
  inherit (lib.attrsets) setAttrByPath;
  inherit (lib.lists)
    commonPrefix
    drop
    findFirstIndex
    foldl'
    ;

  isFolder = tree: tree == "directory" || isAttrs tree;

  # The trees of all entries that a folder has on the disk.
  entriesOf =
    path: tree:
    if tree == "directory" then readDir path else mapAttrs (_: _: null) (readDir path) // tree;

  # In the trees that `simplify` returns for people, a folder without any file.
  emptyFolder = "emptyDir";

  # A tree without folders that hold no files of the set, which are not copied, and in which a folder with
  # everything in it is "directory".
  withoutEmptyFolders =
    path: tree:
    let
      entries = mapAttrs (name: withoutEmptyFolders (path + "/${name}")) (entriesOf path tree);
      trees = attrValues entries;
    in
    if !isFolder tree then
      tree
    else if all (entry: entry == null) trees then
      null
    else if all isString trees then
      "directory"
    else
      entries;

  # The least that says the same: folders without files count as included or not, as it suits.
  simplify =
    path: tree:
    let
      entries = mapAttrs (name: simplify (path + "/${name}")) (entriesOf path tree);
      trees = attrValues entries;
    in
    if !isFolder tree then
      tree
    else if all (entry: entry == emptyFolder) trees then
      emptyFolder
    else if tree == "directory" || all isString trees then
      "directory"
    else if all (entry: entry == null || entry == emptyFolder) trees then
      null
    else
      entries;

  isEmpty = tree: tree == null || tree == emptyFolder;

  describe =
    tree:
    if isAttrs tree then
      ""
    else if tree == "directory" then
      " (all files in directory)"
    else
      " (${tree})";

  # Traces the entries one after the other, so that an error in one comes after those before it.
  traceEntries =
    indent: previous: entries:
    foldl' (
      previous: name:
      let
        tree = entries.${name};
        shown = trace "${indent}- ${name}${describe tree}" previous;
      in
      if isEmpty tree then
        previous
      else if isAttrs tree then
        traceEntries "${indent}  " shown tree
      else
        shown
    ) previous (attrNames entries);

  union =
    trees:
    let
      whole = findFirstIndex isString null trees;
      partial = filter (tree: tree != null) trees;
    in
    if whole != null then
      elemAt trees whole
    else if partial == [ ] then
      null
    else
      zipAttrsWith (_: union) partial;

  intersection =
    a: b:
    if isAttrs a && isAttrs b then
      mapAttrs (name: intersection a.${name}) (intersectAttrs a b)
    else if a == null || isString b then
      a
    else
      b;

  difference =
    path: a: b:
    if a == null || isString b then
      null
    else if b == null then
      a
    else
      mapAttrs (name: entry: difference (path + "/${name}") entry (b.${name} or null)) (
        entriesOf path a
      );

  filesIn =
    path: tree:
    let
      entries = if tree == "directory" then readDir path else tree;
    in
    if tree == null then
      [ ]
    else if isFolder tree then
      concatMap (name: filesIn (path + "/${name}") entries.${name}) (attrNames entries)
    else
      [ path ];
in
{
  inherit
    difference
    filesIn
    intersection
    simplify
    union
    withoutEmptyFolders
    ;

  # Traces a tree for people, a line for each entry; the value is null.
  traceTree =
    base: tree:
    let
      first = trace (if isEmpty tree then "(empty)" else "${toString base}${describe tree}") null;
    in
    if isAttrs tree then traceEntries "" first tree else first;

  # The tree that a file set has for another base, given by its components.
  treeAt =
    target: fileset:
    let
      base = fileset._internalBaseComponents;
      common = length (commonPrefix base target);
    in
    if common == length target then
      setAttrByPath (drop common base) fileset._internalTree
    else if common == length base then
      foldl' (tree: name: if isAttrs tree then tree.${name} or null else tree) fileset._internalTree (
        drop common target
      )
    else
      null;
}
