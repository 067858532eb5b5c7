# Caches of the system's profile, without which desktops do not know kinds of files, programs for them, icons and
# settings: Debian makes them when packages are installed.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  # Machines without a desktop need not wait for them.
  isGraphical = config.services.xserver.enable || config.services.displayManager.enable || config.hardware.graphics.enable;
in
{
  options.gtk.iconCache.enable = mkOption {
    type = types.bool;
    default = isGraphical;
    defaultText = lib.literalMD "whether there is a desktop";
    description = "Whether there are caches of icons for programs of GTK.";
  };

  config = lib.mkMerge [
    (mkIf (isGraphical && config.xdg.mime.enable) {
      environment.extraSetup = ''
        if [ -d $out/share/mime/packages ]; then
          # It writes what the packages' links stand for anew.
          find $out/share/mime -mindepth 1 -maxdepth 1 ! -name packages -exec rm -rf {} +
          XDG_DATA_DIRS=$out/share ${pkgs.shared-mime-info}/bin/update-mime-database $out/share/mime > /dev/null
        fi
        if [ -d $out/share/applications ]; then
          rm -f $out/share/applications/mimeinfo.cache
          ${pkgs.desktop-file-utils}/bin/update-desktop-database $out/share/applications
        fi
      '';
    })
    (mkIf isGraphical {
      environment.pathsToLink = [ "/share/glib-2.0/schemas" ];
      environment.extraSetup = ''
        if [ -d $out/share/glib-2.0/schemas ]; then
          rm -f $out/share/glib-2.0/schemas/gschemas.compiled
          ${pkgs.glib}/bin/glib-compile-schemas $out/share/glib-2.0/schemas
        fi
      '';
    })
    (mkIf config.gtk.iconCache.enable {
      environment.extraSetup = ''
        for theme in $out/share/icons/*; do
          if [ -e $theme/index.theme ] && [ ! -L $theme ]; then
            rm -f $theme/icon-theme.cache
            ${pkgs.gtk-update-icon-cache}/bin/gtk-update-icon-cache --quiet --force --ignore-theme-index $theme
          fi
        done
      '';
    })
  ];
}
