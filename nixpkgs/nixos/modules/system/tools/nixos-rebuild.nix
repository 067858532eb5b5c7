# `nixos-rebuild`, for systems that have Nix.
{
  config,
  lib,
  pkgs,
  ...
}:
{
  options.system.tools.nixos-rebuild.enable = lib.mkOption {
    type = lib.types.bool;
    default = config.nix.enable;
    defaultText = lib.literalExpression "config.nix.enable";
    description = "Whether {command}`nixos-rebuild` is on the system's search path.";
  };

  config.environment.systemPackages = lib.mkIf config.system.tools.nixos-rebuild.enable [ pkgs.nixos-rebuild ];
}
