# libvirt, which runs virtual machines for other programs.
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
    optionalString
    types
    ;

  cfg = config.virtualisation.libvirtd;

  libvirtdConf = pkgs.writeText "libvirtd.conf" ''
    auth_unix_ro = "polkit"
    auth_unix_rw = "polkit"
    unix_sock_group = "libvirtd"
    ${cfg.extraConfig}
  '';
  qemuConf = pkgs.writeText "qemu.conf" ''
    ${optionalString cfg.qemu.runAsRoot ''
      user = "root"
      group = "root"
    ''}
    ${optionalString (!cfg.qemu.runAsRoot) ''
      user = "qemu-libvirtd"
      group = "qemu-libvirtd"
    ''}
    # The machine has no AppArmor profiles of libvirt.
    security_driver = "none"
    namespaces = []
    ${cfg.qemu.verbatimConfig}
  '';
in
{
  options.virtualisation.libvirtd = {
    enable = mkEnableOption "libvirt; users of the group `libvirtd` may run machines";
    package = lib.mkPackageOption pkgs "libvirt" { };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Text at the end of libvirtd.conf.";
    };
    extraOptions = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "--verbose" ];
      description = "Arguments of libvirtd.";
    };
    onBoot = mkOption {
      type = types.enum [
        "start"
        "ignore"
      ];
      default = "start";
      description = "Whether machines that ran before run again after a boot.";
    };
    onShutdown = mkOption {
      type = types.enum [
        "shutdown"
        "suspend"
      ];
      default = "suspend";
      description = "What happens to machines when their host goes down.";
    };
    parallelShutdown = mkOption {
      type = types.ints.unsigned;
      default = 0;
      description = "Number of machines that are shut down at a time; 0 is one after the other.";
    };
    shutdownTimeout = mkOption {
      type = types.ints.unsigned;
      default = 300;
      description = "Seconds that a machine has to shut down.";
    };
    allowedBridges = mkOption {
      type = types.listOf types.str;
      default = [ "virbr0" ];
      description = "Bridges that machines of users may be on.";
    };
    qemu = {
      package = lib.mkPackageOption pkgs "qemu" { };
      runAsRoot = mkOption {
        type = types.bool;
        default = true;
        description = "Whether QEMU runs as root.";
      };
      verbatimConfig = mkOption {
        type = types.lines;
        default = "";
        description = "Text at the end of qemu.conf.";
      };
      swtpm.enable = mkEnableOption "emulated TPMs for machines";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [
      cfg.package
      cfg.qemu.package
      pkgs.netcat
    ]
    ++ lib.optional cfg.qemu.swtpm.enable pkgs.swtpm;
    environment.etc = {
      "libvirt/libvirtd.conf".source = libvirtdConf;
      "libvirt/qemu.conf".source = qemuConf;
      "qemu/bridge.conf".text = lib.concatMapStrings (bridge: "allow ${bridge}\n") cfg.allowedBridges;
      "default/libvirt-guests".text = ''
        ON_BOOT=${cfg.onBoot}
        ON_SHUTDOWN=${cfg.onShutdown}
        PARALLEL_SHUTDOWN=${toString cfg.parallelShutdown}
        SHUTDOWN_TIMEOUT=${toString cfg.shutdownTimeout}
      '';
    };
    boot.kernelModules = [ "tun" ];
    system.usrTree.packages = [
      cfg.package
      cfg.qemu.package
    ];

    security.wrappers.qemu-bridge-helper = {
      setuid = true;
      owner = "root";
      group = "root";
      source = "${pkgs.debianPackages.qemu-system-common}/lib/qemu/qemu-bridge-helper";
    };
    security.polkit = {
      enable = true;
      extraConfig = ''
        polkit.addRule(function(action, subject) {
          if (action.id == "org.libvirt.unix.manage" && subject.isInGroup("libvirtd")) {
            return polkit.Result.YES;
          }
        });
      '';
    };
    services.dbus.packages = [ cfg.package ];

    users.groups.libvirtd.gid = config.ids.gids.libvirtd;
    users.groups.qemu-libvirtd.gid = config.ids.gids.qemu-libvirtd;
    users.users.qemu-libvirtd = {
      uid = config.ids.uids.qemu-libvirtd;
      isSystemUser = true;
      group = "qemu-libvirtd";
      extraGroups = [ "kvm" ];
    };

    # The user that Debian's libvirt is compiled with: it asks for it before it reads who is wanted.
    users.groups.libvirt-qemu = { };
    users.users.libvirt-qemu = {
      isSystemUser = true;
      group = "libvirt-qemu";
    };

    systemd.tmpfiles.rules = [
      "d /var/lib/libvirt 0755 root root - -"
      "d /var/lib/libvirt/qemu 0755 root root - -"
      "d /var/lib/libvirt/qemu/networks 0755 root root - -"
      "d /var/lib/libvirt/qemu/networks/autostart 0755 root root - -"
      "d /var/lib/libvirt/images 0711 root root - -"
      "d /var/lib/libvirt/dnsmasq 0755 root root - -"
      "C /etc/libvirt/qemu/networks/default.xml 0600 root root - ${pkgs.libvirt-daemon-config-network}/share/libvirt/networks/default.xml"
    ];

    # Units, the daemon of logs and the one of locks come in packages of their own.
    systemd.packages = [
      pkgs.libvirt-daemon
      pkgs.libvirt-daemon-common
      pkgs.libvirt-daemon-lock
      pkgs.libvirt-daemon-log
    ];
    systemd.services = {
      libvirtd = {
        wantedBy = [ "multi-user.target" ];
        requires = [ "virtlogd.socket" "virtlockd.socket" ];
        restartTriggers = [
          libvirtdConf
          qemuConf
        ];
        restartIfChanged = false;
        environment.LIBVIRTD_ARGS = lib.escapeShellArgs (
          [
            "--timeout"
            "120"
          ]
          ++ cfg.extraOptions
        );
        path = [
          cfg.qemu.package
          pkgs.netcat
          pkgs.iptables
          pkgs.iproute2
          pkgs.dnsmasq-base
          pkgs.dmidecode
          pkgs.kmod
        ]
        ++ lib.optional cfg.qemu.swtpm.enable pkgs.swtpm;
        serviceConfig = {
          Type = "notify";
          KillMode = "process";
          Restart = "no";
          OOMScoreAdjust = "-999";
        };
      };
      libvirt-guests = {
        wantedBy = [ "multi-user.target" ];
        path = [
          pkgs.coreutils
          pkgs.gawk
          cfg.package
        ];
        restartIfChanged = false;
      };
      virtlogd.restartIfChanged = false;
      virtlockd.restartIfChanged = false;
    };
    systemd.sockets = {
      virtlogd.wantedBy = [ "sockets.target" ];
      virtlockd.wantedBy = [ "sockets.target" ];
      libvirtd.wantedBy = [ "sockets.target" ];
    };
  };
}
