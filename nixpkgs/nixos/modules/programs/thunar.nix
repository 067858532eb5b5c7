# Thunar, Xfce's file manager.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.programs.thunar;
in
{
  options.programs.thunar = {
    enable = lib.mkEnableOption "Thunar, Xfce's file manager";
    plugins = lib.mkOption {
      type = lib.types.listOf lib.types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.thunar-archive-plugin ]";
      description = "Packages of plug-ins.";
    };
  };

  config = lib.mkIf cfg.enable {
    programs.xfconf.enable = true;
    environment.systemPackages = [ pkgs.thunar ] ++ cfg.plugins;
    # Plug-ins are looked for below /usr.
    system.usrTree.packages = [ pkgs.thunar ] ++ cfg.plugins;
    services.dbus.packages = [ pkgs.thunar ];
    systemd.packages = [ pkgs.thunar ];
  };
}
