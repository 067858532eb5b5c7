# Names and versions of packages.
{ lib }:
let
  inherit (builtins)
    compareVersions
    concatStringsSep
    head
    isList
    isString
    map
    match
    parseDrvName
    split
    stringLength
    substring
    unsafeDiscardStringContext
    ;
  inherit (lib.strings) splitString;
  inherit (lib.trivial) max;

  # A store path's name has at most 211 characters, of which `.drv` may take four.
  maximumNameLength = 207;

  versionOlder = a: b: compareVersions b a == 1;
in
{
  inherit (builtins) compareVersions parseDrvName;

  /**
    Whether a version is older than another.

    Inputs: the two versions.

    Type: `versionOlder :: String -> String -> Bool`

    Example: `versionOlder "1.1" "1.2"` => `true`
  */
  inherit versionOlder;

  /**
    Whether a version is as new as another, or newer.

    Inputs: the two versions.

    Type: `versionAtLeast :: String -> String -> Bool`

    Example: `versionAtLeast "1.1" "1.2"` => `false`
  */
  versionAtLeast = a: b: !versionOlder a b;

  /**
    The name of a package without its version.

    Inputs: the package, or the string that is its name and version.

    Type: `getName :: (String | Derivation) -> String`

    Example: `getName "youtube-dl-2016.01.01"` => `"youtube-dl"`
  */
  getName =
    package:
    if isString package then
      (parseDrvName package).name
    else
      package.pname or (parseDrvName package.name).name;

  /**
    The version of a package.

    Inputs: the package, or the string that is its name and version.

    Type: `getVersion :: (String | Derivation) -> String`

    Example: `getVersion "youtube-dl-2016.01.01"` => `"2016.01.01"`
  */
  getVersion =
    package:
    if isString package then
      (parseDrvName package).version
    else
      package.version or (parseDrvName package.name).version;

  /**
    The name that a URL's last component begins with, up to a separator that it must contain.

    Inputs: the URL, then the separator.

    Type: `nameFromURL :: String -> String -> String`

    Example: `nameFromURL "https://nixos.org/releases/nix/nix-1.7-x86_64-linux.tar.bz2" "-"` => `"nix"`
  */
  nameFromURL =
    url: separator:
    let
      file = lib.last (splitString "/" url);
      name = head (splitString separator file);
    in
    assert name != file;
    name;

  /**
    A string made fit for the name of a store object. It loses its context.

    Inputs: the string.

    Type: `sanitizeDerivationName :: String -> String`

    Example: `strings.sanitizeDerivationName "../hello.bar # foo"` => `"-hello.bar-foo"`
  */
  sanitizeDerivationName =
    string:
    let
      plain = unsafeDiscardStringContext string;
      withoutDots = head (match "\\.*(.*)" plain);
      dashed = concatStringsSep "" (
        map (part: if isList part then "-" else part) (split "[^[:alnum:]+._?=-]+" withoutDots)
      );
      short = substring (max 0 (stringLength dashed - maximumNameLength)) (-1) dashed;
    in
    # Most names are fit already.
    if
      stringLength string <= maximumNameLength
      && match "[[:alnum:]+_?=-][[:alnum:]+._?=-]*" string != null
    then
      plain
    else if short == "" then
      "unknown"
    else
      short;
}
