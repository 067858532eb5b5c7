# Files and folders, as they are at the time of evaluation.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatMap
    filter
    isString
    listToAttrs
    map
    match
    pathExists
    readDir
    readFileType
    ;
  inherit (lib)
    concatMapAttrs
    hasSuffix
    makeScope
    nameValuePair
    recurseIntoAttrs
    removeSuffix
    ;

  isOfType = type: path: pathExists path && readFileType path == type;

  pathIsDirectory = isOfType "directory";

  listFilesRecursive =
    folder:
    let
      entries = readDir folder;
    in
    concatMap (
      name:
      let
        path = folder + "/${name}";
      in
      if entries.${name} == "directory" then listFilesRecursive path else [ path ]
    ) (attrNames entries);

  packagesFromDirectoryRecursive =
    {
      callPackage,
      newScope ? throw "lib.packagesFromDirectoryRecursive: newScope wasn't passed in args",
      directory,
    }@args:
    let
      package = directory + "/package.nix";
    in
    if pathExists package then
      callPackage package { }
    else if args ? newScope then
      recurseIntoAttrs (
        makeScope newScope (self: packagesIn (args // { inherit (self) callPackage newScope; }))
      )
    else
      packagesIn args;

  # The packages of a folder that is not itself one.
  packagesIn =
    { callPackage, directory, ... }@args:
    concatMapAttrs (
      name: type:
      let
        path = directory + "/${name}";
      in
      if type == "directory" then
        { ${name} = packagesFromDirectoryRecursive (args // { directory = path; }); }
      else if type != "regular" then
        throw "lib.filesystem.packagesFromDirectoryRecursive: Unsupported file type ${type} at path ${toString path}\n"
      else if hasSuffix ".nix" name then
        { ${removeSuffix ".nix" name} = callPackage path { }; }
      else
        { }
    ) (readDir directory);
in
{
  inherit (builtins)
    baseNameOf
    dirOf
    hashFile
    isPath
    readDir
    readFileType
    ;

  /**
    What is at a path: `regular`, `directory`, `symlink` or `unknown`. Nothing there is an error.

    Inputs: the path.

    Type: `pathType :: Path -> String`

    Example: `pathType /.` => `"directory"`
  */
  pathType = readFileType;

  /**
    Whether there is a folder at a path.

    Inputs: the path.

    Type: `pathIsDirectory :: Path -> Bool`

    Example: `pathIsDirectory /.` => `true`
  */
  inherit pathIsDirectory;

  /**
    Whether there is a regular file at a path.

    Inputs: the path.

    Type: `pathIsRegularFile :: Path -> Bool`

    Example: `pathIsRegularFile /.` => `false`
  */
  pathIsRegularFile = isOfType "regular";

  /**
    The subfolders of a folder that hold a Cabal file of the same name.

    Inputs: the folder.

    Type: `haskellPathsInDir :: Path -> AttrsOf Path`
  */
  haskellPathsInDir =
    root:
    listToAttrs (
      filter ({ name, value }: pathExists (value + "/${name}.cabal")) (
        map (name: nameValuePair name (root + "/${name}")) (attrNames (readDir root))
      )
    );

  /**
    The nearest folder, from a file or folder upwards, with an entry whose name matches a pattern.

    Inputs: the regular expression, then the file or folder.

    Type: `locateDominatingFile :: String -> Path -> ({ path :: Path; matches :: [[String]]; } | Null)`

    The result holds the folder and the groups of each match; it is null when there is none.
  */
  locateDominatingFile =
    pattern: file:
    let
      isFolder =
        toString file == "/" || (readDir (dirOf file)).${baseNameOf file} or null == "directory";
      search =
        path:
        let
          matches = filter (groups: groups != null) (map (match pattern) (attrNames (readDir path)));
        in
        if matches != [ ] then
          { inherit path matches; }
        else if toString path == "/" then
          null
        else
          search (dirOf path);
    in
    search (if isFolder then file else dirOf file);

  /**
    All files below a folder.

    Inputs: the folder.

    Type: `listFilesRecursive :: Path -> [Path]`
  */
  inherit listFilesRecursive;

  /**
    Packages out of a tree of files. A folder with `package.nix` is a package, and so is every other file
    that ends with `.nix`; any other folder is a set of packages.

    Inputs: `callPackage`; `directory`, the root of the tree; `newScope`, optional, with which packages of a
    folder find each other as arguments.

    Type: `packagesFromDirectoryRecursive :: { callPackage :: Function; newScope ? Function; directory :: Path; } -> AttrSet`
  */
  inherit packagesFromDirectoryRecursive;

  /**
    The file that `import` reads for a path: in a folder it is `default.nix`.

    Inputs: a path, or a string.

    Type: `resolveDefaultNix :: (Path | String) -> (Path | String)`

    Example: `filesystem.resolveDefaultNix "/some/folder/"` => `"/some/folder/default.nix"`
  */
  resolveDefaultNix =
    path:
    if pathIsDirectory path then
      path + "/default.nix"
    else if isString path && hasSuffix "/" path then
      # It cannot be looked at, but says of itself that it is a folder.
      path + "default.nix"
    else
      path;
}
