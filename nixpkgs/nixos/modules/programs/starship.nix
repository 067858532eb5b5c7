# Starship: the prompt of shells.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.programs.starship;
  toml = pkgs.formats.toml { };
  # The package's presets are merged below the settings.
  configFile =
    if cfg.presets == [ ] then
      toml.generate "starship.toml" cfg.settings
    else
      pkgs.runCommandLocal "starship.toml"
        {
          nativeBuildInputs = [ pkgs.yq ];
          own = toml.generate "own.toml" cfg.settings;
        }
        (
          lib.concatMapStrings (preset: "${cfg.package}/bin/starship preset ${preset} > ${preset}.toml\n") cfg.presets
          + "tomlq -s -t 'reduce .[] as $file ({}; . * $file)' ${
            lib.concatMapStringsSep " " (preset: "${preset}.toml") cfg.presets
          } $own > $out"
        );
  # A file of the user's own wins.
  variable = shell: ''
    if [ ! -f "$HOME/.config/starship.toml" ]; then
      export STARSHIP_CONFIG=${configFile}
    fi
    eval "$(${cfg.package}/bin/starship init ${shell})"
  '';
in
{
  options.programs.starship = {
    enable = lib.mkEnableOption "Starship, a prompt for shells";
    package = lib.mkPackageOption pkgs "starship" { };
    interactiveOnly = mkOption {
      type = types.bool;
      default = true;
      description = "Whether only shells that people type into have it.";
    };
    presets = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "nerd-font-symbols" ];
      description = "Presets that the settings are added to.";
    };
    settings = mkOption {
      inherit (toml) type;
      default = { };
      example.add_newline = false;
      description = "Settings of the prompt, for users without a file of their own.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    programs.bash.${if cfg.interactiveOnly then "promptInit" else "shellInit"} = ''
      if [ "$TERM" != dumb ]; then
        ${variable "bash"}
      fi
    '';
    programs.zsh.${if cfg.interactiveOnly then "promptInit" else "shellInit"} = mkIf config.programs.zsh.enable ''
      if [ "$TERM" != dumb ]; then
        ${variable "zsh"}
      fi
    '';
    programs.fish.${if cfg.interactiveOnly then "promptInit" else "shellInit"} = mkIf config.programs.fish.enable ''
      if test "$TERM" != dumb
        if not test -f "$HOME/.config/starship.toml"
          set -x STARSHIP_CONFIG ${configFile}
        end
        eval (${cfg.package}/bin/starship init fish)
      end
    '';
  };
}
