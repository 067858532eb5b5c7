# `nixos-rebuild` inside a system: it drives the Nix that the system has.
{
  lib,
  writeTextFile,
  runtimeShell,
  python3,
  coreutils,
  systemd,
}:
let
  # Nix is the system's own, and found before these.
  tools = lib.makeBinPath [
    coreutils
    systemd
  ];
in
writeTextFile {
  name = "nixos-rebuild";
  executable = true;
  destination = "/bin/nixos-rebuild";
  text = ''
    #!${runtimeShell}
    export PATH="''${PATH:-/run/current-system/sw/bin}:${tools}"
    exec ${python3}/bin/python3 -IB ${./nixos_rebuild.py} "$@"
  '';
  derivationArgs.pname = "nixos-rebuild";
  meta = {
    description = "Builds a system's configuration, and makes it the one that runs or boots";
    mainProgram = "nixos-rebuild";
  };
}
