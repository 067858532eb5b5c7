# The functions of the package set, as opposed to its packages.
{
  lib,
  system,
  config,
  self,
  debian,
  everything,
  rebuild,
}:
let
  makeStdenv =
    cc:
    import ../../stdenv {
      inherit
        lib
        system
        config
        cc
        ;
      inherit (debian) packages;
    };
  callAll = file: import file { inherit lib self; };

  wrapDesktop = import ../debian/desktop.nix {
    inherit lib;
    inherit (debian) packages;
    inherit (self) runCommandLocal;
  };
in
{
  inherit lib config system;
  inherit (config) overlays;
  pkgs = self;
  path = ../..;

  callPackage = lib.callPackageWith self;
  callPackages = lib.callPackagesWith self;
  newScope = extra: lib.callPackageWith (self // extra);

  # The same set with more overlays.
  extend = overlay: rebuild [ overlay ];
  appendOverlays = rebuild;

  # Debian's packages under their own names alone, and those of suites that stand beside stable.
  debianPackages = lib.mapAttrs wrapDesktop everything;
  debianSuites = debian.suites;

  # Platforms: packages are built where they run.
  inherit (self.stdenv) buildPlatform hostPlatform targetPlatform;
  buildPackages = self;
  targetPackages = self;
  pkgsBuildBuild = self;
  pkgsBuildHost = self;
  pkgsHostHost = self;
  pkgsHostTarget = self;
  splicedPackages = self;

  # What Debian has as static programs, and an explanation for the rest.
  pkgsStatic = import ./static.nix { inherit lib self debian; };

  stdenvNoCC = makeStdenv null;
  stdenv = makeStdenv self.gcc;
  gccStdenv = self.stdenv;
  gcc = import ../build-support/cc-wrapper {
    inherit lib;
    inherit (self) stdenvNoCC;
    inherit (debian) packages;
  };
  gcc-unwrapped = debian.packages.gcc;
  gcc14 = self.gcc;

  makeWrapper = self.makeSetupHook { name = "make-wrapper-hook"; } ../build-support/make-wrapper.sh;
  makeShellWrapper = self.makeWrapper;
  makeBinaryWrapper = self.makeWrapper;
}
// callAll ../build-support/trivial.nix
// callAll ../build-support/fetchers.nix
// callAll ../build-support/kernel
// import ../linux { inherit lib self debian; }
// callAll ../build-support/writers.nix
// callAll ../build-support/rust.nix
// callAll ../build-support/go.nix
// {
  formats = callAll ../build-support/formats.nix;
  dockerTools = callAll ../build-support/docker;
  buildFHSEnv = callAll ../build-support/fhs-env.nix;
  buildFHSUserEnv = self.buildFHSEnv;
  vimUtils = callAll ../build-support/vim.nix;
  testers = callAll ../build-support/testers;
  inherit (self.testers) nixosTest;

  # A reference of options: `nixosOptionsDoc { options; }`.
  nixosOptionsDoc =
    arguments:
    import ../../nixos/lib/make-options-doc (
      {
        inherit lib;
        pkgs = self;
      }
      // arguments
    );

  # A system of these packages, by a module or several: what it can be built into, with `config` and `options`.
  nixos =
    configuration:
    let
      evaluated = import ../../nixos/lib/eval-config.nix {
        inherit lib system;
        modules = lib.toList configuration ++ [ { nixpkgs.pkgs = lib.mkDefault self; } ];
      };
    in
    evaluated.config.system.build // evaluated;
}
