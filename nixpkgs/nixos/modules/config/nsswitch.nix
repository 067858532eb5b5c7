# Where the C library looks up users, hosts and other names.
{
  config,
  lib,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.system;

  database =
    what:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Where ${what} are looked up, in this order.";
    };
in
{
  options.system = {
    nssModules = mkOption {
      type = types.listOf types.path;
      internal = true;
      default = [ ];
      description = "Packages with modules for the C library, {file}`libnss_*.so.2`.";
    };

    nssDatabases = {
      passwd = database "users";
      group = database "groups";
      shadow = database "passwords";
      sudoers = database "rules of sudo";
      hosts = database "hosts";
      services = database "ports";
    };
  };

  config = {
    system.nssModules = [ config.systemd.package ];

    system.nssDatabases = {
      passwd = lib.mkMerge [
        (lib.mkBefore [ "files" ])
        (lib.mkAfter [ "systemd" ])
      ];
      group = lib.mkMerge [
        (lib.mkBefore [ "files" ])
        (lib.mkAfter [
          "[success=merge]"
          "systemd"
        ])
      ];
      shadow = lib.mkBefore [ "files" ];
      sudoers = lib.mkBefore [ "files" ];
      hosts = lib.mkMerge [
        (lib.mkOrder 998 [ "files" ])
        (lib.mkOrder 1499 [ "dns" ])
      ];
      services = lib.mkBefore [ "files" ];
    };

    environment.etc."nsswitch.conf".text = lib.concatStrings (
      lib.mapAttrsToList (name: sources: "${name}: ${toString sources}\n") cfg.nssDatabases
    ) + ''
      ethers: files
      networks: files
      protocols: files
      rpc: files
    '';
  };
}
