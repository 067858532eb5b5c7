# The fonts that programs find.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) literalExpression mkOption types;
  cfg = config.fonts;

  standard = [
    pkgs.dejavu_fonts
    pkgs.liberation_ttf
    pkgs.noto-fonts-color-emoji
  ];
in
{
  options.fonts = {
    packages = mkOption {
      type = types.listOf types.path;
      default = [ ];
      example = literalExpression "[ pkgs.dejavu_fonts ]";
      description = "Packages of fonts.";
    };

    enableDefaultPackages = mkOption {
      type = types.bool;
      default = config.services.xserver.enable or false;
      defaultText = literalExpression "config.services.xserver.enable";
      description = "Whether there are fonts for most scripts: DejaVu, Liberation and emoji.";
    };

    fontDir.enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether all fonts are in {file}`/run/current-system/sw/share/X11/fonts` too, for programs that ask for folders.";
    };
  };

  imports = [
    (lib.mkRenamedOptionModule [ "fonts" "fonts" ] [ "fonts" "packages" ])
    (lib.mkRenamedOptionModule [ "fonts" "enableDefaultFonts" ] [ "fonts" "enableDefaultPackages" ])
    (lib.mkRenamedOptionModule [ "fonts" "enableFontDir" ] [ "fonts" "fontDir" "enable" ])
  ];

  config = {
    fonts.packages = lib.mkIf cfg.enableDefaultPackages standard;

    environment = lib.mkIf cfg.fontDir.enable {
      systemPackages = [
        (pkgs.runCommandLocal "X11-fonts" { } ''
          mkdir -p $out/share/X11/fonts
          for package in ${toString cfg.packages}; do
            find -L "$package" \( -name '*.ttf' -o -name '*.otf' -o -name '*.ttc' -o -name '*.pcf' -o -name '*.pcf.gz' \) \
              -exec ln -sf {} $out/share/X11/fonts/ \;
          done
        '')
      ];
      pathsToLink = [ "/share/X11/fonts" ];
    };
  };
}
