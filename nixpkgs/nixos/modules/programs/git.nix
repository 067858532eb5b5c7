# Git, set up for all users.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.programs.git;
  section = types.attrsOf (types.attrsOf types.anything);
in
{
  options.programs.git = {
    enable = lib.mkEnableOption "Git";
    package = lib.mkPackageOption pkgs "git" { example = "gitFull"; };
    config = mkOption {
      type = types.coercedTo section lib.toList (types.listOf section);
      default = [ ];
      example = {
        init.defaultBranch = "main";
        url."https://github.com/".insteadOf = [
          "gh:"
          "github:"
        ];
      };
      description = "Sections of `/etc/gitconfig`; a list keeps its order.";
    };
    prompt.enable = lib.mkEnableOption "the function `__git_ps1` for prompts";
    lfs = {
      enable = lib.mkEnableOption "Git LFS";
      package = lib.mkPackageOption pkgs "git-lfs" { };
    };
  };

  config = lib.mkMerge [
    (mkIf cfg.enable {
      environment.systemPackages = [ cfg.package ];
      environment.etc.gitconfig = mkIf (cfg.config != [ ]) {
        text = lib.concatMapStringsSep "\n" lib.generators.toGitINI cfg.config;
      };
    })
    (mkIf (cfg.enable && cfg.lfs.enable) {
      environment.systemPackages = [ cfg.lfs.package ];
      programs.git.config.filter.lfs = {
        clean = "git-lfs clean -- %f";
        smudge = "git-lfs smudge -- %f";
        process = "git-lfs filter-process";
        required = true;
      };
    })
    (mkIf (cfg.enable && cfg.prompt.enable) {
      environment.interactiveShellInit = ''
        . ${cfg.package}/lib/git-core/git-sh-prompt
      '';
    })
  ];
}
