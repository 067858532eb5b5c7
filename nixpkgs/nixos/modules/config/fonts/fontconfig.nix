# How programs choose a font.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.fonts.fontconfig;

  document = body: ''
    <?xml version="1.0"?>
    <!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
    <fontconfig>
    ${body}</fontconfig>
  '';

  cache = pkgs.runCommandLocal "fontconfig-cache" { } ''
    mkdir -p $out
    cat > fonts.conf <<END
    <fontconfig>
    ${lib.concatMapStrings (font: "<dir>${font}</dir>\n") config.fonts.packages}
    <cachedir>$out</cachedir>
    </fontconfig>
    END
    FONTCONFIG_FILE=$PWD/fonts.conf ${pkgs.fontconfig}/bin/fc-cache -sv
  '';

  folders = document (
    lib.concatMapStrings (font: "  <dir>${font}</dir>\n") config.fonts.packages
    + lib.optionalString (config.fonts.packages != [ ]) "  <cachedir>${cache}</cachedir>\n"
    + ''
      <cachedir prefix="xdg">fontconfig</cachedir>
    ''
  );

  family =
    alias: names:
    lib.optionalString (names != [ ]) ''
      <alias binding="same">
        <family>${alias}</family>
        <prefer>
      ${lib.concatMapStrings (name: "    <family>${lib.escapeXML name}</family>\n") names}  </prefer>
      </alias>
    '';

  families = document (
    family "sans-serif" cfg.defaultFonts.sansSerif
    + family "serif" cfg.defaultFonts.serif
    + family "monospace" cfg.defaultFonts.monospace
    + family "emoji" cfg.defaultFonts.emoji
  );

  boolean = value: if value then "true" else "false";
  setting = name: kind: value: ''
    <match target="pattern"><edit mode="append" name="${name}"><${kind}>${value}</${kind}></edit></match>
  '';
  rendering = document (
    setting "hinting" "bool" (boolean cfg.hinting.enable)
    + setting "autohint" "bool" (boolean cfg.hinting.autohint)
    + setting "hintstyle" "const" "hint${cfg.hinting.style}"
    + setting "antialias" "bool" (boolean cfg.antialias)
    + setting "rgba" "const" cfg.subpixel.rgba
    + setting "lcdfilter" "const" "lcd${cfg.subpixel.lcdfilter}"
    + lib.optionalString (!cfg.allowBitmaps) ''
      <selectfont><rejectfont><pattern><patelt name="scalable"><bool>false</bool></patelt></pattern></rejectfont></selectfont>
    ''
  );

  names =
    default: what:
    mkOption {
      type = types.listOf types.str;
      inherit default;
      description = "The font for ${what}, the first that is there.";
    };
  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };
in
{
  options.fonts.fontconfig = {
    enable = flag true "Whether programs choose fonts by fontconfig.";
    antialias = flag true "Whether the edges of letters are smooth.";
    allowBitmaps = flag true "Whether fonts that are pictures are used.";

    localConf = mkOption {
      type = types.lines;
      default = "";
      description = "The file {file}`local.conf`, in XML.";
    };

    defaultFonts = {
      monospace = names [ "DejaVu Sans Mono" ] "code";
      sansSerif = names [ "DejaVu Sans" ] "text on screens";
      serif = names [ "DejaVu Serif" ] "text in print";
      emoji = names [ "Noto Color Emoji" ] "emoji";
    };

    hinting = {
      enable = flag true "Whether letters are fitted to pixels.";
      autohint = flag false "Whether that is done without the font's own hints.";
      style = mkOption {
        type = types.enum [
          "none"
          "slight"
          "medium"
          "full"
        ];
        default = "slight";
        description = "How much.";
      };
    };

    subpixel = {
      rgba = mkOption {
        type = types.enum [
          "rgb"
          "bgr"
          "vrgb"
          "vbgr"
          "none"
        ];
        default = "none";
        description = "The order of colours in a pixel.";
      };
      lcdfilter = mkOption {
        type = types.enum [
          "none"
          "default"
          "light"
          "legacy"
        ];
        default = "default";
        description = "How colours at edges are softened.";
      };
    };
  };

  config = mkIf (cfg.enable && (config.services.xserver.enable or false || config.fonts.packages != [ ])) {
    environment.systemPackages = [ pkgs.fontconfig ];
    environment.etc = {
      "fonts/fonts.conf".source = "${pkgs.debianPackages.fontconfig-config}/etc/fonts/fonts.conf";
      "fonts/conf.d of fontconfig" = {
        target = "fonts/conf.d";
        source = "${pkgs.debianPackages.fontconfig-config}/etc/fonts/conf.d/*";
      };
      "fonts/conf.d/00-nixos-folders.conf".text = folders;
      "fonts/conf.d/05-nixos-rendering.conf".text = rendering;
      "fonts/conf.d/52-nixos-families.conf".text = families;
    }
    // lib.optionalAttrs (cfg.localConf != "") { "fonts/local.conf".text = cfg.localConf; };
  };
}
