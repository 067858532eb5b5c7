# dconf, where programs of GNOME and GTK keep their settings.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.programs.dconf;

  keyfile =
    database:
    lib.generators.toINI {
      mkKeyValue =
        key: value: "${key}=${toString (lib.gvariant.mkValue value)}";
    } database.settings;

  compile =
    name: database:
    pkgs.runCommandLocal "dconf-${name}" { text = keyfile database; locks = lib.concatMapStrings (lock: lock + "\n") database.locks; } ''
      mkdir -p db.d/locks
      printf %s "$text" > db.d/settings
      printf %s "$locks" > db.d/locks/locks
      ${pkgs.dconf}/bin/dconf compile $out db.d
    '';

  # A profile is a user's own settings over compiled ones.
  profile =
    name: value:
    pkgs.writeText "dconf-profile-${name}" (
      lib.optionalString value.enableUserDb "user-db:user\n"
      + lib.concatStrings (
        lib.imap0 (index: database: "file-db:${compile "${name}-${toString index}" database}\n") value.databases
      )
    );
in
{
  options.programs.dconf = {
    enable = lib.mkEnableOption "dconf";
    profiles = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = {
            enableUserDb = mkOption {
              type = types.bool;
              default = true;
              description = "Whether each user has settings of their own above the others.";
            };
            databases = mkOption {
              type = types.listOf (
                types.submodule {
                  options = {
                    settings = mkOption {
                      type = types.attrsOf (types.attrsOf types.anything);
                      default = { };
                      example."org/gnome/desktop/interface".color-scheme = "prefer-dark";
                      description = "Settings by folder and key.";
                    };
                    locks = mkOption {
                      type = types.listOf types.str;
                      default = [ ];
                      description = "Settings that users cannot change.";
                    };
                  };
                }
              );
              default = [ ];
              description = "Databases, the most important first.";
            };
          };
        }
      );
      default = { };
      description = "Profiles by name; `user` is everybody's.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ pkgs.dconf ];
    environment.pathsToLink = [ "/etc/dconf" ];
    environment.etc = lib.mapAttrs' (
      name: value: lib.nameValuePair "dconf/profile/${name}" { source = profile name value; }
    ) cfg.profiles;
    services.dbus.packages = [ pkgs.dconf-service ];
    systemd.packages = [ pkgs.dconf-service ];
    # GTK finds the settings through a module of GIO.
    environment.sessionVariables.GIO_EXTRA_MODULES = [ "${pkgs.dconf-gsettings-backend}/lib/gio/modules" ];
  };
}
