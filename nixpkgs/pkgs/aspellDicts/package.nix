# Aspell's dictionaries, compiled: Debian does that when a dictionary is installed.
{
  lib,
  debianPackages,
  runCommandLocal,
}:
let
  compile =
    package:
    runCommandLocal package.name {
      inherit (package) pname version meta;
      inherit package;
      inherit (debianPackages) aspell libaspell15;
      passthru.unwrapped = package;
    } "source ${./compile.sh}";
in
lib.mapAttrs (_: compile) {
  de = debianPackages.aspell-de;
  en = debianPackages.aspell-en;
  es = debianPackages.aspell-es;
  fr = debianPackages.aspell-fr;
  it = debianPackages.aspell-it;
  ru = debianPackages.aspell-ru;
}
