# Plymouth: a picture instead of messages while the machine starts and stops.
#
# It runs from stage 2 on: the initrd is too small for it, and is over in a moment.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    literalExpression
    mkEnableOption
    mkIf
    mkOption
    types
    ;
  cfg = config.boot.plymouth;
  themes = [ cfg.package ] ++ cfg.themePackages;

  # Debian's program looks for plug-ins and themes below /usr; where it looks for themes can be said.
  themesTree = pkgs.buildEnv {
    name = "plymouth-themes";
    paths = themes;
    pathsToLink = [ "/share/plymouth" ];
    ignoreCollisions = true;
  };
  configFile = pkgs.writeText "plymouthd.conf" ''
    [Daemon]
    ShowDelay=0
    DeviceTimeout=8
    Theme=${cfg.theme}
    ThemeDir=${themesTree}/share/plymouth/themes
    ${cfg.extraConfig}
  '';
in
{
  options.boot.plymouth = {
    enable = mkEnableOption "Plymouth, a picture while the machine starts and stops; with the parameter `splash` of the kernel";
    package = lib.mkPackageOption pkgs "plymouth" { };
    font = mkOption {
      type = types.path;
      default = "${pkgs.dejavu_fonts}/share/fonts/truetype/dejavu/DejaVuSans.ttf";
      defaultText = literalExpression ''"''${pkgs.dejavu_fonts}/share/fonts/truetype/dejavu/DejaVuSans.ttf"'';
      description = "Font of the messages.";
    };
    logo = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "Picture (PNG) that themes show instead of Debian's logo.";
    };
    themePackages = mkOption {
      type = types.listOf types.package;
      default = [ pkgs.plymouth-themes ];
      defaultText = literalExpression "[ pkgs.plymouth-themes ]";
      description = "Packages with themes in `share/plymouth/themes`.";
    };
    theme = mkOption {
      type = types.str;
      default = "spinner";
      example = "solar";
      description = "Name of the theme.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "DeviceScale=2";
      description = "Further lines of the section `[Daemon]`.";
    };
  };

  config = mkIf cfg.enable {
    boot.kernelParams = [ "splash" ];
    environment.systemPackages = [ cfg.package ];
    environment.etc = {
      "plymouth/plymouthd.conf".source = configFile;
      "plymouth/plymouthd.defaults".source = "${cfg.package}/share/plymouth/plymouthd.defaults";
    };
    system.usrTree.packages = themes ++ [ pkgs.plymouth-label ];
    system.usrTree.links = {
      # What the plug-in for text draws with.
      "share/fonts/truetype/dejavu/DejaVuSans.ttf" = "${cfg.font}";
    }
    // lib.optionalAttrs (cfg.logo != null) { "share/plymouth/debian-logo.png" = "${cfg.logo}"; };

    systemd.packages = [ cfg.package ];
    systemd.services = {
      plymouth-start.wantedBy = [ "sysinit.target" ];
      plymouth-read-write.wantedBy = [ "sysinit.target" ];
      plymouth-quit.wantedBy = [ "multi-user.target" ];
      plymouth-quit-wait.wantedBy = [ "multi-user.target" ];
      plymouth-poweroff.wantedBy = [ "poweroff.target" ];
      plymouth-reboot.wantedBy = [ "reboot.target" ];
      plymouth-halt.wantedBy = [ "halt.target" ];
      systemd-ask-password-plymouth.wantedBy = [ "multi-user.target" ];
    };
  };
}
