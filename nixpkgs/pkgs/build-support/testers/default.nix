# `pkgs.testers`: builders that build something only if a claim holds.
{ lib, self }:
let
  inherit (self) runCommand runCommandLocal;
  nixosLib = import ../../../nixos/lib { inherit lib; };
in
{
  # A NixOS test with this package set.
  runNixOSTest =
    test:
    nixosLib.runTest {
      _file = ./default.nix;
      imports = [
        (lib.setDefaultModuleLocation "the argument that was passed to pkgs.testers.runNixOSTest" test)
      ];
      hostPkgs = self;
      node.pkgs = self;
    };

  # The same with tests of the older style: a set, or a function of `{ pkgs, … }` to one.
  nixosTest =
    test:
    let
      loaded = if lib.isPath test || builtins.isString test then import test else test;
      called = if lib.isFunction loaded then lib.callPackageWith self loaded { } else loaded;
    in
    (import ../../../nixos/lib/testing-python.nix {
      inherit (self.stdenv.hostPlatform) system;
      pkgs = self;
    }).makeTest
      (builtins.removeAttrs called [
        "override"
        "overrideDerivation"
      ]);

  # Two files or folders have the same contents.
  testEqualContents =
    {
      assertion,
      actual,
      expected,
      postFailureMessage ? null,
    }:
    runCommandLocal "equal-contents-${lib.strings.toLower assertion}"
      {
        inherit
          assertion
          actual
          expected
          postFailureMessage
          ;
        nativeBuildInputs = [ self.diffutils ];
      }
      ''
        echo "Checking: $assertion"
        if ! diff --unified --recursive --no-dereference "$expected" "$actual"; then
          echo "The contents must be equal but are not: ${"\${postFailureMessage:-$assertion}"}"
          exit 1
        fi
        ln -s "$actual" $out
      '';

  # A build that is expected to fail: its log and its exit status are the output.
  testBuildFailure =
    package:
    package.overrideAttrs (old: {
      failureTools = "${self.coreutils}/bin";
      realBuilder = self.runtimeShell;
      args = [
        ./expect-failure.sh
        (old.realBuilder or self.runtimeShell)
        "-e"
        (old.builder or ../../../stdenv/default-builder.sh)
      ];
    });

  # The program says its version.
  testVersion =
    {
      package,
      command ? "${package.meta.mainProgram or package.pname or package.name} --version",
      version ? package.version,
    }:
    runCommand "${package.name}-test-version"
      {
        nativeBuildInputs = [ package ];
        meta.timeout = 60;
        inherit version;
      }
      ''
        if output=$(${command} 2>&1); then
          if grep -Fw -- "$version" - <<< "$output"; then
            touch $out
          else
            echo "Version string '$version' not found! The output was:"
            echo "$output"
            exit 1
          fi
        else
          status=$?
          echo "$output"
          exit $status
        fi
      '';

  # A fixed-output derivation under a name that changes with it: no earlier output hides what its fetcher does now.
  invalidateFetcherByDrvHash =
    fetch: args:
    let
      drvPath = builtins.unsafeDiscardStringContext (fetch args).drvPath;
      salt = builtins.substring 0 12 (builtins.hashString "sha256" drvPath);
    in
    fetch (args // { name = "${(fetch args).name}-salted-${salt}"; });

  # No script of a package has faults that shellcheck knows.
  shellcheck =
    { src, name ? null }:
    runCommandLocal "shellcheck-${if name == null then baseNameOf (toString src) else name}"
      {
        inherit src;
        nativeBuildInputs = [ self.shellcheck ];
      }
      ''
        find "$src" -type f -print0 | xargs -0 shellcheck
        touch $out
      '';

  # The package has a pkg-config module of each name in `moduleNames`.
  hasPkgConfigModules =
    { package, moduleNames ? package.meta.pkgConfigModules }:
    runCommand "check-pkg-config-${lib.concatStringsSep "-" moduleNames}"
      {
        nativeBuildInputs = [ self.pkg-config ];
        buildInputs = [ package ];
        inherit moduleNames;
      }
      ''
        for module in $moduleNames; do
          echo "checking pkg-config module $module"
          pkg-config --exists --print-errors "$module"
        done
        touch $out
      '';
}
