# What a project needs to be worked on: `nix-shell` in this folder.
{
  pkgs ? import <nixpkgs> { },
}:
pkgs.mkShell {
  packages = [
    pkgs.jq
    pkgs.hello
  ];
  shellHook = ''
    export GREETING="in the project's shell"
  '';
}
