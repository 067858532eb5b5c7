# Containers that run as services, by Podman or Docker.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatMapStringsSep
    mkIf
    mkOption
    optional
    optionalAttrs
    optionals
    optionalString
    types
    ;

  cfg = config.virtualisation.oci-containers;
  usesPodman = cfg.backend == "podman";
  runner =
    if usesPodman then
      "${config.virtualisation.podman.package}/bin/podman"
    else
      "${config.virtualisation.docker.package}/bin/docker";

  strings =
    example: description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit example description;
    };
  nullable =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };

  containerType = types.submodule (
    { name, ... }:
    {
      options = {
        image = mkOption {
          type = types.str;
          example = "library/hello-world";
          description = "Image to run.";
        };
        imageFile = nullable types.package "Archive that the image is loaded from, instead of a registry.";
        imageStream = nullable types.package "Program that writes the image as an archive.";
        serviceName = mkOption {
          type = types.str;
          default = "${cfg.backend}-${name}";
          defaultText = lib.literalExpression ''"''${backend}-''${name}"'';
          description = "Name of the unit.";
        };
        autoStart = mkOption {
          type = types.bool;
          default = true;
          description = "Whether the container runs from the start.";
        };
        login = {
          registry = nullable types.str "Registry to log in at.";
          username = nullable types.str "Name to log in with.";
          passwordFile = nullable types.str "File with the password.";
        };
        cmd = strings [ "--port=9000" ] "Arguments of the container's program.";
        entrypoint = nullable types.str "Program to run, instead of the image's.";
        environment = mkOption {
          type = types.attrsOf types.str;
          default = { };
          example.DATABASE_HOST = "db.example.com";
          description = "Environment variables.";
        };
        environmentFiles = mkOption {
          type = types.listOf types.path;
          default = [ ];
          description = "Files of environment variables.";
        };
        ports = strings [ "127.0.0.1:8080:9000" ] "Ports of the machine that lead into the container.";
        volumes = strings [ "/path/on/host:/path/inside/container" ] "Folders of the machine that the container sees.";
        devices = strings [ "/dev/dri:/dev/dri" ] "Devices of the machine that the container sees.";
        networks = strings [ "backend" ] "Networks that the container is in.";
        user = nullable types.str "User as whom the program runs.";
        workdir = nullable types.str "Folder in which the program starts.";
        hostname = nullable types.str "The container's name in the network.";
        dependsOn = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Containers that have to run first.";
        };
        labels = mkOption {
          type = types.attrsOf types.str;
          default = { };
          description = "Labels of the container.";
        };
        capabilities = mkOption {
          type = types.attrsOf (types.nullOr types.bool);
          default = { };
          example.SYS_ADMIN = true;
          description = "Capabilities to add (`true`) and to take away (`false`).";
        };
        log-driver = mkOption {
          type = types.str;
          default = "journald";
          description = "Where the container's output goes.";
        };
        privileged = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the container may do with the machine what root may.";
        };
        autoRemoveOnStop = mkOption {
          type = types.bool;
          default = true;
          description = "Whether nothing of the container stays when it ends.";
        };
        pull = mkOption {
          type = types.enum [
            "always"
            "missing"
            "never"
            "newer"
          ];
          default = "missing";
          description = "When the image is fetched.";
        };
        preRunExtraOptions = strings [ "--storage-driver" "overlay" ] "Arguments before `run`.";
        extraOptions = strings [ "--network=host" ] "Arguments of `run`.";
      };
    }
  );

  pairs = flag: set: lib.concatLists (lib.mapAttrsToList (name: value: [ flag "${name}=${value}" ]) set);
  each = flag: values: lib.concatMap (value: [ flag value ]) values;
  maybe = flag: value: optionals (value != null) [ flag value ];

  runArguments =
    name: container:
    container.preRunExtraOptions
    ++ [
      "run"
      "--name=${name}"
      "--log-driver=${container.log-driver}"
    ]
    ++ optional container.autoRemoveOnStop "--rm"
    ++ maybe "--entrypoint" container.entrypoint
    ++ maybe "--hostname" container.hostname
    ++ maybe "-u" container.user
    ++ maybe "-w" container.workdir
    ++ optionals usesPodman [
      "--cidfile=/run/${container.serviceName}/ctr-id"
      "--cgroups=enabled"
      "--sdnotify=conmon"
      "-d"
      "--replace"
    ]
    ++ pairs "-e" container.environment
    ++ each "--env-file" (map toString container.environmentFiles)
    ++ each "-p" container.ports
    ++ each "-v" container.volumes
    ++ each "--device" container.devices
    ++ each "--network" container.networks
    ++ pairs "-l" container.labels
    ++ lib.concatLists (
      lib.mapAttrsToList (
        capability: wanted:
        optional (wanted != null) "--cap-${if wanted then "add" else "drop"}=${capability}"
      ) container.capabilities
    )
    ++ optional container.privileged "--privileged"
    ++ [ "--pull=${container.pull}" ]
    ++ container.extraOptions
    ++ [ container.image ]
    ++ container.cmd;

  service =
    name: container:
    let
      dependencies = map (other: "${cfg.containers.${other}.serviceName}.service") container.dependsOn;
      load =
        optionalString (container.login.registry != null || container.login.username != null) ''
          ${runner} login ${lib.escapeShellArg (if container.login.registry == null then "" else container.login.registry)} \
            --username ${lib.escapeShellArg container.login.username} --password-stdin < ${container.login.passwordFile}
        ''
        + optionalString (container.imageFile != null) "${runner} load -i ${container.imageFile}\n"
        + optionalString (container.imageStream != null) "${container.imageStream} | ${runner} load\n";
      remove = "${runner} rm -f ${name} || true";
    in
    lib.nameValuePair container.serviceName {
      description = "Container ${name}";
      wantedBy = optional container.autoStart "multi-user.target";
      wants = optional (container.imageFile == null && container.imageStream == null) "network-online.target";
      after =
        optionals (!usesPodman) [
          "docker.service"
          "docker.socket"
        ]
        ++ optional (container.imageFile == null && container.imageStream == null) "network-online.target"
        ++ dependencies;
      requires = dependencies;
      path =
        if usesPodman then
          [
            config.virtualisation.podman.package
            pkgs.conmon
            pkgs.crun
            pkgs.iptables
          ]
        else
          [ config.virtualisation.docker.package ];
      preStart = load + optionalString (!usesPodman) "${remove}\n";
      script = "exec ${runner} ${lib.escapeShellArgs (runArguments name container)}";
      preStop =
        if usesPodman then
          "${runner} stop --ignore --cidfile=/run/${container.serviceName}/ctr-id"
        else
          "${runner} stop ${name} || true";
      postStop =
        if usesPodman then
          "${runner} rm -f --ignore --cidfile=/run/${container.serviceName}/ctr-id"
        else
          remove;
      serviceConfig = {
        # Fetching an image takes as long as it takes.
        TimeoutStartSec = 0;
        TimeoutStopSec = 120;
        Restart = lib.mkDefault "always";
      }
      // optionalAttrs usesPodman {
        Type = "notify";
        NotifyAccess = "all";
        Delegate = true;
        RuntimeDirectory = container.serviceName;
        Environment = "PODMAN_SYSTEMD_UNIT=%n";
      };
    };
in
{
  options.virtualisation.oci-containers = {
    backend = mkOption {
      type = types.enum [
        "docker"
        "podman"
      ];
      default = "podman";
      description = "Program that runs the containers.";
    };
    containers = mkOption {
      type = types.attrsOf containerType;
      default = { };
      description = "Containers by name.";
    };
  };

  config = mkIf (cfg.containers != { }) {
    assertions = lib.mapAttrsToList (name: container: {
      assertion = builtins.all (other: cfg.containers ? ${other}) container.dependsOn;
      message = "virtualisation.oci-containers.containers.${name}.dependsOn names containers that do not exist: ${
        concatMapStringsSep ", " lib.id (
          builtins.filter (other: !(cfg.containers ? ${other})) container.dependsOn
        )
      }.";
    }) cfg.containers;

    virtualisation.podman.enable = mkIf usesPodman true;
    virtualisation.docker.enable = mkIf (!usesPodman) true;
    systemd.services = lib.mapAttrs' service cfg.containers;
  };
}
