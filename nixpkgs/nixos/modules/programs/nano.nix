# The editor nano, which $EDITOR is where nothing else is.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) literalExpression mkOption types;
  cfg = config.programs.nano;
in
{
  options.programs.nano = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether nano is there.";
    };
    package = mkOption {
      type = types.package;
      default = pkgs.nano;
      defaultText = literalExpression "pkgs.nano";
      description = "The package of nano.";
    };
    nanorc = mkOption {
      type = types.lines;
      default = "";
      example = "set tabstospaces";
      description = "Lines of {manpage}`nanorc(5)`.";
    };
    syntaxHighlight = mkOption {
      type = types.bool;
      default = true;
      description = "Whether code has colours.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    environment.etc.nanorc.text =
      lib.optionalString cfg.syntaxHighlight "include ${cfg.package}/share/nano/*.nanorc\n" + cfg.nanorc;
  };
}
