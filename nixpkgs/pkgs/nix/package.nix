# Nix, without the Perl modules that Debian's package asks for: only scripts that it no longer has used them.
{ lib, debianPackages }:
let
  isPerl = package: lib.hasSuffix "-perl" (lib.getName package) || lib.getName package == "perl";
in
debianPackages.nix-bin.overrideAttrs (old: {
  dependencies = builtins.filter (package: !isPerl package) old.dependencies;
  meta.mainProgram = "nix";
})
