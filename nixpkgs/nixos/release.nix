# What is built of a release: `nix-build '<nixpkgs/nixos/release.nix>' -A options`.
{
  system ? builtins.currentSystem,
  configuration ? { },
}:
let
  lib = import ../lib;
  evaluate =
    modules:
    import ./lib/eval-config.nix {
      inherit system lib;
      modules = modules ++ [
        configuration
        { system.stateVersion = lib.mkDefault lib.trivial.release; }
      ];
    };
  plain = evaluate [ ];
in
{
  # The reference of all options, as JSON, Markdown and a page that can be searched.
  options =
    (import ./lib/make-options-doc {
      inherit (plain) pkgs options;
      inherit lib;
    }).optionsJSON;

  # Systems of different sizes.
  closures = {
    container = (evaluate [ { boot.isContainer = true; } ]).config.system.build.toplevel;
    vm = plain.config.system.build.vm;
  };
}
