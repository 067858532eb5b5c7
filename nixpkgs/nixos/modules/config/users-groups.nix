# The accounts of the system.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (lib)
    literalExpression
    mkDefault
    mkIf
    mkMerge
    mkOption
    types
    ;
  cfg = config.users;
  inherit (config.ids) uids gids;

  # A field of /etc/passwd cannot hold what separates fields and lines.
  field =
    type:
    lib.types.addCheck type (value: builtins.match "[^:\n]*" (toString value) != null)
    // {
      name = "passwdEntry ${type.name}";
      description = "${type.description}, without colons and newlines";
    };

  password =
    what:
    mkOption {
      type = types.nullOr types.str;
      default = null;
      description = what;
    };

  hashed =
    what:
    mkOption {
      type = types.nullOr (field types.str);
      default = null;
      description = what;
    };

  rangesOption =
    kind: ids:
    mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            "start${kind}" = mkOption {
              type = types.int;
              description = "The first number.";
            };
            count = mkOption {
              type = types.int;
              default = 1;
              description = "How many numbers.";
            };
          };
        }
      );
      default = [ ];
      example = [
        {
          "start${kind}" = 1000;
          count = 65534;
        }
      ];
      description = "Ranges of ${ids} that the user may use in namespaces.";
    };

  userOptions =
    { name, config, ... }:
    {
      options = {
        name = mkOption {
          type = field types.str;
          default = name;
          defaultText = "‹name›";
          description = "The name to log in with.";
        };
        enable = mkOption {
          type = types.bool;
          default = true;
          description = "Whether the account exists.";
        };
        description = mkOption {
          type = field types.str;
          default = "";
          example = "Alice Q. User";
          description = "What the account is for, or whose it is: mostly a full name.";
        };
        uid = mkOption {
          type = types.nullOr types.int;
          default = null;
          description = "The number of the account; null for one that is free when the account is made.";
        };
        isSystemUser = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the account is for a service, and gets a number below 1000.";
        };
        isNormalUser = mkOption {
          type = types.bool;
          default = false;
          description = ''
            Whether the account is a person's: with a home in {file}`/home`, the group `users` and the default shell.
          '';
        };
        group = mkOption {
          type = types.str;
          default = "";
          description = "The account's first group.";
        };
        extraGroups = mkOption {
          type = types.listOf types.str;
          default = [ ];
          example = [ "wheel" ];
          description = "More groups of the account.";
        };
        home = mkOption {
          type = field types.path;
          default = "/var/empty";
          description = "The home folder.";
        };
        homeMode = mkOption {
          type = types.strMatching "[0-7]{1,5}";
          default = "700";
          description = "The access mode of a home folder that is made.";
        };
        createHome = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the home folder is made, and given to the user, when it is missing.";
        };
        shell = mkOption {
          type = types.nullOr (types.either types.package (field types.path));
          default = pkgs.shadow + "/bin/nologin";
          defaultText = literalExpression "pkgs.shadow + \"/bin/nologin\"";
          example = literalExpression "pkgs.zsh";
          description = "The login shell, a package or a path.";
        };
        useDefaultShell = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the login shell is {option}`users.defaultUserShell`, as it is for people.";
        };
        ignoreShellProgramCheck = mkOption {
          type = types.bool;
          default = false;
          description = "Whether a login shell that the system does not set up is fine.";
        };
        packages = mkOption {
          type = types.listOf types.package;
          default = [ ];
          example = literalExpression "[ pkgs.firefox ]";
          description = "Packages that this user alone has.";
        };
        expires = mkOption {
          type = types.nullOr (types.strMatching "[0-9]{4}-[0-9]{2}-[0-9]{2}");
          default = null;
          example = "2030-01-01";
          description = "The day from which nobody can log in.";
        };
        linger = mkOption {
          type = types.nullOr types.bool;
          default = null;
          example = true;
          description = "Whether the user's services run without a session; null leaves it to `loginctl`.";
        };
        autoSubUidGidRange = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the user gets ranges of 65536 numbers of their own for namespaces.";
        };
        subUidRanges = rangesOption "Uid" "user numbers";
        subGidRanges = rangesOption "Gid" "group numbers";

        hashedPassword = hashed "The digest of the password, from {command}`mkpasswd`; `!` locks it, an empty text lets everybody in.";
        password = password "The password in clear text, which everybody can read in the store: for virtual machines only.";
        hashedPasswordFile = hashed "A file that holds the digest of the password.";
        initialHashedPassword = hashed "The digest of the password that a new account gets.";
        initialPassword = password "The password of a new account in clear text, which everybody can read in the store.";
      };

      config = mkMerge [
        {
          useDefaultShell = mkIf config.isNormalUser (mkDefault true);
          shell = mkIf config.useDefaultShell (mkDefault cfg.defaultUserShell);
        }
        (mkIf config.isNormalUser {
          group = mkDefault "users";
          createHome = mkDefault true;
          home = mkDefault "/home/${config.name}";
        })
        (mkIf (config.isNormalUser && config.subUidRanges == [ ] && config.subGidRanges == [ ]) {
          autoSubUidGidRange = mkDefault true;
        })
      ];
    };

  groupOptions =
    { name, config, ... }:
    {
      options = {
        name = mkOption {
          type = field types.str;
          default = name;
          defaultText = "‹name›";
          description = "The group's name.";
        };
        gid = mkOption {
          type = types.nullOr types.int;
          default = null;
          description = "The group's number; null for one that is free when the group is made.";
        };
        members = mkOption {
          type = types.listOf (field types.str);
          default = [ ];
          description = "Users in the group, besides those whose `extraGroups` name it.";
        };
      };
    };

  enabledUsers = lib.filterAttrs (_: user: user.enable) cfg.users;

  # User names by group, for all groups at once.
  extraMembers = lib.zipAttrsWith (_: names: names) (
    lib.concatMap (user: map (group: { ${group} = user.name; }) user.extraGroups) (
      lib.attrValues enabledUsers
    )
  );

  accounts = {
    inherit (cfg) mutableUsers;
    crypt = "${pkgs.debianPackages.libcrypt1}/lib/libcrypt.so.1";
    users = map (
      user:
      {
        inherit (user)
          autoSubUidGidRange
          createHome
          description
          group
          home
          homeMode
          isSystemUser
          name
          subGidRanges
          subUidRanges
          uid
          ;
        shell = if user.shell == null then "" else utils.toShellPath user.shell;
      }
      // lib.filterAttrs (_: value: value != null) {
        inherit (user)
          expires
          hashedPassword
          hashedPasswordFile
          initialHashedPassword
          initialPassword
          linger
          password
          ;
      }
    ) (lib.attrValues enabledUsers);
    groups = map (group: {
      inherit (group) name gid;
      members = lib.unique (group.members ++ extraMembers.${group.name} or [ ]);
    }) (lib.attrValues cfg.groups);
  };

  # Names by number, of those that have a number of their own.
  sharedNumbers =
    number: set:
    lib.filterAttrs (_: entries: builtins.length entries > 1) (
      lib.groupBy (entry: toString entry.${number}) (
        lib.filter (entry: entry.${number} != null) (lib.attrValues set)
      )
    );
  clashes =
    kind: number: set:
    lib.mapAttrsToList (
      value: entries:
      "${kind} ${lib.concatMapStringsSep ", " (entry: entry.name) entries} all have ${number} ${value}."
    ) (sharedNumbers number set);

  canLogIn =
    user:
    user.hashedPassword != null && user.hashedPassword != "!"
    || user.password != null
    || user.hashedPasswordFile != null
    || (user.openssh.authorizedKeys.keys or [ ]) != [ ]
    || (user.openssh.authorizedKeys.keyFiles or [ ]) != [ ];

  isShell = name: user: lib.isDerivation user.shell && lib.getName user.shell == name;

  passwordOptions = [
    "hashedPassword"
    "password"
    "hashedPasswordFile"
    "initialHashedPassword"
    "initialPassword"
  ];
in
{
  options = {
    users.mutableUsers = mkOption {
      type = types.bool;
      default = true;
      description = ''
        Whether accounts and passwords that were made by hand stay. Otherwise accounts are exactly those of the configuration,
        and so are their passwords.
      '';
    };

    users.enforceIdUniqueness = mkOption {
      type = types.bool;
      default = true;
      description = "Whether two accounts or groups with one number are an error.";
    };

    users.allowNoPasswordLogin = mkOption {
      type = types.bool;
      default = false;
      description = "Whether it is fine that nobody can log in, with {option}`users.mutableUsers` off.";
    };

    users.users = mkOption {
      type = types.attrsOf (types.submodule userOptions);
      default = { };
      example = {
        alice = {
          isNormalUser = true;
          extraGroups = [ "wheel" ];
        };
      };
      description = "The users, by name.";
    };

    users.groups = mkOption {
      type = types.attrsOf (types.submodule groupOptions);
      default = { };
      example = {
        students.gid = 1001;
      };
      description = "The groups, by name.";
    };

    users.defaultUserShell = mkOption {
      type = types.either types.package types.path;
      default = pkgs.bash;
      defaultText = literalExpression "pkgs.bash";
      example = literalExpression "pkgs.zsh";
      description = "The login shell of users that name none.";
    };

  };

  config = {
    users.users = {
      root = {
        uid = uids.root;
        description = "System administrator";
        home = "/root";
        homeMode = "700";
        createHome = true;
        shell = mkDefault cfg.defaultUserShell;
        group = "root";
      };
      nobody = {
        uid = uids.nobody;
        isSystemUser = true;
        description = "Unprivileged account (don't use!)";
        group = "nogroup";
      };
    };

    users.groups =
      lib.genAttrs
        [
          "root"
          "wheel"
          "disk"
          "kmem"
          "tty"
          "floppy"
          "uucp"
          "lp"
          "cdrom"
          "tape"
          "audio"
          "video"
          "dialout"
          "nogroup"
          "users"
          "utmp"
          "adm"
          "input"
          "kvm"
          "render"
          "sgx"
          "shadow"
        ]
        (name: {
          gid = mkDefault gids.${name};
        });

    environment.etc = lib.concatMapAttrs (
      _: user:
      lib.optionalAttrs (user.packages != [ ]) {
        "profiles/per-user/${user.name}".source = pkgs.buildEnv {
          name = "user-environment";
          paths = user.packages;
          inherit (config.environment) pathsToLink extraOutputsToInstall;
          ignoreCollisions = true;
        };
      }
    ) enabledUsers;

    environment.systemPackages = lib.unique (
      lib.concatMap (user: lib.optional (lib.isDerivation user.shell) user.shell) (
        lib.attrValues enabledUsers
      )
    );

    system.activation.plan.accounts = accounts;

    warnings = lib.concatMap (
      user:
      let
        used = lib.filter (option: user.${option} != null) passwordOptions;
      in
      lib.optional (
        builtins.length used > 1
        && !(lib.subtractLists [ "initialHashedPassword" "initialPassword" ] used != [ ] && builtins.length (lib.subtractLists [ "initialHashedPassword" "initialPassword" ] used) == 1)
      ) ''
        The user ${user.name} has more than one password: ${lib.concatMapStringsSep ", " (option: "users.users.${user.name}.${option}") used}.
        The first of hashedPasswordFile, password, hashedPassword counts; the initial ones are for new accounts only.''
    ) (lib.attrValues enabledUsers);

    assertions =
      map (message: {
        assertion = !cfg.enforceIdUniqueness;
        inherit message;
      }) (clashes "The users" "uid" enabledUsers ++ clashes "The groups" "gid" cfg.groups)
      ++ [
        {
          assertion =
            cfg.mutableUsers
            || cfg.allowNoPasswordLogin
            || lib.any (user: canLogIn user && (user.name == "root" || lib.elem "wheel" user.extraGroups)) (
              lib.attrValues enabledUsers
            );
          message = ''
            Neither root nor any user in the group wheel can log in: users.mutableUsers is off, and none of them has a password or
            a key. Set users.users.root.hashedPassword (see mkpasswd), or users.allowNoPasswordLogin = true if that is meant.'';
        }
      ]
      ++ lib.concatMap (user: [
        {
          assertion = user.uid != null && user.uid == 0 || user.isSystemUser != user.isNormalUser || user.name == "root";
          message = "Exactly one of users.users.${user.name}.isSystemUser and users.users.${user.name}.isNormalUser must be set.";
        }
        {
          assertion =
            user.ignoreShellProgramCheck
            || lib.all (shell: !(isShell shell user) || (config.programs.${shell}.enable or true)) [
              "fish"
              "zsh"
            ];
          message = ''
            users.users.${user.name}.shell is a shell that the system does not set up, so that it would not find its programs.
            Set programs.${lib.getName user.shell}.enable = true, or users.users.${user.name}.ignoreShellProgramCheck = true.'';
        }
        {
          assertion = user.group != "";
          message = ''
            users.users.${user.name}.group is not set. For a group of its own:
              users.users.${user.name}.group = "${user.name}";
              users.groups.${user.name} = { };'';
        }
        {
          assertion = user.group == "" || lib.any (group: group.name == user.group) (lib.attrValues cfg.groups);
          message = "users.users.${user.name}.group is ${user.group}, which users.groups does not have.";
        }
      ]) (lib.attrValues enabledUsers);
  };
}
