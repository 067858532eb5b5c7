# Parts of version strings.
{ lib }:
let
  inherit (builtins)
    concatStringsSep
    elemAt
    genList
    head
    splitVersion
    ;
  inherit (lib.lists) take;
in
{
  inherit (builtins) compareVersions splitVersion;

  /**
    The first component of a version.

    Inputs: the version.

    Type: `major :: String -> String`

    Example: `versions.major "1.2.3"` => `"1"`
  */
  major = version: elemAt (splitVersion version) 0;

  /**
    The second component of a version.

    Inputs: the version.

    Type: `minor :: String -> String`

    Example: `versions.minor "1.2.3"` => `"2"`
  */
  minor = version: elemAt (splitVersion version) 1;

  /**
    The third component of a version.

    Inputs: the version.

    Type: `patch :: String -> String`

    Example: `versions.patch "1.2.3"` => `"3"`
  */
  patch = version: elemAt (splitVersion version) 2;

  /**
    The first two components of a version.

    Inputs: the version.

    Type: `majorMinor :: String -> String`

    Example: `versions.majorMinor "1.2.3"` => `"1.2"`
  */
  majorMinor = version: concatStringsSep "." (take 2 (splitVersion version));

  /**
    A version with exactly so many components before the first dash: cut, or filled up with zeros.

    Inputs: the number of components, then the version.

    Type: `pad :: Int -> String -> String`

    Example: `versions.pad 3 "1.3-rc1"` => `"1.3.0-rc1"`
  */
  pad =
    count: version:
    let
      number = head (lib.splitString "-" version);
      suffix = lib.removePrefix number version;
      zeros = genList (_: "0") count;
    in
    concatStringsSep "." (take count (splitVersion number ++ zeros)) + suffix;
}
