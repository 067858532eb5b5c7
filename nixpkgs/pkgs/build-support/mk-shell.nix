# `mkShell`: a derivation for nix-shell and `nix develop`; building it writes down its environment.
{ lib }:
stdenv:
{
  name ? "nix-shell",
  packages ? [ ],
  inputsFrom ? [ ],
  buildInputs ? [ ],
  nativeBuildInputs ? [ ],
  propagatedBuildInputs ? [ ],
  propagatedNativeBuildInputs ? [ ],
  ...
}@attrs:
let
  # What the packages in `inputsFrom` are built with, without those packages themselves.
  merged =
    kind:
    attrs.${kind} or [ ]
    ++ lib.subtractLists inputsFrom (lib.flatten (lib.catAttrs kind inputsFrom));
in
stdenv.mkDerivation (
  builtins.removeAttrs attrs [
    "packages"
    "inputsFrom"
    "shellHook"
  ]
  // {
    inherit name;
    buildInputs = merged "buildInputs";
    nativeBuildInputs = packages ++ merged "nativeBuildInputs";
    propagatedBuildInputs = merged "propagatedBuildInputs";
    propagatedNativeBuildInputs = merged "propagatedNativeBuildInputs";
    shellHook = lib.concatStringsSep "\n" (
      lib.catAttrs "shellHook" (lib.reverseList inputsFrom ++ [ attrs ])
    );
    phases = attrs.phases or [ "buildPhase" ];
    buildPhase =
      attrs.buildPhase or ''
        { echo "------------------------------------------------------------"
          echo " WARNING: the existence of this path is not guaranteed."
          echo " It is an internal implementation detail for pkgs.mkShell."
          echo "------------------------------------------------------------"
          echo
          export
        } >> "$out"
      '';
    preferLocalBuild = attrs.preferLocalBuild or true;
  }
)
