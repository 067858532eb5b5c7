# Files and folders that are made at boot and cleaned up later.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) literalExpression mkOption types;
  cfg = config.systemd.tmpfiles;
  userCfg = config.systemd.user.tmpfiles;
  ofUsers = lib.filterAttrs (_: user: user.rules != [ ]) userCfg.users;

  # An empty field is a dash, a space needs a backslash.
  escapeField =
    text: if text == "" then "-" else lib.replaceStrings [ " " "\t" "\n" ] [ "\\x20" "\\t" "\\n" ] text;

  entryType = types.submodule (
    { name, ... }:
    {
      options = {
        type = mkOption {
          type = types.str;
          default = name;
          defaultText = "‹tmpfiles-type›";
          example = "d";
          description = "What is done: a type of {manpage}`tmpfiles.d(5)`.";
        };
        mode = mkOption {
          type = types.str;
          default = "-";
          example = "0755";
          description = "The access mode.";
        };
        user = mkOption {
          type = types.str;
          default = "-";
          example = "root";
          description = "The owner.";
        };
        group = mkOption {
          type = types.str;
          default = "-";
          example = "root";
          description = "The group.";
        };
        age = mkOption {
          type = types.str;
          default = "-";
          example = "10d";
          description = "The age from which cleaning up removes it.";
        };
        argument = mkOption {
          type = types.str;
          default = "";
          example = "/run/target";
          description = "What the type needs besides, such as the target of a link.";
        };
      };
    }
  );

  # path → type → entry
  pathsType = types.attrsOf (types.attrsOf entryType);

  line =
    path: entry:
    "'${entry.type}' '${path}' '${entry.mode}' '${entry.user}' '${entry.group}' '${entry.age}' ${escapeField entry.argument}\n";
  textOf =
    paths:
    lib.concatStrings (
      lib.concatLists (
        lib.mapAttrsToList (path: byType: lib.mapAttrsToList (_: line path) byType) paths
      )
    );

  own = [
    "home.conf"
    "legacy.conf"
    "static-nodes-permissions.conf"
    "systemd.conf"
    "systemd-nologin.conf"
    "systemd-tmp.conf"
    "tmp.conf"
    "var.conf"
    "x11.conf"
  ];
in
{
  options.systemd = {
    tmpfiles.rules = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "d /tmp 1777 root root 10d" ];
      description = "Lines in the format of {manpage}`tmpfiles.d(5)`.";
    };

    tmpfiles.settings = mkOption {
      type = types.attrsOf pathsType;
      default = { };
      example = {
        "10-mine"."/var/lib/mine".d.mode = "0755";
      };
      description = "The same as a set: the name of a file, paths, types, and what the type needs.";
    };

    tmpfiles.packages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = literalExpression "[ pkgs.lvm2 ]";
      apply = map lib.getLib;
      description = "Packages whose {file}`lib/tmpfiles.d` the system has.";
    };

    user.tmpfiles.rules = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "D %C - - - 7d" ];
      description = "Lines for all users.";
    };

    user.tmpfiles.users = mkOption {
      type = types.attrsOf (
        types.submodule {
          options.rules = mkOption {
            type = types.listOf types.str;
            default = [ ];
            example = [ "D %C - - - 7d" ];
            description = "Lines for this user.";
          };
        }
      );
      default = { };
      description = "Lines for single users, by name.";
    };
  };

  config = {
    environment.etc =
      lib.listToAttrs (
        map (
          name:
          lib.nameValuePair "tmpfiles.d/${name}" {
            source = "${config.systemd.package}/lib/tmpfiles.d/${name}";
          }
        ) own
      )
      // lib.optionalAttrs (cfg.rules != [ ]) {
        "tmpfiles.d/00-nixos.conf".text = lib.concatLines cfg.rules;
      }
      // lib.mapAttrs' (
        name: paths: lib.nameValuePair "tmpfiles.d/${name}.conf" { text = textOf paths; }
      ) cfg.settings
      // lib.listToAttrs (
        map (
          package:
          lib.nameValuePair "tmpfiles.d from ${package}" {
            target = "tmpfiles.d";
            source = "${package}/lib/tmpfiles.d/*";
          }
        ) cfg.packages
      )
      // lib.optionalAttrs (userCfg.rules != [ ]) {
        "xdg/user-tmpfiles.d/00-nixos.conf".text = lib.concatLines userCfg.rules;
      };

    # Users' managers read them from the users' own profiles, as XDG_DATA_DIRS says.
    environment.pathsToLink = lib.mkIf (ofUsers != { }) [ "/share/user-tmpfiles.d" ];
    users.users = lib.mapAttrs (_: user: {
      packages = [
        (pkgs.writeTextDir "share/user-tmpfiles.d/00-nixos.conf" (lib.concatLines user.rules))
      ];
    }) ofUsers;

    # A switch applies them for those who are logged in.
    system.userActivationScripts.tmpfiles = lib.mkIf (userCfg.rules != [ ] || ofUsers != { }) ''
      ${config.systemd.package}/bin/systemd-tmpfiles --user --create --remove
    '';
  };
}
