# Vim.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.programs.vim;
in
{
  options.programs.vim = {
    enable = lib.mkEnableOption "Vim";
    package = lib.mkPackageOption pkgs "vim" { };
    defaultEditor = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether programs that need an editor start Vim.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    environment.pathsToLink = [ "/share/vim-plugins" ];
    environment.variables = lib.mkIf cfg.defaultEditor { EDITOR = lib.mkOverride 900 "vim"; };
    programs.nano.enable = lib.mkDefault (!cfg.defaultEditor);
  };
}
