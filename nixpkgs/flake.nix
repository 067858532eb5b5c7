# The package set as a flake: `nix run nixpkgs#hello`, and the input `nixpkgs` of other flakes.
{
  description = "Packages of Debian, and NixOS";

  outputs =
    { self }:
    let
      lib = import ./lib;
      systems = builtins.attrNames (builtins.readDir ./index);
    in
    {
      lib = lib // {
        nixosSystem = import ./nixos/lib/nixos-system.nix { inherit lib; };
      };

      legacyPackages = lib.genAttrs systems (
        system:
        import ./. {
          inherit system;
          config = { };
          overlays = [ ];
        }
      );
    };
}
