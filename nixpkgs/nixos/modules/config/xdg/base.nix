# Folders by which desktops find menus, icons, sounds, kinds of files, and what starts with a session.
{
  config,
  lib,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.xdg;

  flag =
    description:
    mkOption {
      type = types.bool;
      default = true;
      inherit description;
    };

  associations =
    example: description:
    mkOption {
      type = types.attrsOf (
        types.coercedTo (types.either (types.listOf types.str) types.str) (
          value: lib.concatStringsSep ";" (lib.toList value)
        ) types.str
      );
      default = { };
      inherit example description;
    };

  mime = cfg.mime;
  lists = lib.filterAttrs (_: set: set != { }) {
    "Added Associations" = mime.addedAssociations;
    "Default Applications" = mime.defaultApplications;
    "Removed Associations" = mime.removedAssociations;
  };
in
{
  options.xdg = {
    autostart.enable = flag "Whether programs are started with a session, from {file}`/etc/xdg/autostart`.";
    icons.enable = flag "Whether packages' icons are found.";
    menus.enable = flag "Whether packages' entries of menus are found.";
    sounds.enable = flag "Whether packages' sounds are found.";
    mime = {
      enable = flag "Whether kinds of files and the programs for them are known.";
      addedAssociations = associations { "application/pdf" = "firefox.desktop"; } "More programs for kinds of files.";
      defaultApplications = associations { "text/html" = "firefox.desktop"; } "The programs that open kinds of files.";
      removedAssociations = associations {
        "audio/mp3" = [ "mpv.desktop" ];
      } "Programs that do not open kinds of files.";
    };
  };

  config = lib.mkMerge [
    (mkIf cfg.autostart.enable { environment.pathsToLink = [ "/etc/xdg/autostart" ]; })
    (mkIf cfg.icons.enable {
      environment.pathsToLink = [
        "/share/icons"
        "/share/pixmaps"
      ];
      environment.profileRelativeSessionVariables.XCURSOR_PATH = [
        "/share/icons"
        "/share/pixmaps"
      ];
    })
    (mkIf cfg.menus.enable {
      environment.pathsToLink = [
        "/share/applications"
        "/share/desktop-directories"
        "/etc/xdg/menus"
        "/etc/xdg/menus/applications-merged"
      ];
    })
    (mkIf cfg.sounds.enable { environment.pathsToLink = [ "/share/sounds" ]; })
    (mkIf mime.enable {
      environment.pathsToLink = [ "/share/mime" ];
      environment.etc = mkIf (lists != { }) {
        "xdg/mimeapps.list".text = lib.generators.toINI { } lists;
      };
    })
  ];
}
