# MariaDB makes the databases and users of the configuration.
import ./make-test-python.nix (
  { pkgs, ... }:
  {
    name = "mysql";
    nodes.machine = {
      users.users.alice.isNormalUser = true;
      services.mysql = {
        enable = true;
        package = pkgs.mariadb;
        ensureDatabases = [ "shop" ];
        ensureUsers = [
          {
            name = "alice";
            ensurePermissions."shop.*" = "ALL PRIVILEGES";
          }
        ];
      };
    };
    testScript = ''
      machine.wait_for_unit("mysql.service")
      machine.succeed("su - alice -c \"mysql shop -e 'create table boxes (size int); insert into boxes values (42)'\"")
      t.assertEqual(machine.succeed("su - alice -c \"mysql -N shop -e 'select size from boxes'\"").strip(), "42")
      machine.fail("su - alice -c \"mysql -e 'create database other'\"")
    '';
  }
)
