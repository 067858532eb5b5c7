# What is built of a release: `nix-build '<nixpkgs/nixos/release.nix>' -A options`.
{
  system ? builtins.currentSystem,
  configuration ? { },
  pkgs ? import ../. {
    inherit system;
    config = { };
    overlays = [ ];
  },
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

  # The channel's tests by name: `-A tests.nginx`.
  tests = import ./tests { inherit system pkgs; };

  # Systems of different sizes.
  closures = {
    container = (evaluate [ { boot.isContainer = true; } ]).config.system.build.toplevel;
    vm = plain.config.system.build.vm;
  };
}
