# Who may log in, and what a session begins with.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    mkDefault
    mkOption
    optional
    types
    ;
  cfg = config.security.pam;

  moduleIn = package: name: "${package}/lib/security/pam_${name}.so";
  standard = moduleIn pkgs.debianPackages.libpam-modules;
  gnomeKeyring = moduleIn pkgs.debianPackages.libpam-gnome-keyring "gnome_keyring";
  kwallet = moduleIn pkgs.debianPackages.libpam-kwallet5 "kwallet5";

  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };

  ruleOptions =
    { name, config, ... }:
    {
      options = {
        enable = flag true "Whether the rule is there.";
        name = mkOption {
          type = types.str;
          default = name;
          internal = true;
          readOnly = true;
          description = "The rule's name.";
        };
        order = mkOption {
          type = types.int;
          description = "Where the rule stands among those of its kind; smaller ones come first.";
        };
        control = mkOption {
          type = types.str;
          example = "required";
          description = "What follows from the module's answer.";
        };
        modulePath = mkOption {
          type = types.str;
          description = "The module's file.";
        };
        args = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Arguments of the module.";
        };
        settings = mkOption {
          type = types.attrsOf (
            types.nullOr (
              types.oneOf [
                types.bool
                types.str
                types.int
                types.pathInStore
              ]
            )
          );
          default = { };
          example = {
            use_first_pass = true;
          };
          description = "Arguments of the module by name: true stands for the name alone.";
        };
      };
      config.args = lib.concatLists (
        lib.mapAttrsToList (
          setting: value:
          if value == true then
            [ setting ]
          else if value == false || value == null then
            [ ]
          else
            [ "${setting}=${toString value}" ]
        ) config.settings
      );
    };

  rulesOption =
    kind:
    mkOption {
      type = types.attrsOf (types.submodule ruleOptions);
      default = { };
      description = "Rules of the kind `${kind}`, by name.";
    };

  # Rules in the order of a list, a hundred apart so that others fit in between.
  inOrder =
    rules:
    lib.listToAttrs (
      lib.imap1 (
        index: rule:
        lib.nameValuePair rule.name (
          lib.mapAttrs (_: mkDefault) {
            order = 10000 + index * 100;
            inherit (rule) enable control modulePath;
          }
          // {
            inherit (rule) args;
          }
        )
      ) rules
    );

  ruleIf = enable: name: control: modulePath: {
    inherit
      enable
      name
      control
      modulePath
      ;
    args = [ ];
  };
  rule = ruleIf true;
  with' = rule: args: rule // { inherit args; };

  limitsFile =
    limits:
    pkgs.writeText "limits.conf" (
      lib.concatMapStrings (
        limit: "${limit.domain} ${limit.type} ${limit.item} ${toString limit.value}\n"
      ) limits
    );

  limitType = types.submodule {
    options = {
      domain = mkOption {
        type = types.str;
        example = "@wheel";
        description = "Whom it is for: a user, a group with `@` in front, or `*`.";
      };
      type = mkOption {
        type = types.enum [
          "-"
          "hard"
          "soft"
        ];
        default = "-";
        description = "The kind of limit; `-` is both.";
      };
      item = mkOption {
        type = types.str;
        example = "nofile";
        description = "What is limited: an item of {manpage}`limits.conf(5)`.";
      };
      value = mkOption {
        type = types.either types.str types.int;
        example = "unlimited";
        description = "The limit.";
      };
    };
  };
  limitsOption =
    default:
    mkOption {
      type = types.listOf limitType;
      inherit default;
      example = [
        {
          domain = "*";
          item = "nofile";
          value = 8192;
        }
      ];
      description = "Limits of resources: {manpage}`limits.conf(5)`.";
    };

  # Modules that need the password before it is decided whether it is right.
  asksEarly =
    service: service.enableGnomeKeyring || service.enableKwallet || service.googleAuthenticator.enable;

  unixArgs =
    service:
    optional service.allowNullPassword "nullok" ++ optional service.nodelay "nodelay" ++ [ "likeauth" ];

  authRules =
    service:
    inOrder [
      (ruleIf service.rootOK "rootok" "sufficient" (standard "rootok"))
      (with' (ruleIf service.requireWheel "wheel" "required" (standard "wheel")) [ "use_uid" ])
      (ruleIf service.logFailures "faillock" "required" (standard "faillock"))
      (with'
        (ruleIf service.sshAgentAuth "ssh_agent_auth" "sufficient" (
          moduleIn pkgs.debianPackages.libpam-ssh-agent-auth "ssh_agent_auth"
        ))
        [ "file=${lib.concatStringsSep ":" cfg.sshAgentAuth.authorizedKeysFiles}" ]
      )
      (ruleIf service.u2fAuth "u2f" cfg.u2f.control (moduleIn pkgs.debianPackages.libpam-u2f "u2f"))
      (ruleIf service.fprintAuth "fprintd" "sufficient" (
        moduleIn pkgs.debianPackages.libpam-fprintd "fprintd"
      ))
      (with' (ruleIf (service.unixAuth && asksEarly service) "unix-early" "optional" (standard "unix")) (
        unixArgs service
      ))
      (ruleIf service.enableGnomeKeyring "gnome_keyring" "optional" gnomeKeyring)
      (ruleIf service.enableKwallet "kwallet" "optional" kwallet)
      (with'
        (ruleIf service.googleAuthenticator.enable "google_authenticator" "required" (
          moduleIn pkgs.debianPackages.libpam-google-authenticator "google_authenticator"
        ))
        [ "no_increment_hotp" ]
      )
      (with' (ruleIf service.failDelay.enable "faildelay" "optional" (standard "faildelay")) [
        "delay=${toString service.failDelay.delay}"
      ])
      (with' (ruleIf service.unixAuth "unix" "sufficient" (standard "unix")) (
        unixArgs service ++ [ "try_first_pass" ]
      ))
      (rule "deny" "required" (standard "deny"))
    ];

  trustedRules =
    service:
    inOrder [
      (with' (rule "succeed_if" "required" (standard "succeed_if")) (service.trusted ++ [ "quiet" ]))
      (rule "permit" "required" (standard "permit"))
    ];

  passwordRules =
    service:
    inOrder [
      (with' (rule "unix" "sufficient" (standard "unix")) (
        optional service.allowNullPassword "nullok" ++ [ "yescrypt" ]
      ))
      (with' (ruleIf service.enableGnomeKeyring "gnome_keyring" "optional" gnomeKeyring) [
        "use_authtok"
      ])
    ];

  sessionRules =
    service:
    inOrder [
      (with' (ruleIf service.setEnvironment "env" "required" (standard "env")) [
        "conffile=/etc/pam/environment"
        "readenv=0"
      ])
      (rule "unix" "required" (standard "unix"))
      (ruleIf service.setLoginUid "loginuid" (
        if config.boot.isContainer then "optional" else "required"
      ) (standard "loginuid"))
      (with'
        (ruleIf service.updateWtmp "lastlog" "optional" (
          moduleIn pkgs.debianPackages.libpam-lastlog2 "lastlog2"
        ))
        [ "silent" ]
      )
      (with' (ruleIf service.makeHomeDir "mkhomedir" "required" (standard "mkhomedir")) [
        "silent"
        "skel=${cfg.makeHomeDir.skelDirectory}"
        "umask=${cfg.makeHomeDir.umask}"
      ])
      (ruleIf service.startSession "systemd" "optional" (
        moduleIn pkgs.debianPackages.libpam-systemd "systemd"
      ))
      (with' (ruleIf service.forwardXAuth "xauth" "optional" (standard "xauth")) [
        "xauthpath=${pkgs.xorg.xauth}/bin/xauth"
        "systemuser=99"
      ])
      (with' (ruleIf (service.limits != [ ]) "limits" "required" (standard "limits")) [
        "conf=${limitsFile service.limits}"
      ])
      (with' (ruleIf (service.showMotd && hasMotd) "motd" "optional" (standard "motd")) [
        "motd=/etc/motd"
      ])
      (with' (ruleIf service.enableGnomeKeyring "gnome_keyring" "optional" gnomeKeyring) [
        "auto_start"
      ])
      (with' (ruleIf service.enableKwallet "kwallet" "optional" kwallet) [ "auto_start" ])
    ];

  hasMotd = config.users.motd != null && config.users.motd != "" || config.users.motdFile != null;

  line =
    kind: one:
    lib.concatStringsSep " " (
      [
        kind
        one.control
        one.modulePath
      ]
      ++ map (arg: if lib.hasInfix " " arg then "[${arg}]" else arg) one.args
    )
    + "\n";

  textOf =
    service:
    lib.concatMapStrings
      (
        kind:
        lib.concatMapStrings (line kind) (
          lib.sort (a: b: a.order < b.order) (
            lib.filter (one: one.enable) (lib.attrValues service.rules.${kind})
          )
        )
      )
      [
        "account"
        "auth"
        "password"
        "session"
      ];

  serviceOptions =
    { name, config, ... }:
    {
      options = {
        enable = flag true "Whether the service has rules.";
        name = mkOption {
          type = types.str;
          default = name;
          defaultText = "‹name›";
          description = "The name that programs ask for.";
        };
        rules = {
          account = rulesOption "account";
          auth = rulesOption "auth";
          password = rulesOption "password";
          session = rulesOption "session";
        };
        text = mkOption {
          type = types.nullOr types.lines;
          default = textOf config;
          defaultText = lib.literalMD "made from the rules";
          description = "The rules as text.";
        };
        unixAuth = flag true "Whether passwords of {file}`/etc/shadow` are accepted.";
        trusted = mkOption {
          type = types.nullOr (types.listOf types.str);
          default = null;
          internal = true;
          example = [
            "uid"
            ">="
            "1000"
          ];
          description = "Who gets in unasked, and nobody else does: a condition of {manpage}`pam_succeed_if(8)`.";
        };
        rootOK = flag false "Whether root needs no password.";
        sshAgentAuth = flag false "Whether keys of an SSH agent are accepted.";
        u2fAuth = flag cfg.u2f.enable "Whether security keys are accepted.";
        fprintAuth = flag hasFingerprints "Whether fingerprints are accepted.";
        googleAuthenticator.enable = flag false "Whether a one-time code is needed too.";
        requireWheel = flag false "Whether only the group `wheel` may.";
        allowNullPassword = flag false "Whether accounts with an empty password get in.";
        nodelay = flag false "Whether a wrong password is answered at once.";
        failDelay = {
          enable = flag false "Whether every failure takes a fixed time.";
          delay = mkOption {
            type = types.int;
            default = 3000000;
            example = 1000000;
            description = "That time, in microseconds.";
          };
        };
        logFailures = flag false "Whether failures are counted by {manpage}`faillock(8)`.";
        setEnvironment = flag true "Whether sessions have the variables of {option}`environment.sessionVariables`.";
        setLoginUid = flag config.startSession "Whether audit records tell who logged in.";
        startSession = flag false "Whether logind knows the session.";
        forwardXAuth = flag false "Whether the session may use the display of who started it.";
        makeHomeDir = flag false "Whether a missing home folder is made.";
        updateWtmp = flag false "Whether the time of the login is remembered, for {command}`lastlog2`.";
        showMotd = flag false "Whether the message of the day is shown.";
        limits = limitsOption cfg.loginLimits;
        enableGnomeKeyring = flag false "Whether the password opens GNOME's keyring.";
        enableKwallet = flag false "Whether the password opens KDE's wallet.";
      };
      config.rules = {
        account = inOrder [ (rule "unix" "required" (standard "unix")) ];
        auth = if config.trusted == null then authRules config else trustedRules config;
        password = passwordRules config;
        session = sessionRules config;
      };
    };

  hasFingerprints = config.services.fprintd.enable or false;
  enabled = lib.filterAttrs (_: service: service.enable) cfg.services;
  asRoot = lib.flip lib.genAttrs (_: { rootOK = true; });
in
{
  options = {
    security.pam = {
      services = mkOption {
        type = types.attrsOf (types.submodule serviceOptions);
        default = { };
        description = "Programs that ask who somebody is, by the name that they ask under.";
      };

      loginLimits = limitsOption [ ];

      makeHomeDir = {
        skelDirectory = mkOption {
          type = types.str;
          default = "/var/empty";
          example = "/etc/skel";
          description = "The folder that new home folders are copies of.";
        };
        umask = mkOption {
          type = types.str;
          default = "0077";
          description = "The permissions that new home folders do not have.";
        };
      };

      sshAgentAuth = {
        enable = flag false "Whether {command}`sudo` accepts keys of an SSH agent.";
        authorizedKeysFiles = mkOption {
          type = types.listOf types.str;
          default = [ "/etc/ssh/authorized_keys.d/%u" ];
          description = "The files that list the keys.";
        };
      };

      u2f = {
        enable = flag false "Whether security keys are accepted.";
        control = mkOption {
          type = types.enum [
            "required"
            "requisite"
            "sufficient"
            "optional"
          ];
          default = "sufficient";
          description = "`sufficient` takes a key in place of the password, `required` besides it.";
        };
      };
    };

    users.motd = mkOption {
      type = types.nullOr types.lines;
      default = "";
      example = "Maintenance on Sunday.";
      description = "The message of the day, for who logs in.";
    };

    users.motdFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "A file with the message of the day.";
    };
  };

  config = {
    environment.etc =
      lib.mapAttrs' (
        _: service: lib.nameValuePair "pam.d/${service.name}" { inherit (service) text; }
      ) enabled
      // lib.optionalAttrs hasMotd {
        motd =
          if config.users.motdFile != null then
            { source = config.users.motdFile; }
          else
            { text = config.users.motd; };
      };

    # It reads /etc/shadow for programs that may not.
    security.wrappers.unix_chkpwd = {
      owner = "root";
      group = "root";
      setuid = true;
      source = "${pkgs.debianPackages.libpam-modules-bin}/bin/unix_chkpwd";
    };

    security.pam.services = {
      other.text =
        lib.concatMapStrings
          (kind: ''
            ${kind} required ${standard "warn"}
            ${kind} required ${standard "deny"}
          '')
          [
            "auth"
            "account"
            "password"
            "session"
          ];

      login = {
        startSession = true;
        allowNullPassword = true;
        showMotd = true;
      };
      systemd-user = {
        startSession = true;
        setLoginUid = false;
        unixAuth = false;
      };
      passwd = { };
      vlock = { };
    }
    // asRoot [
      "chfn"
      "chpasswd"
      "chsh"
      "groupadd"
      "groupdel"
      "groupmod"
      "newusers"
      "runuser"
      "runuser-l"
      "su"
      "su-l"
      "useradd"
      "userdel"
      "usermod"
    ];
  };
}
