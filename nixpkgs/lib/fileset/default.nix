# Sets of local files, for choosing what goes into the store. Wherever a function takes a file set, a path
# stands for the file, or for the folder with everything in it.
{ lib }:
let
  inherit (builtins)
    dirOf
    elemAt
    isBool
    isList
    isPath
    pathExists
    readFileType
    seq
    typeOf
    ;
  inherit (lib) isFunction;
  inherit (lib.path) splitRoot;
  inherit (lib.sources) cleanSourceWith;
  inherit (lib.strings) isStringLike;
  inherit (import ./internal.nix { inherit lib; })
    _coerce
    _coerceMany
    _coerceResult
    _difference
    _emptyWithoutBase
    _fileFilter
    _fromFetchGit
    _fromSourceFilter
    _intersection
    _printFileset
    _singleton
    _toList
    _toSourceFilter
    _unionMany
    ;

  # Two arguments of a function as file sets.
  coerceTwo =
    function: firstName: first: secondName: second: combine:
    let
      filesets = _coerceMany "lib.fileset.${function}" [
        {
          context = firstName;
          value = first;
        }
        {
          context = secondName;
          value = second;
        }
      ];
    in
    combine (elemAt filesets 0) (elemAt filesets 1);

  checkRoot =
    root:
    if isPath root then
      if !pathExists root then
        throw "lib.fileset.toSource: `root` (${toString root}) is a path that does not exist."
      else if readFileType root != "directory" then
        throw ''
          lib.fileset.toSource: `root` (${toString root}) is a file, but it should be a directory instead. Potential solutions:
              - If you want to import the file into the store _without_ a containing directory, use string interpolation or `builtins.path` instead of this function.
              - If you want to import the file into the store _with_ a containing directory, set `root` to the containing directory, such as ${toString (dirOf root)}, and set `fileset` to the file path.''
      else
        true
    else if root ? _isLibCleanSourceWith then
      throw ''
        lib.fileset.toSource: `root` is a `lib.sources`-based value, but it should be a path instead.
            To use a `lib.sources`-based value, convert it to a file set using `lib.fileset.fromSource` and pass it as `fileset`.
            Note that this only works for sources created from paths.''
    else if isStringLike root then
      throw ''
        lib.fileset.toSource: `root` (${toString root}) is a string-like value, but it should be a path instead.
            Paths in strings are not supported by `lib.fileset`, use `lib.sources` or derivations instead.''
    else
      throw "lib.fileset.toSource: `root` is of type ${typeOf root}, but it should be a path instead.";

  checkBelowRoot =
    root: fileset:
    let
      base = fileset._internalBase;
      rootOf = path: toString (splitRoot path).root;
    in
    if fileset._internalIsEmptyWithoutBase then
      true
    else if (splitRoot root).root != (splitRoot base).root then
      throw ''
        lib.fileset.toSource: Filesystem roots are not the same for `fileset` and `root` (${toString root}):
            `root`: Filesystem root is "${rootOf root}"
            `fileset`: Filesystem root is "${rootOf base}"
            Different filesystem roots are not supported.''
    else if !lib.path.hasPrefix root base then
      throw ''
        lib.fileset.toSource: `fileset` could contain files in ${toString base}, which is not under the `root` (${toString root}). Potential solutions:
            - Set `root` to ${toString base} or any directory higher up. This changes the layout of the resulting store path.
            - Set `fileset` to a file set that cannot contain files outside the `root` (${toString root}). This could change the files included in the result.''
    else
      true;
in
{
  /**
    The file or folder at a path, or no file when there is none.

    Inputs: the path.

    Type: `maybeMissing :: Path -> FileSet`

    Example: `fileset.toList (fileset.maybeMissing ./does-not-exist)` => `[ ]`
  */
  maybeMissing =
    path:
    if isPath path then
      if pathExists path then _singleton path else _emptyWithoutBase
    else if isStringLike path then
      throw ''lib.fileset.maybeMissing: Argument ("${toString path}") is a string-like value, but it should be a path instead.''
    else
      throw "lib.fileset.maybeMissing: Argument is of type ${typeOf path}, but it should be a path instead.";

  /**
    Trace the files of a file set, and return a value.

    Inputs: the file set, then the value.

    Type: `trace :: FileSet -> a -> a`
  */
  trace =
    fileset:
    seq (_printFileset (_coerce "lib.fileset.trace: Argument" fileset)) (value: value);

  /**
    Trace the files of a file set, and return it.

    Inputs: the file set.

    Type: `traceVal :: FileSet -> FileSet`
  */
  traceVal =
    fileset:
    let
      coerced = _coerce "lib.fileset.traceVal: Argument" fileset;
    in
    seq (_printFileset coerced) coerced;

  /**
    A folder in the store with the files of a file set. Folders without such files are left out.

    Inputs: `root`, the folder that becomes the root there; `fileset`, whose files must be below it.

    Type: `toSource :: { root :: Path; fileset :: FileSet; } -> Source`
  */
  toSource =
    { root, fileset }:
    let
      coerced = _coerce "lib.fileset.toSource: `fileset`" fileset;
      filter = _toSourceFilter coerced;
    in
    assert checkRoot root;
    assert checkBelowRoot root coerced;
    seq filter cleanSourceWith {
      name = "source";
      src = root;
      inherit filter;
    };

  /**
    The files of a file set.

    Inputs: the file set.

    Type: `toList :: FileSet -> [Path]`

    Example: `fileset.toList (fileset.unions [ ])` => `[ ]`
  */
  toList = fileset: _toList (_coerce "lib.fileset.toList: Argument" fileset);

  /**
    The files that are in at least one of two file sets.

    Inputs: the file sets.

    Type: `union :: FileSet -> FileSet -> FileSet`
  */
  union =
    first: second: coerceTwo "union" "First argument" first "Second argument" second (
      a: b:
      _unionMany [
        a
        b
      ]
    );

  /**
    The files that are in at least one of several file sets.

    Inputs: the list of file sets.

    Type: `unions :: [FileSet] -> FileSet`
  */
  unions =
    filesets:
    if isList filesets then
      _unionMany (
        _coerceMany "lib.fileset.unions" (
          lib.imap0 (index: value: {
            context = "Element ${toString index}";
            inherit value;
          }) filesets
        )
      )
    else
      throw "lib.fileset.unions: Argument is of type ${typeOf filesets}, but it should be a list instead.";

  /**
    The files that are in both of two file sets.

    Inputs: the file sets.

    Type: `intersection :: FileSet -> FileSet -> FileSet`
  */
  intersection =
    first: second:
    coerceTwo "intersection" "First argument" first "Second argument" second _intersection;

  /**
    The files of a file set that are not in another.

    Inputs: the file set, then the one whose files are left out.

    Type: `difference :: FileSet -> FileSet -> FileSet`
  */
  difference =
    positive: negative:
    coerceTwo "difference" "First argument (positive set)" positive "Second argument (negative set)"
      negative
      _difference;

  /**
    The files at or below a path that have a property.

    Inputs: the property of a set `{ name; type; hasExt; ... }`: the file's name, its type as `readFileType`
    gives it, and a function that says whether the name ends with a dot and the given extension; then the
    path.

    Type: `fileFilter :: ({ name :: String; type :: String; hasExt :: String -> Bool; ... } -> Bool) -> Path -> FileSet`
  */
  fileFilter =
    predicate: path:
    if !isFunction predicate then
      throw "lib.fileset.fileFilter: First argument is of type ${typeOf predicate}, but it should be a function instead."
    else if path._type or "" == "fileset" then
      throw ''
        lib.fileset.fileFilter: Second argument is a file set, but it should be a path instead.
            If you need to filter files in a file set, use `intersection fileset (fileFilter pred ./.)` instead.''
    else if !isPath path then
      throw "lib.fileset.fileFilter: Second argument is of type ${typeOf path}, but it should be a path instead."
    else if !pathExists path then
      throw "lib.fileset.fileFilter: Second argument (${toString path}) is a path that does not exist."
    else
      _fileFilter predicate path;

  /**
    The files of a source made with `lib.sources` from a path.

    Inputs: the source.

    Type: `fromSource :: Source -> FileSet`
  */
  fromSource =
    source:
    let
      isFiltered = source ? _isLibCleanSourceWith;
      path = if isFiltered then source.origSrc else source;
    in
    if isPath path then
      if !pathExists path then
        throw "lib.fileset.fromSource: The source origin (${toString path}) of the argument is a path that does not exist."
      else if isFiltered then
        _fromSourceFilter path source.filter
      else
        _singleton path
    else if isStringLike path then
      throw ''
        lib.fileset.fromSource: The source origin of the argument is a string-like value ("${toString path}"), but it should be a path instead.
            Sources created from paths in strings cannot be turned into file sets, use `lib.sources` or derivations instead.''
    else
      throw "lib.fileset.fromSource: The source origin of the argument is of type ${typeOf path}, but it should be a path instead.";

  /**
    The files of a local repository that Git tracks.

    Inputs: the root of the working tree.

    Type: `gitTracked :: Path -> FileSet`
  */
  gitTracked = path: _fromFetchGit "gitTracked" "argument" path { };

  /**
    `gitTracked` with a choice about submodules.

    Inputs: `{ recurseSubmodules ? false; }`, then the root of the working tree.

    Type: `gitTrackedWith :: { recurseSubmodules ? Bool; } -> Path -> FileSet`
  */
  gitTrackedWith =
    {
      recurseSubmodules ? false,
    }:
    path:
    if isBool recurseSubmodules then
      _fromFetchGit "gitTrackedWith" "second argument" path { submodules = recurseSubmodules; }
    else
      throw "lib.fileset.gitTrackedWith: Expected the attribute `recurseSubmodules` of the first argument to be a boolean, but it's a ${typeOf recurseSubmodules} instead.";

  /**
    No files.

    Type: `empty :: FileSet`

    Example: `fileset.toList fileset.empty` => `[ ]`
  */
  empty = _emptyWithoutBase;

  /**
    Whether a value can be used as a file set: it is one, or a path that exists.

    Inputs: any value.

    Type: `isFileset :: Any -> Bool`

    Example: `fileset.isFileset "/etc"` => `false`
  */
  isFileset = value: (_coerceResult "" value) ? value;
}
