# NetworkManager, which lets users decide on the network.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatStringsSep
    mkEnableOption
    mkIf
    mkOption
    optional
    optionalAttrs
    types
    ;

  cfg = config.networking.networkmanager;
  ini = pkgs.formats.ini { };

  # NetworkManager knows no servers of its own: they are put around those in resolv.conf.
  nameServersHook = {
    type = "basic";
    source = pkgs.writeShellScript "networkmanager-nameservers" ''
      PATH=${
        lib.makeBinPath [
          pkgs.coreutils
          pkgs.gnused
        ]
      }
      case $2 in up | dhcp4-change | dhcp6-change | vpn-up | reapply) ;; *) exit ;; esac
      file=$(mktemp)
      {
        ${lib.concatMapStrings (server: "echo nameserver ${server}\n") cfg.insertNameservers}
        sed '${
          lib.concatMapStrings (server: "/^nameserver ${server}$/d;") (
            cfg.insertNameservers ++ cfg.appendNameservers
          )
        }' /etc/resolv.conf
        ${lib.concatMapStrings (server: "echo nameserver ${server}\n") cfg.appendNameservers}
      } > "$file"
      cat "$file" > /etc/resolv.conf
      rm "$file"
    '';
  };

  macAddressOption = mkOption {
    type = types.either types.str (
      types.enum [
        "permanent"
        "preserve"
        "random"
        "stable"
        "stable-ssid"
      ]
    );
    default = "preserve";
    example = "00:11:22:33:44:55";
    description = "Hardware address that interfaces are given.";
  };

  hookTypes = [
    "basic"
    "pre-up"
    "pre-down"
  ];
  hookFolder = {
    basic = "";
    pre-up = "pre-up.d/";
    pre-down = "pre-down.d/";
  };
in
{
  options.networking.networkmanager = {
    enable = mkEnableOption "NetworkManager; users of the group `networkmanager` may change the network";
    package = lib.mkPackageOption pkgs "networkmanager" { };

    settings = mkOption {
      type = ini.type;
      default = { };
      example.connection."ipv6.ip6-privacy" = 2;
      description = "Sections of NetworkManager.conf(5).";
    };

    unmanaged = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [
        "mac:22:33:44:55:66:77"
        "interface-name:eth1"
        "except:interface-name:eth2"
      ];
      description = "Interfaces that NetworkManager leaves alone.";
    };

    plugins = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.networkmanager-openvpn ]";
      description = "Packages of plugins for virtual private networks.";
    };

    dhcp = mkOption {
      type = types.enum [
        "dhcpcd"
        "internal"
      ];
      default = "internal";
      description = "Client that asks for addresses.";
    };

    dns = mkOption {
      type = types.enum [
        "default"
        "dnsmasq"
        "systemd-resolved"
        "none"
      ];
      default = if config.services.resolved.enable then "systemd-resolved" else "default";
      defaultText = lib.literalExpression ''if config.services.resolved.enable then "systemd-resolved" else "default"'';
      description = "What is done with name servers that are learnt of.";
    };

    logLevel = mkOption {
      type = types.enum [
        "OFF"
        "ERR"
        "WARN"
        "INFO"
        "DEBUG"
        "TRACE"
      ];
      default = "WARN";
      description = "How much is logged.";
    };

    appendNameservers = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Name servers behind those that are learnt of.";
    };
    insertNameservers = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Name servers before those that are learnt of.";
    };

    ethernet.macAddress = macAddressOption;
    wifi = {
      macAddress = macAddressOption;
      backend = mkOption {
        type = types.enum [
          "wpa_supplicant"
          "iwd"
        ];
        default = "wpa_supplicant";
        description = "Program for wireless networks.";
      };
      powersave = mkOption {
        type = types.nullOr types.bool;
        default = null;
        description = "Whether wireless interfaces save power; `null` leaves it to the driver.";
      };
      scanRandMacAddress = mkOption {
        type = types.bool;
        default = true;
        description = "Whether looking for networks uses a random hardware address.";
      };
    };

    dispatcherScripts = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            source = mkOption {
              type = types.path;
              description = "Program that runs.";
            };
            type = mkOption {
              type = types.enum hookTypes;
              default = "basic";
              description = "Which events it runs on.";
            };
          };
        }
      );
      default = [ ];
      description = "Programs that run on events of the network.";
    };

    ensureProfiles = {
      profiles = mkOption {
        type = types.attrsOf (
          types.submodule {
            freeformType = ini.type;
            options.connection = {
              id = mkOption {
                type = types.str;
                description = "Name of the connection.";
              };
              type = mkOption {
                type = types.str;
                example = "wifi";
                description = "Kind of the connection.";
              };
            };
          }
        );
        default = { };
        description = "Connections that exist, as their files describe them.";
      };
      environmentFiles = mkOption {
        type = types.listOf types.path;
        default = [ ];
        description = "Files of variables that replace `$NAME` in the connections.";
      };
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = config.networking.wireless.enable -> cfg.unmanaged != [ ];
        message = "networking.networkmanager.enable and networking.wireless.enable would both look after wireless networks: set networking.networkmanager.unmanaged, or only one of them.";
      }
    ];

    # Stronger than the default that generated hardware configurations set.
    networking.useDHCP = mkIf (cfg.unmanaged == [ ]) false;
    networking.resolvconf.enable = mkIf (cfg.dns != "default") (lib.mkDefault false);

    networking.networkmanager.settings = {
      main = {
        plugins = "keyfile";
        inherit (cfg) dhcp dns;
        "rc-manager" = if config.networking.resolvconf.enable then "resolvconf" else "unmanaged";
      };
      keyfile = optionalAttrs (cfg.unmanaged != [ ]) {
        unmanaged-devices = concatStringsSep ";" cfg.unmanaged;
      };
      logging.level = cfg.logLevel;
      connection = {
        "ethernet.cloned-mac-address" = cfg.ethernet.macAddress;
        "wifi.cloned-mac-address" = cfg.wifi.macAddress;
      }
      // optionalAttrs (cfg.wifi.powersave != null) {
        "wifi.powersave" = if cfg.wifi.powersave then 3 else 2;
      };
      device = {
        "wifi.scan-rand-mac-address" = cfg.wifi.scanRandMacAddress;
        "wifi.backend" = cfg.wifi.backend;
      };
    };

    environment.etc = {
      "NetworkManager/NetworkManager.conf".source = ini.generate "NetworkManager.conf" cfg.settings;
    }
    // lib.listToAttrs (
      lib.imap1 (
        index: script:
        lib.nameValuePair "NetworkManager/dispatcher.d/${hookFolder.${script.type}}03userscript${
          lib.fixedWidthNumber 4 index
        }" { source = script.source; mode = "0544"; }
      ) (cfg.dispatcherScripts ++ optional (cfg.appendNameservers ++ cfg.insertNameservers != [ ]) nameServersHook)
    );

    # Plugins are found below /usr/lib/NetworkManager.
    system.usrTree.packages = cfg.plugins ++ [ cfg.package ];
    environment.systemPackages = [ cfg.package ] ++ cfg.plugins;

    users.groups = {
      networkmanager.gid = config.ids.gids.networkmanager;
      nm-openvpn.gid = config.ids.gids.nm-openvpn;
    };
    users.users.nm-openvpn = {
      uid = config.ids.uids.nm-openvpn;
      group = "nm-openvpn";
      isSystemUser = true;
    };

    services.dbus.packages = [ cfg.package ] ++ cfg.plugins ++ optional (cfg.wifi.backend == "wpa_supplicant") pkgs.wpasupplicant;
    services.udev.packages = [ cfg.package ];

    security.polkit = {
      enable = true;
      extraConfig = ''
        polkit.addRule(function(action, subject) {
          if (subject.isInGroup("networkmanager")
              && (action.id.indexOf("org.freedesktop.NetworkManager.") == 0
                  || action.id.indexOf("org.freedesktop.ModemManager") == 0)) {
            return polkit.Result.YES;
          }
        });
      '';
    };

    networking.wireless.iwd.enable = mkIf (cfg.wifi.backend == "iwd") true;

    systemd.packages = [ cfg.package ];
    systemd.services = {
      NetworkManager = {
        wantedBy = [ "multi-user.target" ];
        aliases = [ "dbus-org.freedesktop.NetworkManager.service" ];
        restartTriggers = [ config.environment.etc."NetworkManager/NetworkManager.conf".source ];
        serviceConfig = {
          StateDirectory = "NetworkManager";
          StateDirectoryMode = "0755";
        };
      };
      NetworkManager-wait-online.wantedBy = [ "network-online.target" ];
      NetworkManager-dispatcher = {
        wantedBy = [ "NetworkManager.service" ];
        path = [
          pkgs.iproute2
          pkgs.util-linux
        ];
        aliases = [ "dbus-org.freedesktop.nm-dispatcher.service" ];
      };
      NetworkManager-ensure-profiles = mkIf (cfg.ensureProfiles.profiles != { }) {
        description = "Connections of NetworkManager that exist";
        wantedBy = [ "multi-user.target" ];
        before = [ "network-online.target" ];
        after = [ "NetworkManager.service" ];
        path = [ pkgs.gettext-base ];
        script = ''
          install -d -m 0755 /run/NetworkManager/system-connections
          umask 0177
          ${lib.concatStrings (
            lib.mapAttrsToList (name: profile: ''
              envsubst < ${ini.generate "${lib.strings.sanitizeDerivationName name}.nmconnection" profile} > ${lib.escapeShellArg "/run/NetworkManager/system-connections/${name}.nmconnection"}
            '') cfg.ensureProfiles.profiles
          )}
          ${cfg.package}/bin/nmcli connection reload
        '';
        serviceConfig = {
          Type = "oneshot";
          EnvironmentFile = cfg.ensureProfiles.environmentFiles;
        };
      };
      wpa_supplicant = mkIf (cfg.wifi.backend == "wpa_supplicant") {
        description = "WPA Supplicant for NetworkManager";
        aliases = [ "dbus-fi.w1.wpa_supplicant1.service" ];
        before = [ "network.target" ];
        wants = [ "network.target" ];
        after = [ "dbus.service" ];
        serviceConfig = {
          Type = "dbus";
          BusName = "fi.w1.wpa_supplicant1";
          ExecStart = "${pkgs.wpasupplicant}/bin/wpa_supplicant -u -s";
        };
      };
    };
    systemd.tmpfiles.rules = [
      "d /etc/NetworkManager/system-connections 0700 root root - -"
      "d /var/lib/misc 0755 root root - -"
    ];

  };
}
