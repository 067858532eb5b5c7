# A share of Samba is read and written by guests.
import ./make-test-python.nix (
  { pkgs, ... }:
  {
    name = "samba";
    nodes = {
      server = {
        services.samba = {
          enable = true;
          openFirewall = true;
          settings = {
            global."map to guest" = "Bad User";
            public = {
              path = "/srv/public";
              "guest ok" = "yes";
              "read only" = "no";
              "force user" = "root";
            };
          };
        };
        systemd.tmpfiles.rules = [ "d /srv/public 0777 root root -" ];
      };
      client.environment.systemPackages = [ pkgs.samba ];
    };
    testScript = ''
      start_all()
      server.wait_for_unit("samba-smbd.service")
      server.succeed("echo hello > /srv/public/note")
      client.wait_until_succeeds("smbclient -N //server/public -c 'get note /tmp/note'")
      t.assertEqual(client.succeed("cat /tmp/note"), "hello\n")
    '';
  }
)
