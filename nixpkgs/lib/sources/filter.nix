# Folders of which only some files are copied to the store.
#
# A source is a path, or what `cleanSourceWith` makes: `{ origSrc; filter; name; outPath; }` with the mark
# `_isLibCleanSourceWith`. A filter gets a path as a string, and the type of what is there.
{ lib }:
let
  inherit (builtins)
    any
    concatStringsSep
    elem
    elemAt
    filter
    hasContext
    isList
    isString
    length
    map
    match
    split
    ;
  inherit (lib)
    boolToString
    escapeRegex
    hasPrefix
    hasSuffix
    removePrefix
    ;

  isFiltered = source: source ? _isLibCleanSourceWith;

  partsOf =
    source:
    if isFiltered source then
      { inherit (source) filter name origSrc; }
    else
      {
        filter = _: _: true;
        name = "source";
        origSrc = source;
      };

  makeSource =
    { filter, name, origSrc }:
    {
      _isLibCleanSourceWith = true;
      inherit filter name origSrc;
      outPath = builtins.path {
        inherit filter name;
        path = origSrc;
      };
    };

  cleanSourceWith =
    {
      src,
      filter ? _: _: true,
      name ? null,
    }:
    let
      original = partsOf src;
    in
    makeSource {
      inherit (original) origSrc;
      filter = path: type: filter path type && original.filter path type;
      name = if name == null then original.name else name;
    };

  versionControlFolders = [
    ".hg"
    ".jj"
    ".pijul"
    ".svn"
    "CVS"
    "_darcs"
  ];

  cleanSourceFilter =
    path: type:
    let
      name = baseNameOf path;
      isVersionControl = name == ".git" || (type == "directory" && elem name versionControlFolders);
      isEditors = hasSuffix "~" name || match "(\\..*)?\\.sw[a-z]" name != null;
      isBuilt = hasSuffix ".o" name || hasSuffix ".so" name;
      isResult = type == "symlink" && hasPrefix "result" name;
    in
    # A socket or a device cannot be in the store.
    !(isVersionControl || isEditors || isBuilt || isResult || type == "unknown");

  # Path components as one glob's regular expressions. `**` stands for any number of components.
  anyDepth = null;

  componentPattern =
    glob:
    if glob == "**" then
      anyDepth
    else
      concatStringsSep "" (
        map (part: if isList part then "[^/]*" else escapeRegex part) (split "\\*+" glob)
      );

  componentsOf = path: filter isString (split "/" path);

  # Whether components match patterns. A folder is also taken when what is below it might.
  globMatches =
    patterns: components: type:
    let
      fits = pattern: component: pattern == anyDepth || match pattern component != null;
      from =
        index: position:
        let
          pattern = elemAt patterns index;
          component = elemAt components position;
        in
        if position >= length components then
          index >= length patterns || type == "directory" || type == "symlink"
        else if index >= length patterns then
          false
        else if pattern == anyDepth then
          index + 1 == length patterns
          || (
            if fits (elemAt patterns (index + 1)) component then
              from (index + 1) position
            else
              from index (position + 1)
          )
        else
          fits pattern component && from (index + 1) (position + 1);
    in
    from 0 0;
in
{
  inherit (builtins) filterSource;

  /**
    A filter that leaves out version control, editors' backups, object files, results of `nix-build` and
    what cannot be in the store.

    Inputs: the path as a string, then its type.

    Type: `cleanSourceFilter :: String -> String -> Bool`

    Example: `cleanSourceFilter "/a/b.o" "regular"` => `false`
  */
  inherit cleanSourceFilter;

  /**
    A source without what `cleanSourceFilter` leaves out.

    Inputs: a path or source.

    Type: `cleanSource :: Source -> Source`
  */
  cleanSource =
    src:
    cleanSourceWith {
      inherit src;
      filter = cleanSourceFilter;
    };

  /**
    A source with a further filter, and perhaps another name in the store.

    Inputs: `src`, a path or source; `filter`, which gets a path as a string and its type, and is only
    called where the filters before keep something; `name`, else the one of `src` or `source`.

    Type: `cleanSourceWith :: { src :: Source; filter ? Function; name ? String; } -> Source`
  */
  inherit cleanSourceWith;

  /**
    A source that traces what its filter is asked and answers.

    Inputs: a path or source.

    Type: `trace :: Source -> Source`
  */
  trace =
    src:
    let
      parts = partsOf src;
    in
    makeSource (
      parts
      // {
        filter =
          path: type:
          let
            answer = parts.filter path type;
          in
          builtins.trace "${parts.name}.filter ${path} = ${boolToString answer}" answer;
      }
    )
    // {
      satisfiesSubpathInvariant = src.satisfiesSubpathInvariant or false;
    };

  /**
    The part of a source whose paths, relative to its root, match one of several regular expressions.
    Folders must match, too.

    Inputs: a path or source, then the list of regular expressions.

    Type: `sourceByRegex :: Source -> [String] -> Source`
  */
  sourceByRegex =
    src: patterns:
    let
      root = "${toString (partsOf src).origSrc}/";
    in
    cleanSourceWith {
      inherit src;
      filter = path: _: any (pattern: match pattern (removePrefix root (toString path)) != null) patterns;
    };

  /**
    The folders of a source, and the files whose names end in one of several ways.

    Inputs: a path or source, then the list of endings.

    Type: `sourceFilesBySuffices :: Source -> [String] -> Source`
  */
  sourceFilesBySuffices =
    src: endings:
    cleanSourceWith {
      inherit src;
      filter =
        path: type: type == "directory" || any (ending: hasSuffix ending (baseNameOf path)) endings;
    };

  /**
    The part of a source that matches one of several globs, in which `*` stands for any text within a
    component and the component `**` for any number of components.

    Inputs: a path or source, then the list of globs.

    Type: `sourceByGlobs :: Source -> [String] -> Source`
  */
  sourceByGlobs =
    src: globs:
    let
      root = "${toString src}/";
      patterns = map (glob: map componentPattern (componentsOf glob)) globs;
    in
    cleanSourceWith {
      inherit src;
      filter =
        path: type:
        let
          components = componentsOf (removePrefix root path);
        in
        any (pattern: globMatches pattern components type) patterns;
    };

  /**
    Whether a path depends on the store already.

    Inputs: the path.

    Type: `pathHasContext :: String -> Bool`

    Example: `pathHasContext "/etc"` => `false`
  */
  pathHasContext = hasContext;

  /**
    Whether a source can be filtered: one that is in the store already cannot.

    Inputs: a path or source.

    Type: `canCleanSource :: Source -> Bool`

    Example: `canCleanSource ./.` => `true`
  */
  canCleanSource = src: isFiltered src || !hasContext (toString src);
}
