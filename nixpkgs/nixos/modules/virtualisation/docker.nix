# Docker.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    mkEnableOption
    mkIf
    mkOption
    optional
    types
    ;

  cfg = config.virtualisation.docker;
  json = pkgs.formats.json { };
  settingsFile = json.generate "daemon.json" cfg.daemon.settings;
in
{
  options.virtualisation.docker = {
    enable = mkEnableOption "Docker; users of the group `docker` may do with the machine what root may";

    package = lib.mkPackageOption pkgs "docker" { };

    listenOptions = mkOption {
      type = types.listOf types.str;
      default = [ "/run/docker.sock" ];
      description = "Addresses to listen on.";
    };

    enableOnBoot = mkOption {
      type = types.bool;
      default = true;
      description = "Whether Docker runs from the start, and not only once it is used; containers restart only so.";
    };

    daemon.settings = mkOption {
      type = types.submodule {
        freeformType = json.type;
        options.live-restore = mkOption {
          type = types.bool;
          default = true;
          description = "Whether containers run on while Docker restarts.";
        };
      };
      default = { };
      example.ipv6 = true;
      description = "Settings of daemon.json.";
    };

    storageDriver = mkOption {
      type = types.nullOr (
        types.enum [
          "btrfs"
          "overlay2"
          "vfs"
          "zfs"
        ]
      );
      default = null;
      description = "How images are stored; `null` leaves it to Docker.";
    };

    logDriver = mkOption {
      type = types.enum [
        "none"
        "json-file"
        "syslog"
        "journald"
        "gelf"
        "fluentd"
        "awslogs"
        "splunk"
        "etwlogs"
        "gcplogs"
        "local"
      ];
      default = "journald";
      description = "Where the output of containers goes.";
    };

    extraOptions = mkOption {
      type = types.separatedString " ";
      default = "";
      description = "Arguments of dockerd.";
    };

    extraPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.criu ]";
      description = "Packages whose programs Docker uses.";
    };

    autoPrune = {
      enable = mkEnableOption "removing what is not used at times";
      flags = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "--all" ];
        description = "Arguments of `docker system prune`.";
      };
      dates = mkOption {
        type = types.str;
        default = "weekly";
        description = "When, as in systemd.time(7).";
      };
      persistent = mkOption {
        type = types.bool;
        default = true;
        description = "Whether it is made up for when the machine was off.";
      };
    };
  };

  config = lib.mkMerge [
    (mkIf cfg.enable {
      boot.kernelModules = [
        "bridge"
        "veth"
        "br_netfilter"
        "xt_nat"
      ];
      boot.kernel.sysctl = {
        "net.ipv4.conf.all.forwarding" = lib.mkOverride 98 true;
        "net.ipv4.conf.default.forwarding" = lib.mkOverride 98 true;
      };
      environment.systemPackages = [ cfg.package ];
      users.groups.docker.gid = config.ids.gids.docker;

      virtualisation.docker.daemon.settings = {
        group = "docker";
        hosts = [ "fd://" ];
        log-driver = lib.mkDefault cfg.logDriver;
        storage-driver = mkIf (cfg.storageDriver != null) (lib.mkDefault cfg.storageDriver);
        # Docker looks for its helpers in folders of its own only.
        userland-proxy-path = lib.mkDefault "${cfg.package}/bin/docker-proxy";
        init-path = lib.mkDefault "${cfg.package}/bin/docker-init";
      };

      system.checks = [
        (pkgs.runCommandLocal "check-docker-config" { } ''
          ${cfg.package}/bin/dockerd --validate --config-file=${settingsFile}
          touch $out
        '')
      ];

      systemd.services.docker = {
        description = "Docker Application Container Engine";
        wantedBy = optional cfg.enableOnBoot "multi-user.target";
        after = [
          "network.target"
          "docker.socket"
        ];
        requires = [ "docker.socket" ];
        path = [
          pkgs.kmod
          pkgs.containerd
          pkgs.runc
          pkgs.iptables
          pkgs.git
          pkgs.procps
        ]
        ++ optional (cfg.storageDriver == "zfs") pkgs.zfs
        ++ cfg.extraPackages;
        # Containers run on, or end with their daemon, when it is told to and not at every change.
        reloadTriggers = [ settingsFile ];
        serviceConfig = {
          Type = "notify";
          ExecStart = "${cfg.package}/bin/dockerd --config-file=${settingsFile} ${cfg.extraOptions}";
          ExecReload = "${pkgs.procps}/bin/kill -s HUP $MAINPID";
          LimitNOFILE = 1048576;
          LimitNPROC = "infinity";
          LimitCORE = "infinity";
          TasksMax = "infinity";
          Delegate = true;
          KillMode = "process";
          OOMScoreAdjust = -500;
          Restart = "on-failure";
          TimeoutStartSec = 0;
        };
      };
      systemd.sockets.docker = {
        description = "Docker Socket for the API";
        wantedBy = [ "sockets.target" ];
        socketConfig = {
          ListenStream = cfg.listenOptions;
          SocketMode = "0660";
          SocketUser = "root";
          SocketGroup = "docker";
        };
      };
    })

    (mkIf (cfg.enable && cfg.autoPrune.enable) {
      systemd.services.docker-prune = {
        description = "Prune docker resources";
        restartIfChanged = false;
        unitConfig.X-StopOnRemoval = false;
        after = [ "docker.service" ];
        requires = [ "docker.service" ];
        serviceConfig = {
          Type = "oneshot";
          ExecStart = "${cfg.package}/bin/docker system prune -f ${lib.escapeShellArgs cfg.autoPrune.flags}";
        };
      };
      systemd.timers.docker-prune = {
        wantedBy = [ "timers.target" ];
        timerConfig = {
          OnCalendar = cfg.autoPrune.dates;
          Persistent = cfg.autoPrune.persistent;
        };
      };
    })
  ];
}
