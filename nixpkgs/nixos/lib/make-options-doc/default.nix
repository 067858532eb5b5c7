# A reference of options: `pkgs.nixosOptionsDoc { options; }`, or this file with `pkgs` and `lib`.
#
#   options            the options, as `lib.evalModules` returns them
#   transformOptions   a function that changes what is known about each; `visible = false` leaves one out
#   warningsAreErrors  whether an option without a description is an error
#   revision           what the reference is for, for its title
#
# The result has `optionsNix`, the data; `optionsJSON`, a package with `share/doc/nixos/options.json`; `optionsCommonMark`,
# a file in Markdown; and `optionsHTML`, a page that can be searched.
{
  pkgs,
  lib,
  options,
  transformOptions ? lib.id,
  warningsAreErrors ? true,
  revision ? lib.trivial.release,
  ...
}:
let
  listed = map transformOptions (lib.optionAttrSetToDocList options);
  shown = lib.filter (option: option.visible && !option.internal) listed;

  withDescription =
    option:
    if option.description or null == null && warningsAreErrors then
      throw "The option ${option.name} has no description."
    else
      option;

  # Modules of the channel are named by their place in it, so that the reference is the same everywhere.
  root = toString ../../..;
  place = file: lib.removePrefix "${root}/" (toString file);

  optionsNix = lib.listToAttrs (
    map (
      option:
      lib.nameValuePair option.name (
        builtins.removeAttrs (withDescription option) [
          "name"
          "visible"
          "internal"
        ]
        // {
          declarations = map place option.declarations;
        }
      )
    ) shown
  );

  made = import ../run-python.nix { inherit pkgs; } {
    name = "options-reference";
    script = ./make_reference.py;
    plan = {
      inherit revision;
      options = builtins.unsafeDiscardStringContext (builtins.toJSON optionsNix);
    };
  };
in
{
  inherit optionsNix;
  optionsJSON = made;
  optionsCommonMark = "${made}/share/doc/nixos/options.md";
  optionsHTML = "${made}/share/doc/nixos/options.html";
}
