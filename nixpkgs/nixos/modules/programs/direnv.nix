# direnv: environments of folders.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.programs.direnv;
  inherit (lib) mkIf mkOption types;
  integration =
    shell:
    mkOption {
      type = types.bool;
      default = true;
      description = "Whether ${shell} loads the environment of a folder when one goes there.";
    };
in
{
  options.programs.direnv = {
    enable = lib.mkEnableOption "direnv, which loads the environment of a folder when one goes there";
    package = lib.mkPackageOption pkgs "direnv" { };
    enableBashIntegration = integration "Bash";
    enableZshIntegration = integration "Zsh";
    enableFishIntegration = integration "fish";
    direnvrcExtra = mkOption {
      type = types.lines;
      default = "";
      example = "export FOO=bar";
      description = "Lines that are added to {file}`/etc/direnv/direnvrc`.";
    };
    loadInNixShell = mkOption {
      type = types.bool;
      default = true;
      description = "Whether that happens in {command}`nix-shell` too.";
    };
    silent = lib.mkEnableOption "loading without a word";
    settings = mkOption {
      inherit (pkgs.formats.toml { }) type;
      default = { };
      example.global.log_format = "-";
      description = "Sections of {file}`direnv.toml`.";
    };
    nix-direnv = {
      enable = mkOption {
        type = types.bool;
        default = false;
        description = "Whether `use nix` and `use flake` are those of nix-direnv, which remembers. Debian has no package of it.";
      };
      package = lib.mkPackageOption pkgs "nix-direnv" { };
    };
  };

  config = mkIf cfg.enable (
    let
      hook =
        shell:
        if cfg.loadInNixShell then
          "${cfg.package}/bin/direnv hook ${shell}"
        else
          "[ -n \"$IN_NIX_SHELL\" ] || ${cfg.package}/bin/direnv hook ${shell}";
    in
    {
      environment.systemPackages = [ cfg.package ];
      programs.bash.interactiveShellInit = mkIf cfg.enableBashIntegration "eval \"$(${hook "bash"})\"";
      programs.zsh.interactiveShellInit = mkIf cfg.enableZshIntegration "eval \"$(${hook "zsh"})\"";
      programs.fish.interactiveShellInit = mkIf cfg.enableFishIntegration (
        if cfg.loadInNixShell then
          "${cfg.package}/bin/direnv hook fish | source"
        else
          "set -q IN_NIX_SHELL; or ${cfg.package}/bin/direnv hook fish | source"
      );
      programs.direnv.settings = mkIf cfg.silent { global.log_format = lib.mkDefault "-"; };
      environment.variables.DIRENV_CONFIG = "/etc/direnv";
      environment.etc = {
        "direnv/direnv.toml" = {
          enable = cfg.settings != { };
          source = (pkgs.formats.toml { }).generate "direnv.toml" cfg.settings;
        };
        "direnv/direnvrc".text = ''
          ${lib.optionalString cfg.nix-direnv.enable "source ${cfg.nix-direnv.package}/share/nix-direnv/direnvrc"}
          ${cfg.direnvrcExtra}
          # Each user's own comes after.
          direnvrc="''${XDG_CONFIG_HOME:-$HOME/.config}/direnv/direnvrc"
          if [ -f "$direnvrc" ]; then source "$direnvrc"; fi
        '';
      };
    }
  );
}
