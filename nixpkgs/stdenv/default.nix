# The standard environment: a shell, the usual tools, and, unless it is left out, a C and C++ compiler.
{
  lib,
  packages,
  system,
  config,
  cc ? null,
}:
let
  shell = "${packages.bash}/bin/bash";

  initialPath = map (name: packages.${name}) [
    "coreutils"
    "findutils"
    "diffutils"
    "sed"
    "grep"
    "gawk"
    "tar"
    "gzip"
    "bzip2"
    "make"
    "bash"
    "patch"
    "xz-utils"
    "file"
  ];

  platform = lib.systems.elaborate system;

  drvAttrs = {
    name = "stdenv-linux";
    inherit system shell initialPath;
    builder = shell;
    args = [
      "-e"
      ./build-stdenv.sh
    ];
    defaultNativeBuildInputs = lib.optionals (cc != null) [ packages.patchelf ] ++ lib.optional (cc != null) cc;
    defaultBuildInputs = [ ];
    preHook = "";
    parts = [
      ./setup/hooks.sh
      ./setup/inputs.sh
      ./setup/text.sh
      ./setup/unpack.sh
      ./setup/phases.sh
      ./setup/fixup.sh
      ./setup/start.sh
    ];
  };

  stdenv = derivation drvAttrs // {
    inherit shell initialPath cc;
    name = if cc == null then "stdenvNoCC-linux" else "stdenv-linux";
    buildPlatform = platform;
    hostPlatform = platform;
    targetPlatform = platform;
    isLinux = true;
    isDarwin = false;
    inherit (platform) isx86_64 isAarch64 is64bit;
    hasCC = cc != null;
    extraNativeBuildInputs = [ ];
    extraBuildInputs = [ ];
    tests = { };
    meta.platforms = [ system ];
    mkDerivation = import ./make-derivation.nix {
      inherit
        lib
        stdenv
        shell
        config
        ;
    };
    override =
      changes:
      import ./. (
        {
          inherit
            lib
            packages
            system
            config
            cc
            ;
        }
        // builtins.intersectAttrs { cc = null; } changes
      );
  };
in
stdenv
