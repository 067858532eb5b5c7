# What release this is, and how it is being evaluated.
{ lib }:
let
  inherit (builtins) getEnv pathExists;
  inherit (lib.strings) fileContents;

  # The channel's root: the folder that holds `lib`.
  root = ../..;

  # The oldest release that users may still run; a rename made before it may warn.
  oldestSupportedRelease = 2511;

  release = fileContents ../.version;

  versionSuffix =
    let
      file = root + "/.version-suffix";
    in
    if pathExists file then fileContents file else "pre-git";

  version = release + versionSuffix;
in
{
  /**
    The oldest release that is still supported, as a number: 2505 for 25.05.

    Type: `oldestSupportedRelease :: Int`
  */
  inherit oldestSupportedRelease;

  /**
    The release: year and month, such as `25.05`.

    Type: `release :: String`
  */
  inherit release;

  /**
    The release with its suffix.

    Type: `version :: String`
  */
  inherit version;

  /**
    What comes after the release in `version`.

    Type: `versionSuffix :: String`
  */
  inherit versionSuffix;

  /**
    The name that goes with `release`.

    Type: `codeName :: String`
  */
  codeName = "Yarara";

  /**
    Deprecated name of `lib.version`.

    Type: `nixpkgsVersion :: String`
  */
  nixpkgsVersion = lib.warn "lib.nixpkgsVersion is a deprecated alias of lib.version." version;

  /**
    Whether a change made in a release is in effect for everybody, because no supported release is older.

    Inputs: the release as a number, `2505` for 25.05.

    Type: `oldestSupportedReleaseIsAtLeast :: Int -> Bool`

    Example: `oldestSupportedReleaseIsAtLeast 1803` => `true`
  */
  oldestSupportedReleaseIsAtLeast = number: number <= oldestSupportedRelease;

  /**
    Deprecated name of `oldestSupportedReleaseIsAtLeast`.

    Type: `isInOldestRelease :: Int -> Bool`
  */
  isInOldestRelease = lib.warn "lib.isInOldestRelease is deprecated. Use lib.oldestSupportedReleaseIsAtLeast instead." (
    number: number <= oldestSupportedRelease
  );

  /**
    The Git revision of this tree: from its repository, else from the file `.git-revision`, else the default.

    Inputs: `default` for a tree that has neither.

    Type: `revisionWithDefault :: String -> String`
  */
  revisionWithDefault =
    default:
    let
      repository = "${toString root}/.git";
      file = "${toString root}/.git-revision";
    in
    if lib.pathIsGitRepo repository then
      lib.commitIdFromGitRepo repository
    else if pathExists file then
      fileContents file
    else
      default;

  /**
    Whether this is evaluated inside a `nix-shell`. False in pure evaluation, where the environment is not visible.

    Type: `inNixShell :: Bool`
  */
  inNixShell = getEnv "IN_NIX_SHELL" != "";

  /**
    Whether evaluation is pure: no environment, no current system, no files but the store's.

    Type: `inPureEvalMode :: Bool`
  */
  inPureEvalMode = !builtins ? currentSystem;
}
