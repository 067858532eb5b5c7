# Licenses, and expressions of several; see also `lib.meta.getLicenseFromSpdxId`.
#
# A license is `{ shortName; fullName; free; redistributable; deprecated; licenseType = "simple"; }`, in most
# cases with `spdxId` and `url`.
{ lib }:
let
  inherit (builtins) mapAttrs;

  load = file: import file { inherit lib; };

  spdx = load ./spdx.nix;
  other = load ./other.nix;

  complete =
    properties:
    mapAttrs (
      shortName: license:
      {
        inherit shortName;
        licenseType = "simple";
        deprecated = false;
        ${if license ? spdxId then "url" else null} = "https://spdx.org/licenses/${license.spdxId}.html";
      }
      // properties
      // license
    );

  free = {
    free = true;
    redistributable = true;
  };
in
complete free (spdx.free // other.free)
// complete (free // { deprecated = true; }) spdx.deprecated
// complete {
  free = false;
  redistributable = true;
} (spdx.redistributable // other.redistributable)
// complete {
  free = false;
  redistributable = false;
} (spdx.unfree // other.unfree)
// load ./expressions.nix
