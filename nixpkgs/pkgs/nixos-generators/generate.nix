# A system in a format: its configuration comes from <nixos-config>, or from a flake's `nixosConfigurations`.
{
  format,
  system ? builtins.currentSystem,
  specialArgs ? { },
  diskSize ? null,
  flakeUri ? null,
  flakeAttr ? null,
}:
let
  nixpkgs = toString <nixpkgs>;

  # What a format is: the attribute of `system.build` that is built.
  declarations =
    { lib, ... }:
    {
      _file = "nixos-generate";
      options.formatAttr = lib.mkOption {
        type = lib.types.str;
        description = "The attribute of `system.build` that is built.";
      };
    };

  sizes =
    { lib, ... }:
    {
      _file = "--disk-size";
      config = lib.optionalAttrs (diskSize != null) { virtualisation.diskSize = lib.mkForce diskSize; };
    };

  modules = [
    declarations
    format
    sizes
  ];

  configurations = (builtins.getFlake flakeUri).nixosConfigurations or { };

  fromFlake =
    (configurations.${flakeAttr}
      or (throw "the flake ${flakeUri} has no nixosConfigurations.${flakeAttr}; it has: ${
        builtins.concatStringsSep ", " (builtins.attrNames configurations)
      }")
    ).extendModules
      { inherit modules specialArgs; };

  fromFile = import "${nixpkgs}/nixos/lib/eval-config.nix" {
    inherit system specialArgs;
    modules = modules ++ [ <nixos-config> ];
  };

  evaluated = if flakeUri != null then fromFlake else fromFile;
in
evaluated.config.system.build.${evaluated.config.formatAttr}
