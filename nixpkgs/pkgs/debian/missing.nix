# Why there is no package of a name: an error, but only when it is used.
{ lib, names }:
let
  allNames = builtins.attrNames names;

  # Debian's names that contain the wanted one, or what is left of it without common additions.
  nearest =
    attr:
    let
      stem = lib.head (
        builtins.match "_?([a-zA-Z0-9]+).*" attr ++ [ attr ]
      );
      wanted = lib.toLower stem;
      # Faster than a regular expression, and there are 70,000 names.
      contains = name: builtins.replaceStrings [ wanted ] [ "" ] name != name;
      close = builtins.filter contains allNames;
      ranked = lib.sort (a: b: builtins.stringLength a < builtins.stringLength b) close;
    in
    if builtins.stringLength wanted < 3 then [ ] else lib.take 5 ranked;

  explain =
    attr:
    let
      names = nearest attr;
    in
    throw ''
      Debian has no package for ‘${attr}’.${
        lib.optionalString (names != [ ]) "\nDebian's nearest names: ${lib.concatStringsSep ", " names}."
      }
      It can come from upstream nixpkgs (setting nixpkgs-provider = upstream), from a flake of its own, or be built
      from source with stdenv.mkDerivation.'';
in
explain
