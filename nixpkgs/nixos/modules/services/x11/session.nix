# What comes before and after any desktop's own command on X: settings of the user, and units of graphical sessions.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.xserver.displayManager;
  systemctl = "${config.systemd.package}/bin/systemctl";

  wrapper = pkgs.writeShellScript "xsession" ''
    # What the session's programs say goes to the journal.
    if [ -z "$XSESSION_IN_JOURNAL" ]; then
      export XSESSION_IN_JOURNAL=1
      exec ${config.systemd.package}/bin/systemd-cat -t xsession "$0" "$@"
    fi
    if [ -e /etc/profile ]; then . /etc/profile; fi
    if [ -e ~/.Xresources ]; then ${pkgs.xorg.xrdb}/bin/xrdb -merge ~/.Xresources; fi
    if [ -e ~/.xprofile ]; then . ~/.xprofile; fi

    # The user's services, and what D-Bus starts, are to find the screen.
    ${systemctl} --user import-environment \
      DBUS_SESSION_BUS_ADDRESS DISPLAY XAUTHORITY XDG_CURRENT_DESKTOP XDG_SESSION_ID
    ${pkgs.dbus}/bin/dbus-update-activation-environment --systemd --all

    ${cfg.sessionCommands}

    # Some desktops start the targets of graphical sessions by themselves.
    own_session=
    case ":$XDG_CURRENT_DESKTOP:" in
    *:GNOME:* | *:KDE:*) ;;
    *) own_session=1 ;;
    esac
    if [ -n "$own_session" ]; then ${systemctl} --user start nixos-fake-graphical-session.target; fi
    # The command is one word or many.
    eval "$*"
    status=$?
    if [ -n "$own_session" ]; then ${systemctl} --user stop nixos-fake-graphical-session.target; fi
    exit $status
  '';
in
{
  options.services.xserver.displayManager = {
    sessionCommands = mkOption {
      type = types.lines;
      default = "";
      example = "xmessage hello &";
      description = "Shell commands that run before a session starts.";
    };
    sessionWrapper = mkOption {
      type = types.package;
      internal = true;
      readOnly = true;
      default = wrapper;
      defaultText = lib.literalMD "a script";
      description = "Program that display managers start a session's command with.";
    };
  };

  config = lib.mkIf config.services.xserver.enable {
    systemd.user.targets.nixos-fake-graphical-session = {
      description = "Graphical session of a desktop without units of its own";
      bindsTo = [ "graphical-session.target" ];
      wants = [ "graphical-session-pre.target" ];
      after = [ "graphical-session-pre.target" ];
      before = [ "graphical-session.target" ];
    };
  };
}
