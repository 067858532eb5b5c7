# Databases and users that the configuration names exist, and data survives a restart.
import ./make-test-python.nix (
  { pkgs, ... }:
  {
    name = "postgresql";

    nodes.machine = {
      services.postgresql = {
        enable = true;
        ensureDatabases = [ "app" ];
        ensureUsers = [
          {
            name = "app";
            ensureDBOwnership = true;
            ensureClauses.createdb = true;
          }
        ];
        initialScript = pkgs.writeText "initial.sql" "CREATE ROLE made_once;";
      };
      users.users.app = {
        isSystemUser = true;
        group = "app";
      };
      users.groups.app = { };
    };

    testScript = ''
      def sql(user, statement, database="app"):
          return machine.succeed(f"su -s /bin/sh {user} -c \"psql -tA {database} -c '{statement}'\"").strip()

      machine.wait_for_unit("postgresql.target", timeout=600)

      with subtest("the user owns its database and logs in as on the machine"):
          sql("app", "CREATE TABLE t (n int); INSERT INTO t VALUES (42);")
          machine.fail("su -s /bin/sh nobody -c 'psql app -c \"SELECT 1\"'")

      with subtest("the user has the rights that the configuration gives"):
          assert sql("postgres", "SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user", "postgres") == "t"
          sql("app", "CREATE DATABASE another;")

      with subtest("the initial script has run"):
          assert "made_once" in sql("postgres", "SELECT rolname FROM pg_roles", "postgres")

      with subtest("data survives a restart, and the setup runs again without harm"):
          machine.succeed("systemctl restart postgresql.service")
          machine.wait_for_unit("postgresql-setup.service")
          assert sql("app", "SELECT n FROM t") == "42"
    '';
  }
)
