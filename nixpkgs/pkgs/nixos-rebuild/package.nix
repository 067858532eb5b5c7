# `nixos-rebuild` inside a system: it drives the Nix that the system has.
{
  lib,
  runCommandLocal,
  python3,
  coreutils,
  systemd,
}:
runCommandLocal "nixos-rebuild"
  {
    pname = "nixos-rebuild";
    meta = {
      description = "Builds a system's configuration, and makes it the one that runs or boots";
      mainProgram = "nixos-rebuild";
    };
    python = "${python3}/bin/python3";
    # Nix is the system's own.
    tools = lib.makeBinPath [
      coreutils
      systemd
    ];
    program = ./nixos_rebuild.py;
  }
  ''
    mkdir -p "$out/bin"
    {
      printf '#!%s -IB\nTOOLS = "%s"\n' "$python" "$tools"
      cat "$program"
    } > "$out/bin/nixos-rebuild"
    chmod +x "$out/bin/nixos-rebuild"
  ''
