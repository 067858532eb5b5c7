# The library as a flake, and what it needs of Nix.
{ lib }:
let
  inFlake =
    self: (lib.extend (import ../flake-version-info.nix self)).trivial;
in
{
  suffixOfACommit = {
    expr =
      (inFlake {
        lastModifiedDate = "20260102030405";
        shortRev = "abcdef";
      }).versionSuffix;
    expected = ".20260102.abcdef";
  };

  suffixOfChanges = {
    expr = (inFlake { }).versionSuffix;
    expected = ".19700101.dirty";
  };

  revisionOfACommit = {
    expr = map (self: (inFlake self).revisionWithDefault "none") [ { rev = "abc"; } { } ];
    expected = [ "abc" "none" ];
  };

  nothingIsMissing = {
    expr = (import ../minfeatures.nix).missing;
    expected = [ ];
  };

  everyFeatureIsSupportedOrMissing = {
    expr =
      let
        features = import ../minfeatures.nix;
      in
      lib.length features.all == lib.length features.supported + lib.length features.missing;
    expected = true;
  };

  outputOfTheFlake = {
    expr = ((import ../flake.nix).outputs { self = { rev = "abc"; }; }).lib.trivial.revisionWithDefault "none";
    expected = "abc";
  };
}
