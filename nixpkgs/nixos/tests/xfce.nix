# Xfce runs for a user whom LightDM logs in: its parts, their windows, a program in a window of its own, the screen.
import ./make-test-python.nix (
  { pkgs, ... }:
  {
    name = "xfce";
    nodes.machine = {
      virtualisation.memorySize = 1536;
      users.users.alice = {
        isNormalUser = true;
        uid = 1000;
      };
      services.xserver = {
        enable = true;
        displayManager.lightdm.enable = true;
        desktopManager.xfce.enable = true;
      };
      services.displayManager.autoLogin.user = "alice";
      systemd.user.services.companion = {
        wantedBy = [ "graphical-session.target" ];
        partOf = [ "graphical-session.target" ];
        script = ''echo "$DISPLAY" > /tmp/companion; exec sleep infinity'';
      };
    };
    testScript = ''
      machine.wait_for_unit("graphical.target")
      machine.wait_for_x()

      with subtest("alice is logged in at the seat"):
          machine.wait_for_file("/home/alice/.Xauthority")
          machine.succeed("xauth merge /home/alice/.Xauthority")
          t.assertIn("seat0", machine.succeed("loginctl list-sessions | grep alice"))
          machine.wait_until_succeeds("getfacl -p /dev/dri/card0 | grep user:alice:rw")
          t.assertEqual(machine.succeed("cat /tmp/companion").strip(), ":0")

      with subtest("Xfce's parts run as hers"):
          for part in ["xfce4-session", "xfwm4", "xfce4-panel", "xfdesktop", "xfconfd", "xfsettingsd", "xfce4-notifyd"]:
              machine.wait_until_succeeds(f"pgrep -u alice -f {part}")
          machine.wait_for_window("xfce4-panel")
          machine.wait_for_window("Desktop")
          machine.wait_until_succeeds(
              "xprop -root -notype _NET_SUPPORTING_WM_CHECK | sed 's/.*# //' "
              "| xargs -I WINDOW xprop -id WINDOW _NET_WM_NAME | grep Xfwm4"
          )

      with subtest("a program has a window"):
          machine.succeed("su - alice -c 'DISPLAY=:0 xfce4-terminal --title=typewriter >&2 &'")
          machine.wait_for_window("typewriter")
          machine.wait_until_succeeds(
              "xprop -root -notype _NET_ACTIVE_WINDOW | sed 's/.*# //' "
              "| xargs -I WINDOW xprop -id WINDOW _NET_WM_NAME | grep typewriter"
          )
          machine.send_chars("echo typed > /tmp/typed\n")
          machine.wait_for_file("/tmp/typed")
          machine.screenshot("screen")

      with subtest("the desktop ends with the session, and so do its services"):
          machine.succeed("systemctl stop display-manager")
          machine.wait_until_fails("pgrep -u alice xfce4-panel")
          machine.wait_until_fails("pgrep -u alice sleep")
    '';
  }
)
