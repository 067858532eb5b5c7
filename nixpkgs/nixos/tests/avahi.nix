# Machines find each other's names and services without a name server.
import ./make-test-python.nix (
  let
    node = {
      services.avahi = {
        enable = true;
        nssmdns4 = true;
        publish = {
          enable = true;
          addresses = true;
        };
      };
    };
  in
  {
    name = "avahi";
    nodes = {
      client = node;
      server = {
        imports = [ node ];
        services.avahi.extraServiceFiles.page = ''
          <?xml version="1.0" standalone='no'?>
          <!DOCTYPE service-group SYSTEM "avahi-service.dtd">
          <service-group>
            <name>a page</name>
            <service><type>_http._tcp</type><port>80</port></service>
          </service-group>
        '';
      };
    };
    testScript = ''
      start_all()
      for machine in machines:
          machine.wait_for_unit("avahi-daemon.service")
      # It ends with 0 even without an answer.
      client.wait_until_succeeds("avahi-resolve -4 -n server.local | grep 192.168.1.2", timeout=120)
      t.assertIn("192.168.1.2", client.wait_until_succeeds("getent ahostsv4 server.local", timeout=120))
      t.assertIn("a page", client.wait_until_succeeds("avahi-browse -t _http._tcp | grep 'a page'", timeout=120))
      client.fail("getent hosts nobody.local")
    '';
  }
)
