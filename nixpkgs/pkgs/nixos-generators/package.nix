# `nixos-generate`: a configuration as an image, with the flags of nixos-generators.
{
  lib,
  runCommandLocal,
  runtimeShell,
  coreutils,
  findutils,
  gnugrep,
  inetutils,
}:
runCommandLocal "nixos-generators-1.8.0"
  {
    pname = "nixos-generators";
    version = "1.8.0";
    meta = {
      description = "Images of NixOS configurations for clouds, emulators and media";
      homepage = "https://github.com/nix-community/nixos-generators";
      mainProgram = "nixos-generate";
    };
    inherit runtimeShell;
    # Nix itself is the user's: the commands that called this one.
    tools = lib.makeBinPath [
      coreutils
      findutils
      gnugrep
      inetutils
    ];
    formats = ./formats;
    script = ./nixos-generate.sh;
    expression = ./generate.nix;
  }
  ''
    mkdir -p "$out/bin" "$out/share/nixos-generator"
    cp -r "$formats" "$out/share/nixos-generator/formats"
    cp "$expression" "$out/share/nixos-generator/generate.nix"
    {
      printf '#!%s\nshare=%q\nexport PATH="${PATH:+$PATH:}%s"\n' "$runtimeShell" "$out/share/nixos-generator" "$tools"
      cat "$script"
    } > "$out/bin/nixos-generate"
    chmod +x "$out/bin/nixos-generate"
  ''
