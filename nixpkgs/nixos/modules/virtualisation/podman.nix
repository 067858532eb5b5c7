# Podman: containers without a daemon.
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
    mkMerge
    mkOption
    types
    ;

  cfg = config.virtualisation.podman;
  json = pkgs.formats.json { };

  dockerCommand = pkgs.runCommandLocal "podman-docker" { } ''
    mkdir -p $out/bin
    ln -s ${cfg.package}/bin/podman $out/bin/docker
  '';

  runtimePackages = [
    pkgs.conmon
    pkgs.crun
    pkgs.runc
    pkgs.fuse-overlayfs
    pkgs.iptables
    pkgs.netavark
    pkgs.aardvark-dns
    pkgs.passt
    pkgs.slirp4netns
    pkgs.catatonit
  ];
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "virtualisation" "podman" "defaultNetwork" "dnsname" "enable" ]
      [ "virtualisation" "podman" "defaultNetwork" "settings" "dns_enabled" ]
    )
  ];

  options.virtualisation.podman = {
    enable = mkEnableOption "Podman";
    package = lib.mkPackageOption pkgs "podman" { };

    dockerSocket.enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether Podman listens where Docker's clients look; users of the group `podman` may then do what root may.";
    };

    dockerCompat = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the command `docker` is Podman.";
    };

    extraPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.gvisor ]";
      description = "Packages whose programs Podman uses.";
    };

    autoPrune = {
      enable = mkOption {
        type = types.bool;
        default = false;
        description = "Whether what is not used is removed at times.";
      };
      flags = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "--all" ];
        description = "Arguments of `podman system prune`.";
      };
      dates = mkOption {
        type = types.str;
        default = "weekly";
        description = "When, as in systemd.time(7).";
      };
    };

    defaultNetwork.settings = mkOption {
      inherit (json) type;
      default = { };
      example.dns_enabled = true;
      description = "Settings of the network that containers are in.";
    };
  };

  config = mkIf cfg.enable (mkMerge [
    {
      assertions = [
        {
          assertion = cfg.dockerCompat -> !config.virtualisation.docker.enable;
          message = "virtualisation.podman.dockerCompat and virtualisation.docker.enable would both be the command `docker`.";
        }
        {
          assertion = cfg.dockerSocket.enable -> !config.virtualisation.docker.enable;
          message = "virtualisation.podman.dockerSocket.enable and virtualisation.docker.enable would both listen on Docker's socket.";
        }
      ];

      virtualisation.containers.enable = true;
      virtualisation.containers.containersConf.settings.engine.runtimes.crun = lib.mkDefault [
        "${pkgs.crun}/bin/crun"
      ];

      environment.systemPackages = [ cfg.package ] ++ runtimePackages ++ cfg.extraPackages ++ lib.optional cfg.dockerCompat dockerCommand;

      # Ports of containers are opened by the container's own rules.
      networking.firewall.interfaces."podman[0-9]*".allowedUDPPorts = mkIf (
        cfg.defaultNetwork.settings.dns_enabled or false && config.networking.firewall.backend == "nftables"
      ) [ 53 ];
      networking.firewall.interfaces."podman+".allowedUDPPorts = mkIf (
        cfg.defaultNetwork.settings.dns_enabled or false && config.networking.firewall.backend == "iptables"
      ) [ 53 ];

      environment.etc."containers/networks/podman.json" = mkIf (cfg.defaultNetwork.settings != { }) {
        source = json.generate "podman.json" (
          {
            dns_enabled = false;
            driver = "bridge";
            id = "0000000000000000000000000000000000000000000000000000000000000000";
            internal = false;
            ipam_options.driver = "host-local";
            ipv6_enabled = false;
            name = "podman";
            network_interface = "podman0";
            subnets = [
              {
                gateway = "10.88.0.1";
                subnet = "10.88.0.0/16";
              }
            ];
          }
          // cfg.defaultNetwork.settings
        );
      };

      systemd.sockets.podman = {
        description = "Podman API Socket";
        wantedBy = [ "sockets.target" ];
        socketConfig = {
          ListenStream = "/run/podman/podman.sock";
          SocketMode = "0660";
          SocketGroup = "podman";
        };
      };
      systemd.services.podman = {
        description = "Podman API Service";
        requires = [ "podman.socket" ];
        after = [ "podman.socket" ];
        path = runtimePackages ++ cfg.extraPackages;
        serviceConfig = {
          Delegate = true;
          Type = "exec";
          KillMode = "process";
          ExecStart = "${cfg.package}/bin/podman --log-level=info system service";
        };
      };
      systemd.user.sockets.podman = {
        description = "Podman API Socket";
        wantedBy = [ "sockets.target" ];
        socketConfig = {
          ListenStream = "%t/podman/podman.sock";
          SocketMode = "0660";
        };
      };
      systemd.user.services.podman = {
        description = "Podman API Service";
        requires = [ "podman.socket" ];
        after = [ "podman.socket" ];
        # The helpers that map users are set-id programs of the system.
        environment.PATH = lib.mkForce "${config.security.wrapperDir}:${lib.makeBinPath (runtimePackages ++ cfg.extraPackages)}:/run/current-system/sw/bin";
        serviceConfig = {
          Delegate = true;
          Type = "exec";
          KillMode = "process";
          ExecStart = "${cfg.package}/bin/podman --log-level=info system service";
        };
      };

      users.groups.podman = { };
      systemd.tmpfiles.rules = [ "d /run/podman 0700 root root - -" ];
    }

    (mkIf cfg.autoPrune.enable {
      systemd.services.podman-prune = {
        description = "Prune podman resources";
        restartIfChanged = false;
        path = runtimePackages;
        serviceConfig = {
          Type = "oneshot";
          ExecStart = "${cfg.package}/bin/podman system prune -f ${lib.escapeShellArgs cfg.autoPrune.flags}";
        };
      };
      systemd.timers.podman-prune = {
        wantedBy = [ "timers.target" ];
        timerConfig = {
          OnCalendar = cfg.autoPrune.dates;
          Persistent = true;
        };
      };
    })

    (mkIf cfg.dockerSocket.enable {
      systemd.sockets.podman.socketConfig.Symlinks = [ "/run/docker.sock" ];
      environment.variables.DOCKER_HOST = lib.mkDefault "unix:///run/podman/podman.sock";
      systemd.tmpfiles.rules = [ "z /run/podman 0710 root podman - -" ];
    })
  ]);
}
