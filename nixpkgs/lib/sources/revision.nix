# Revisions of sources, and names made from them.
{ lib }:
let
  inherit (builtins)
    filter
    head
    isString
    match
    readFile
    split
    substring
    ;
  inherit (lib)
    fileContents
    hasPrefix
    last
    removePrefix
    removeSuffix
    splitString
    ;
  inherit (lib.filesystem) pathIsRegularFile;

  absolute =
    base: path:
    if hasPrefix "/" path then
      path
    else if hasPrefix "/" base then
      "${base}/${path}"
    else
      "/${base}/${path}";

  # The commit that a reference of a repository stands for: `{ value; }` or `{ error; }`.
  readReference =
    reference: gitDir:
    let
      file = gitDir + "/${reference}";
      packed = gitDir + "/packed-refs";
    in
    if pathIsRegularFile gitDir then
      readWorktree reference gitDir
    else if pathIsRegularFile file then
      let
        content = fileContents file;
        symbolic = match "ref: (.*)" content;
      in
      if symbolic == null then { value = content; } else readReference (head symbolic) gitDir
    else if pathIsRegularFile packed then
      readPacked reference packed
    else
      { error = "Not a .git directory: ${toString gitDir}"; };

  # In a worktree or a submodule `.git` is a file that says where the repository is.
  readWorktree =
    reference: file:
    let
      found = match "gitdir: (.*)" (fileContents file);
      gitDir = absolute (toString (dirOf file)) (head found);
      common = "${gitDir}/commondir";
      commonDir = absolute gitDir (
        removeSuffix "/" (if pathIsRegularFile common then fileContents common else gitDir)
      );
    in
    if found == null then
      { error = "File contains no gitdir reference: ${toString file}"; }
    else
      readReference (removePrefix "${commonDir}/" "${gitDir}/${reference}") commonDir;

  readPacked =
    reference: file:
    let
      commitOf = match "([a-z0-9]+) ${reference}";
      # Line by line: a regular expression over the whole file could run out of stack.
      found = filter (line: isString line && commitOf line != null) (split "\n" (readFile file));
    in
    if found == [ ] then
      { error = "Could not find ${reference} in ${toString file}"; }
    else
      { value = head (commitOf (head found)); };

  readHead = readReference "HEAD";

  urlToName =
    url:
    let
      base = baseNameOf (removeSuffix "/" (last (splitString ":" (toString url))));
      shorten =
        name:
        let
          found = match "(.*)\\.(git|tar|zip|gz|tgz|bz|tbz|bz2|tbz2|lzma|txz|xz|zstd)" name;
        in
        if found == null then name else shorten (head found);
    in
    shorten base;

  shortRev =
    revision:
    let
      base = baseNameOf (toString revision);
      version = match "([A-Za-z]+[-_. ]?)*(v)?([0-9.]+.*)" base;
    in
    if match "[a-f0-9]+" base != null then
      substring 0 7 base
    else if version != null then
      last version
    else
      base;

  nameOf =
    repository: revision: suffix:
    let
      withDash = text: if text == null then "" else "-${text}";
    in
    "${urlToName repository}${withDash (lib.mapNullable shortRev revision)}${withDash suffix}-source";
in
{
  /**
    Whether a path is the `.git` of a repository.

    Inputs: the path.

    Type: `pathIsGitRepo :: Path -> Bool`

    Example: `pathIsGitRepo /.` => `false`
  */
  pathIsGitRepo = path: readHead path ? value;

  /**
    The commit that is checked out.

    Inputs: the path of `.git`.

    Type: `commitIdFromGitRepo :: Path -> String`
  */
  commitIdFromGitRepo =
    path:
    let
      result = readHead path;
    in
    result.value or (throw result.error);

  /**
    A name out of a URL or path: its last component without endings of archives and of Git.

    Inputs: the URL.

    Type: `urlToName :: (String | Path) -> String`

    Example: `sources.urlToName "https://example.org/a/hello.tar.gz"` => `"hello"`
  */
  inherit urlToName;

  /**
    A short form of a revision: seven digits of a hash, or the version in a tag.

    Inputs: the revision.

    Type: `shortRev :: (String | Int) -> String`

    Example: `sources.shortRev "refs/tags/v12.0"` => `"12.0"`
  */
  inherit shortRev;

  /**
    The tag, else the revision, else `HEAD`.

    Inputs: the revision or null, then the tag or null.

    Type: `revOrTag :: (String | Null) -> (String | Null) -> String`

    Example: `revOrTag "abc" null` => `"abc"`
  */
  revOrTag =
    revision: tag:
    if tag != null then
      tag
    else if revision != null then
      revision
    else
      "HEAD";

  /**
    The name that a fetched source has in the store.

    Inputs: the kind of name, `source`, `versioned` or `full`; the repository's URL; the revision; the
    fetcher, which is part of full names.

    Type: `repoRevToName :: String -> (String | Path) -> (String | Null) -> (String | Null) -> String`

    Example: `repoRevToName "full" "https://example.org/hello.git" "v1.0" "git"` => `"hello-1.0-git-source"`
  */
  repoRevToName =
    kind:
    if kind == "source" then
      _: _: _:
      "source"
    else if kind == "versioned" then
      repository: revision: _:
      nameOf repository revision null
    else if kind == "full" then
      nameOf
    else
      throw "repoRevToName: invalid kind";
}
