# Why there is no package of a name: an error, but only when it is used.
{ lib, names }:
let
  allNames = builtins.attrNames names;

  count = builtins.length allNames;

  # The place of the first name that is not before `text`; the names are sorted.
  firstFrom =
    text:
    let
      between =
        low: high:
        let
          middle = (low + high) / 2;
        in
        if low == high then
          low
        else if builtins.elemAt allNames middle < text then
          between (middle + 1) high
        else
          between low middle;
    in
    between 0 count;

  # At most five names that begin with `text`.
  beginning =
    text:
    let
      first = firstFrom text;
      following = builtins.genList (offset: builtins.elemAt allNames (first + offset)) (
        lib.min 5 (count - first)
      );
    in
    builtins.filter (lib.hasPrefix text) following;

  # What Debian puts in front of names.
  kinds = [
    ""
    "lib"
    "python3-"
    "fonts-"
    "node-"
    "ruby-"
    "golang-"
    "gnome-shell-extension-"
  ];

  # Debian's names that begin with the wanted one, or with what is left of it without common additions. A binary search:
  # a search through all packages meets hundreds of missing ones, and there are 70,000 names.
  nearest =
    attr:
    let
      stem = lib.head (
        builtins.match "_?([a-zA-Z0-9]+).*" attr ++ [ attr ]
      );
      wanted = lib.toLower stem;
    in
    if builtins.stringLength wanted < 3 then
      [ ]
    else
      lib.take 5 (lib.concatMap (kind: beginning (kind + wanted)) kinds);

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
