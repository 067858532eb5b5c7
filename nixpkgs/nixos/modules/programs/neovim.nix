# Neovim for all users.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.programs.neovim;
  aliases = pkgs.runCommandLocal "neovim-aliases" { } ''
    mkdir -p $out/bin
    ${lib.optionalString cfg.viAlias "ln -s ${cfg.package}/bin/nvim $out/bin/vi"}
    ${lib.optionalString cfg.vimAlias "ln -s ${cfg.package}/bin/nvim $out/bin/vim"}
  '';
in
{
  options.programs.neovim = {
    enable = lib.mkEnableOption "Neovim";
    package = lib.mkPackageOption pkgs "neovim" { };
    defaultEditor = mkOption {
      type = types.bool;
      default = false;
      description = "Whether `EDITOR` is Neovim.";
    };
    viAlias = mkOption {
      type = types.bool;
      default = false;
      description = "Whether `vi` is Neovim.";
    };
    vimAlias = mkOption {
      type = types.bool;
      default = false;
      description = "Whether `vim` is Neovim.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ] ++ lib.optional (cfg.viAlias || cfg.vimAlias) aliases;
    environment.variables.EDITOR = mkIf cfg.defaultEditor (lib.mkOverride 900 "nvim");
  };
}
