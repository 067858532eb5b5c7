# `write-script.nix { pkgs; } name text`: the path of an executable file, `<store path>/bin/<name>`.
#
# A bare derivation, as systems have many of them: the standard environment costs more than writing a file.
{ pkgs }:
name: text:
let
  written = derivation {
    name = "unit-script-${name}";
    inherit (pkgs.stdenv.hostPlatform) system;
    builder = "${pkgs.bash}/bin/bash";
    args = [
      "-e"
      "-c"
      ''
        ${pkgs.coreutils}/bin/mkdir -p "$out/bin"
        ${pkgs.coreutils}/bin/cp "$textPath" "$out/bin/$file"
        ${pkgs.coreutils}/bin/chmod +x "$out/bin/$file"
        ${pkgs.bash}/bin/bash -n "$out/bin/$file"
      ''
    ];
    file = name;
    inherit text;
    passAsFile = [ "text" ];
    preferLocalBuild = true;
    allowSubstitutes = false;
  };
in
"${written}/bin/${name}"
