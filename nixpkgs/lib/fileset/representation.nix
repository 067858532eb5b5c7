# What a file set consists of, and what becomes one.
#
# A file set is a base, which is a folder, and a tree of what is in the set below it. A tree is
#
# - null: nothing;
# - "directory": a folder with everything in it;
# - another string, the type of a file: that file;
# - a set: a folder with the trees of its entries; entries that are missing are null.
#
# The attributes' names are shared with other versions of the library, so that their file sets can be
# combined with ours.
{ lib }:
let
  inherit (builtins)
    baseNameOf
    dirOf
    elemAt
    foldl'
    head
    isPath
    pathExists
    readFileType
    typeOf
    ;
  inherit (lib.lists)
    drop
    findFirst
    findFirstIndex
    ;
  inherit (lib.path) splitRoot;
  inherit (lib.path.subpath) components;
  inherit (lib.strings) isStringLike;

  currentVersion = 3;

  noEval = throw ''
    lib.fileset: Directly evaluating a file set is not supported.
      To turn it into a usable source, use `lib.fileset.toSource`.
      To pretty-print the contents, use `lib.fileset.trace` or `lib.fileset.traceVal`.'';

  # The base as a filesystem root and the components below it.
  baseParts =
    base:
    let
      parts = splitRoot base;
    in
    {
      _internalBaseRoot = parts.root;
      _internalBaseComponents = components parts.subpath;
    };

  # The step from each version to the next.
  migrations = [
    (old: old // baseParts old._internalBase)
    # Trees may leave out entries; no older tree does.
    (old: old)
    (old: old // { _internalIsEmptyWithoutBase = false; })
  ];

  create =
    base: tree:
    baseParts base
    // {
      _type = "fileset";
      _internalVersion = currentVersion;
      _internalIsEmptyWithoutBase = false;
      _internalBase = base;
      _internalTree = tree;
      # The last by name, so that everything else is shown before the error.
      _noEval = noEval;
    };

  # A folder and all that is in it, or one file.
  singleton =
    path:
    let
      type = readFileType path;
    in
    if type == "directory" then
      create path type
    else
      create (dirOf path) { ${baseNameOf path} = type; };

  # A value as a file set: `{ value; }`, or `{ message; }` why it is none. `context` opens the message.
  coerceResult =
    context: value:
    if value._type or "" == "fileset" then
      if value._internalVersion > currentVersion then
        {
          message = ''
            ${context} is a file set created from a future version of the file set library with a different internal representation:
                - Internal version of the file set: ${toString value._internalVersion}
                - Internal version of the library: ${toString currentVersion}
                Make sure to update your Nixpkgs to have a newer version of `lib.fileset`.'';
        }
      else if value._internalVersion == currentVersion then
        { inherit value; }
      else
        {
          value = foldl' (old: migrate: migrate old) value (drop value._internalVersion migrations) // {
            _internalVersion = currentVersion;
          };
        }
    else if isPath value then
      if pathExists value then
        { value = singleton value; }
      else
        {
          message = ''
            ${context} (${toString value}) is a path that does not exist.
                To create a file set from a path that may not exist, use `lib.fileset.maybeMissing`.'';
        }
    else if value ? _isLibCleanSourceWith then
      {
        message = ''
          ${context} is a `lib.sources`-based value, but it should be a file set or a path instead.
              To convert a `lib.sources`-based value to a file set you can use `lib.fileset.fromSource`.
              Note that this only works for sources created from paths.'';
      }
    else if isStringLike value then
      {
        message = ''
          ${context} ("${toString value}") is a string-like value, but it should be a file set or a path instead.
              Paths represented as strings are not supported by `lib.fileset`, use `lib.sources` or derivations instead.'';
      }
    else
      {
        message = "${context} is of type ${typeOf value}, but it should be a file set or a path instead.";
      };

  coerce =
    context: value:
    let
      result = coerceResult context value;
    in
    result.value or (throw result.message);

  # Several values `{ context; value; }` as file sets that can be combined.
  coerceMany =
    function: items:
    let
      filesets = map (item: coerce "${function}: ${item.context}" item.value) items;
      hasBase = fileset: !fileset._internalIsEmptyWithoutBase;
      first = findFirst hasBase null filesets;
      root = first._internalBaseRoot;
      other = findFirstIndex (
        fileset: hasBase fileset && fileset._internalBaseRoot != root
      ) null filesets;
    in
    if first == null || other == null then
      filesets
    else
      throw ''
        ${function}: Filesystem roots are not the same:
            ${(head items).context}: Filesystem root is "${toString root}"
            ${(elemAt items other).context}: Filesystem root is "${toString (elemAt filesets other)._internalBaseRoot}"
            Different filesystem roots are not supported.'';
in
{
  inherit
    coerce
    coerceMany
    coerceResult
    create
    singleton
    ;

  # No file at all, anywhere.
  emptyWithoutBase = {
    _type = "fileset";
    _internalVersion = currentVersion;
    _internalIsEmptyWithoutBase = true;
    _noEval = noEval;
  };
}
