# What the functions of the file set library are made of. Some of these names are known outside, to tests
# and to other versions of the library.
{
  lib ? import ../.,
}:
let
  inherit (builtins)
    baseNameOf
    concatStringsSep
    dirOf
    elemAt
    fetchGit
    filter
    foldl'
    head
    isAttrs
    isPath
    length
    map
    mapAttrs
    pathExists
    readDir
    readFileType
    split
    stringLength
    substring
    tail
    trace
    typeOf
    ;
  inherit (lib.lists) commonPrefix;
  inherit (lib.path) append hasStorePathPrefix splitRoot;
  inherit (lib.path.subpath) components join;
  inherit (lib.strings) hasSuffix;
  inherit (import ./representation.nix { inherit lib; })
    coerce
    coerceMany
    coerceResult
    create
    emptyWithoutBase
    singleton
    ;

  tree = import ./tree.nix { inherit lib; };

  hasBase = fileset: !fileset._internalIsEmptyWithoutBase;

  # A path as the filter of `builtins.path` sees it.
  asString = names: "/${concatStringsSep "/" names}";

  # A tree of a folder, or of the folder around a file; both functions get the path.
  createAt =
    path: ofFolder: ofFile:
    if readFileType path == "directory" then
      create path (ofFolder path)
    else
      create (dirOf path) { ${baseNameOf path} = ofFile path; };

  toSourceFilter =
    fileset:
    let
      wanted = tree.withoutEmptyFolders fileset._internalBase fileset._internalTree;
      base =
        let
          names = fileset._internalBaseComponents;
        in
        if names == [ ] then "/" else "${asString names}/";
      baseLength = stringLength base;

      # `parts` alternates between components and separators.
      isIn =
        parts: index: here:
        if !isAttrs here then
          here != null
        else
          index >= length parts || isIn parts (index + 2) here.${elemAt parts index};

      filter =
        path: type:
        let
          folder = "${path}/";
          isAboveBase = substring 0 (stringLength folder) base == folder;
          isBelowBase = substring 0 baseLength folder == base;
        in
        (
          isAboveBase
          || (isBelowBase && isIn (split "/" (substring baseLength (-1) path)) 0 wanted)
        )
        && (
          type != "unknown"
          || throw ''
            lib.fileset.toSource: `fileset` contains a file that cannot be added to the store: ${path}
                This file is neither a regular file nor a symlink, the only file types supported by the Nix store.
                Therefore the file set cannot be added to the Nix store as is. Make sure to not include that file to avoid this error.''
        );
    in
    # The base itself is always copied, so that no file at all is a case of its own.
    if !hasBase fileset || wanted == null then _: _: false else filter;

  unionMany =
    filesets:
    let
      some = filter hasBase filesets;
      first = head some;
      common = foldl' (
        names: fileset: commonPrefix names fileset._internalBaseComponents
      ) first._internalBaseComponents (tail some);
    in
    if some == [ ] then
      emptyWithoutBase
    else
      create (append first._internalBaseRoot (join common)) (tree.union (map (tree.treeAt common) some));

  intersection =
    a: b:
    let
      namesOf = fileset: fileset._internalBaseComponents;
      deeper = if length (namesOf a) > length (namesOf b) then a else b;
      areDisjoint =
        let
          common = length (commonPrefix (namesOf a) (namesOf b));
        in
        common != length (namesOf a) && common != length (namesOf b);
      treeOf = tree.treeAt (namesOf deeper);
    in
    if !hasBase a || !hasBase b || areDisjoint then
      emptyWithoutBase
    else
      create deeper._internalBase (tree.intersection (treeOf a) (treeOf b));

  difference =
    positive: negative:
    if !hasBase positive then
      emptyWithoutBase
    else if !hasBase negative then
      positive
    else
      create positive._internalBase (
        tree.difference positive._internalBase positive._internalTree (
          tree.treeAt positive._internalBaseComponents negative
        )
      );

  # The files for which a filter of `lib.sources` answers true, as `builtins.path` asks it.
  fromSourceFilter =
    root: sourceFilter:
    let
      entries =
        path: string:
        mapAttrs (
          name: type:
          let
            entry = "${string}/${name}";
          in
          if !sourceFilter entry type then
            null
          else if type == "directory" then
            entries (path + "/${name}") entry
          else
            type
        ) (readDir path);
    in
    # The root itself is never asked for.
    createAt root (path: entries path (asString (components (splitRoot path).subpath))) readFileType;

  fileFilter =
    predicate: root:
    let
      ofFile =
        name: type:
        if
          predicate {
            inherit name type;
            hasExt = extension: hasSuffix ".${extension}" name;
            # Reserves the right to pass more attributes.
            "lib.fileset.fileFilter: The predicate function passed as the first argument must be able to handle extra attributes for future compatibility. If you're using `{ name, file, hasExt }:`, use `{ name, file, hasExt, ... }:` instead." =
              null;
          }
        then
          type
        else
          null;
      entries =
        path:
        mapAttrs (
          name: type: if type == "directory" then entries (path + "/${name}") else ofFile name type
        ) (readDir path);
    in
    createAt root entries (path: ofFile (baseNameOf path) (readFileType path));

  # The file set below a folder of what a copy of the folder holds.
  mirror =
    folder: copy:
    let
      entries =
        path:
        mapAttrs (name: type: if type == "directory" then entries (path + "/${name}") else type) (
          readDir path
        );
    in
    create folder (entries copy);

  # `function` and `argument` are for messages.
  fromFetchGit =
    function: argument: path: fetchArgs:
    let
      isRepository = pathExists (path + "/.git");
      fetched = fetchGit (
        {
          url = path;
          shallow = true;
        }
        // fetchArgs
      );
    in
    if !isPath path then
      throw "lib.fileset.${function}: Expected the ${argument} to be a path, but it's a ${typeOf path} instead."
    else if readFileType path != "directory" then
      throw "lib.fileset.${function}: Expected the ${argument} (${toString path}) to be a directory, but it's a file instead."
    else if hasStorePathPrefix path then
      if isRepository then
        throw ''
          lib.fileset.${function}: The ${argument} (${toString path}) is a store path within a working tree of a Git repository.
              This indicates that a source directory was imported into the store using a method such as `import "''${./.}"` or `path:.`.
              This function currently does not support such a use case, since it currently relies on `builtins.fetchGit`.
              You could make this work by using a fetcher such as `fetchGit` instead of copying the whole repository.
              If you can't avoid copying the repo to the store, see https://github.com/NixOS/nix/issues/9292.''
      else
        # It was fetched by something that left out what Git does not track.
        singleton path
    else if isRepository then
      mirror path fetched.outPath
    else
      throw "lib.fileset.${function}: Expected the ${argument} (${toString path}) to point to a local working tree of a Git repository, but it's not.";
in
{
  _coerce = coerce;
  _coerceMany = coerceMany;
  _coerceResult = coerceResult;
  _create = create;
  _difference = difference;
  _emptyWithoutBase = emptyWithoutBase;
  _fileFilter = fileFilter;
  _fromFetchGit = fromFetchGit;
  _fromSourceFilter = fromSourceFilter;
  _intersection = intersection;
  _singleton = singleton;
  _toSourceFilter = toSourceFilter;
  _unionMany = unionMany;

  # Traces a file set when it is evaluated.
  _printFileset =
    fileset:
    if hasBase fileset then
      tree.traceTree fileset._internalBase (
        tree.simplify fileset._internalBase fileset._internalTree
      )
    else
      trace "(empty)" null;

  _toList =
    fileset:
    if hasBase fileset then tree.filesIn fileset._internalBase fileset._internalTree else [ ];
}
