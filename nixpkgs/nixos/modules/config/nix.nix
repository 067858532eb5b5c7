# Nix on the system: its settings, channels, and the registry of flakes.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    literalExpression
    mkDefault
    mkIf
    mkOption
    types
    ;
  cfg = config.nix;

  atom = types.nullOr (
    types.oneOf [
      types.bool
      types.int
      types.float
      types.str
      types.path
      types.package
    ]
  );

  show =
    value:
    if builtins.isBool value then
      lib.boolToString value
    else if builtins.isList value then
      lib.concatMapStringsSep " " show value
    else
      toString value;

  settingsText = lib.concatStrings (
    lib.mapAttrsToList (name: value: lib.optionalString (value != null) "${name} = ${show value}\n") cfg.settings
  );

  text =
    "# Made by the system's configuration.\n"
    + settingsText
    + cfg.extraOptions;

  machineText =
    machine:
    lib.concatStringsSep " " [
      "${lib.optionalString (machine.protocol != null) "${machine.protocol}://"}${
        lib.optionalString (machine.sshUser != null) "${machine.sshUser}@"
      }${machine.hostName}"
      (if machine.system != null then machine.system else if machine.systems != [ ] then lib.concatStringsSep "," machine.systems else "-")
      (if machine.sshKey != null then machine.sshKey else "-")
      (toString machine.maxJobs)
      (toString machine.speedFactor)
      (
        let
          features = machine.supportedFeatures ++ machine.mandatoryFeatures;
        in
        if features == [ ] then "-" else lib.concatStringsSep "," features
      )
      (if machine.mandatoryFeatures == [ ] then "-" else lib.concatStringsSep "," machine.mandatoryFeatures)
      (if machine.publicHostKey != null then machine.publicHostKey else "-")
    ]
    + "\n";

  stringOption =
    default: description:
    mkOption {
      type = types.nullOr types.str;
      inherit default description;
    };
  listOption =
    description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit description;
    };

  machineType = types.submodule {
    options = {
      hostName = mkOption {
        type = types.str;
        example = "builder.example.org";
        description = "The machine.";
      };
      protocol = mkOption {
        type = types.enum [
          null
          "ssh"
          "ssh-ng"
        ];
        default = "ssh";
        description = "How to reach it.";
      };
      system = stringOption null "Its platform.";
      systems = listOption "Its platforms, where there are several.";
      sshUser = stringOption null "The user to log in as.";
      sshKey = stringOption null "The file with the private key.";
      maxJobs = mkOption {
        type = types.int;
        default = 1;
        description = "How many builds it does at once.";
      };
      speedFactor = mkOption {
        type = types.int;
        default = 1;
        description = "How fast it is, compared with the others.";
      };
      supportedFeatures = listOption "Features that builds can ask for.";
      mandatoryFeatures = listOption "Features that builds must ask for.";
      publicHostKey = stringOption null "The machine's public key, in base64.";
    };
  };

  registryType = types.submodule (
    { config, name, ... }:
    let
      reference = types.attrsOf (
        types.oneOf [
          types.str
          types.int
          types.bool
          types.path
          types.package
        ]
      );
    in
    {
      options = {
        from = mkOption {
          type = reference;
          default = {
            type = "indirect";
            id = name;
          };
          defaultText = literalExpression ''{ type = "indirect"; id = "‹name›"; }'';
          description = "The reference that is replaced.";
        };
        to = mkOption {
          type = reference;
          example = {
            type = "github";
            owner = "my-org";
            repo = "my-nixpkgs";
          };
          description = "What it is replaced by.";
        };
        flake = mkOption {
          type = types.nullOr types.attrs;
          default = null;
          example = literalExpression "inputs.nixpkgs";
          description = "A flake that it is replaced by, as it is now.";
        };
        exact = mkOption {
          type = types.bool;
          default = true;
          description = "Whether references with a branch or a revision are not replaced.";
        };
      };
      config.to = mkIf (config.flake != null) (
        mkDefault (
          {
            type = "path";
            path = config.flake.outPath;
          }
          // lib.filterAttrs (
            attr: _:
            lib.elem attr [
              "lastModified"
              "rev"
              "revCount"
              "narHash"
            ]
          ) config.flake
        )
      );
    }
  );
in
{
  options.nix = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the system has Nix.";
    };

    package = mkOption {
      type = types.package;
      default = pkgs.nix;
      defaultText = literalExpression "pkgs.nix";
      description = "The package of Nix.";
    };

    settings = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf (types.either atom (types.listOf atom));
        options = {
          max-jobs = mkOption {
            type = types.either types.int (types.enum [ "auto" ]);
            default = "auto";
            description = "How many builds run at once.";
          };
          cores = mkOption {
            type = types.int;
            default = 0;
            description = "How many processors a build may use; 0 for all.";
          };
          sandbox = mkOption {
            type = types.either types.bool (types.enum [ "relaxed" ]);
            default = true;
            description = "Whether builds see nothing but what they are built from.";
          };
          auto-optimise-store = mkOption {
            type = types.bool;
            default = false;
            description = "Whether equal files in the store are kept once.";
          };
          substituters = mkOption {
            type = types.listOf types.str;
            description = "Binary caches.";
          };
          trusted-public-keys = mkOption {
            type = types.listOf types.str;
            description = "Keys of who signs what binary caches have.";
          };
          trusted-users = mkOption {
            type = types.listOf types.str;
            description = "Users, and groups with `@` in front, who may do everything.";
          };
          allowed-users = mkOption {
            type = types.listOf types.str;
            default = [ "*" ];
            description = "Users, and groups with `@` in front, who may use Nix.";
          };
          system-features = mkOption {
            type = types.listOf types.str;
            description = "Features of this machine that builds can ask for.";
          };
        };
      };
      default = { };
      example = {
        experimental-features = [
          "nix-command"
          "flakes"
        ];
      };
      description = "Settings of {manpage}`nix.conf(5)`.";
    };

    extraOptions = mkOption {
      type = types.lines;
      default = "";
      example = "keep-outputs = true";
      description = "Lines of {manpage}`nix.conf(5)`.";
    };

    nixPath = mkOption {
      type = types.listOf types.str;
      default =
        if cfg.channel.enable then
          [
            "nixpkgs=/nix/var/nix/profiles/per-user/root/channels/nixos"
            "nixos-config=/etc/nixos/configuration.nix"
            "/nix/var/nix/profiles/per-user/root/channels"
          ]
        else
          [ ];
      defaultText = lib.literalMD "root's channels, if there are any";
      description = "Where `<nixpkgs>` and other names are looked up.";
    };

    channel.enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether channels are used, rather than flakes alone.";
    };

    registry = mkOption {
      type = types.attrsOf registryType;
      default = { };
      description = "What short names of flakes stand for.";
    };

    buildMachines = mkOption {
      type = types.listOf machineType;
      default = [ ];
      description = "Machines that builds can be sent to, with {option}`nix.distributedBuilds`.";
    };

    distributedBuilds = mkOption {
      type = types.bool;
      default = false;
      description = "Whether builds are sent to {option}`nix.buildMachines`.";
    };

    nrBuildUsers = mkOption {
      type = types.ints.unsigned;
      default = if cfg.settings.auto-allocate-uids or false then 0 else 32;
      defaultText = literalExpression "if config.nix.settings.auto-allocate-uids then 0 else 32";
      description = "How many users builds can run as.";
    };

    daemonCPUSchedPolicy = mkOption {
      type = types.enum [
        "other"
        "batch"
        "idle"
      ];
      default = "other";
      example = "batch";
      description = "How the processor's time is given to builds: {manpage}`sched(7)`.";
    };

    daemonIOSchedClass = mkOption {
      type = types.enum [
        "best-effort"
        "idle"
      ];
      default = "best-effort";
      description = "How the disk's time is given to builds: {manpage}`ioprio_set(2)`.";
    };

    daemonIOSchedPriority = mkOption {
      type = types.ints.between 0 7;
      default = 4;
      description = "The priority of builds among those of the class `best-effort`; 0 is the highest.";
    };

    envVars = mkOption {
      type = types.attrs;
      default = { };
      description = "Environment variables of the daemon.";
    };

    checkConfig = mkOption {
      type = types.bool;
      default = true;
      description = "Whether lines in {option}`nix.extraOptions` must have the form `name = value`.";
    };
  };

  config = mkIf cfg.enable {
    nix.settings = {
      trusted-public-keys = [ "cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=" ];
      trusted-users = [ "root" ];
      substituters = lib.mkAfter [ "https://cache.nixos.org/" ];
      system-features = mkDefault [
        "nixos-test"
        "benchmark"
        "big-parallel"
        "kvm"
      ];
      builders = mkIf (!cfg.distributedBuilds) null;
    };

    environment.systemPackages = [ cfg.package ];

    environment.etc = {
      "nix/nix.conf".text = text;
    }
    // lib.optionalAttrs (cfg.registry != { }) {
      "nix/registry.json".text = builtins.toJSON {
        version = 2;
        flakes = lib.mapAttrsToList (_: entry: { inherit (entry) from to exact; }) cfg.registry;
      };
    }
    // lib.optionalAttrs (cfg.buildMachines != [ ]) {
      "nix/machines".text = lib.concatMapStrings machineText cfg.buildMachines;
    };

    environment.sessionVariables = mkIf (cfg.nixPath != [ ]) { NIX_PATH = cfg.nixPath; };

    assertions = [
      {
        assertion = cfg.distributedBuilds || cfg.buildMachines == [ ];
        message = "nix.buildMachines has machines, but nix.distributedBuilds is off: set it to true, or remove them.";
      }
      {
        assertion =
          !cfg.checkConfig
          || lib.all (
            line: builtins.match "[[:space:]]*(#.*|[a-z!?-]+( .*|[[:space:]]*=.*))?" line != null
          ) (lib.splitString "\n" cfg.extraOptions);
        message = "A line of nix.extraOptions is no setting such as `keep-outputs = true`.";
      }
    ];

    # Builds run as these users, where root starts them.
    users.groups.nixbld.gid = config.ids.gids.nixbld;
    users.users = lib.listToAttrs (
      map (
        number:
        lib.nameValuePair "nixbld${toString number}" {
          description = "Nix build user ${toString number}";
          uid = config.ids.uids.nixbld + number;
          isSystemUser = true;
          group = "nixbld";
          extraGroups = [ "nixbld" ];
        }
      ) (lib.range 1 cfg.nrBuildUsers)
    );

    systemd.sockets.nix-daemon = {
      description = "Nix Daemon Socket";
      wantedBy = [ "sockets.target" ];
      before = [ "multi-user.target" ];
      unitConfig.ConditionPathIsReadWrite = "/nix/var/nix/daemon-socket";
      socketConfig.ListenStream = "/nix/var/nix/daemon-socket/socket";
    };

    systemd.services.nix-daemon = {
      description = "Nix Daemon";
      documentation = [ "man:nix-daemon" ];
      requires = [ "nix-daemon.socket" ];
      path = [
        cfg.package
        pkgs.debianPackages.openssh-client
      ];
      environment = cfg.envVars // {
        CURL_CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt";
      };
      unitConfig.ConditionPathIsReadWrite = "/nix/var/nix/daemon-socket";
      serviceConfig = {
        ExecStart = "@${cfg.package}/bin/nix-daemon nix-daemon --daemon";
        KillMode = "process";
        LimitNOFILE = 1048576;
        TasksMax = 1048576;
        Delegate = true;
        CPUSchedulingPolicy = cfg.daemonCPUSchedPolicy;
        IOSchedulingClass = cfg.daemonIOSchedClass;
        IOSchedulingPriority = cfg.daemonIOSchedPriority;
      };
      restartTriggers = [ text ];
      # Switching the system may itself be a client.
      stopIfChanged = false;
    };

    systemd.tmpfiles.rules = [
      "d /nix/var/nix/daemon-socket 0755 root root -"
      "d /nix/var/nix/profiles/per-user/root 0755 root root -"
      "d /nix/var/nix/gcroots/per-user/root 0755 root root -"
    ];
  };
}
