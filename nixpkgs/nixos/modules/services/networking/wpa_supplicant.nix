# Wireless networks by wpa_supplicant.
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
    optionalString
    types
    ;

  cfg = config.networking.wireless;

  networkType = types.submodule {
    options = {
      psk = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "Password, which becomes readable for everyone on the machine.";
      };
      pskRaw = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "ext:psk_home";
        description = "Key as wpa_passphrase makes it, or the name of a secret in `secretsFile`.";
      };
      hidden = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the network does not say its name.";
      };
      priority = mkOption {
        type = types.nullOr types.int;
        default = null;
        description = "Of several networks in reach, the one with the greatest number is used.";
      };
      auth = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = ''
          eap=PEAP
          identity="user@example.com"
          password="secret"
        '';
        description = "Lines about how to log in, instead of a password.";
      };
      authProtocols = mkOption {
        type = types.listOf types.str;
        default = [
          "WPA-PSK"
          "WPA-EAP"
          "SAE"
          "FT-PSK"
          "FT-EAP"
          "FT-SAE"
        ];
        description = "Ways of logging in that may be used.";
      };
      extraConfig = mkOption {
        type = types.str;
        default = "";
        description = "Lines that are added to the network.";
      };
    };
  };

  networkText = ssid: network: ''
    network={
      ssid="${ssid}"
      key_mgmt=${
        if network.psk == null && network.pskRaw == null && network.auth == null then
          "NONE"
        else
          concatStringsSep " " network.authProtocols
      }
      ${optionalString (network.psk != null) ''psk="${network.psk}"''}
      ${optionalString (network.pskRaw != null) "psk=${network.pskRaw}"}
      ${optionalString network.hidden "scan_ssid=1"}
      ${optionalString (network.priority != null) "priority=${toString network.priority}"}
      ${optionalString (network.auth != null) network.auth}
      ${network.extraConfig}
    }
  '';

  configFile = pkgs.writeText "wpa_supplicant.conf" ''
    ${optionalString cfg.userControlled.enable "ctrl_interface=DIR=/run/wpa_supplicant GROUP=${cfg.userControlled.group}\nupdate_config=1"}
    ${optionalString cfg.scanOnLowSignal ''bgscan="simple:30:-70:3600"''}
    ${optionalString (cfg.secretsFile != null) "ext_password_backend=file:${cfg.secretsFile}"}
    ${cfg.extraConfig}
    ${lib.concatStrings (lib.mapAttrsToList networkText cfg.networks)}
  '';
  # Users may add networks only to a file that can be written.
  main = if cfg.allowAuxiliaryImperativeNetworks then "/etc/wpa_supplicant.conf" else configFile;
  arguments =
    "-s -D${cfg.driver} -c ${main}" + optionalString cfg.allowAuxiliaryImperativeNetworks " -I ${configFile}";

  # Without named interfaces, every wireless one.
  unit = interface: {
    description = "WPA Supplicant${optionalString (interface != null) " on ${interface}"}";
    wantedBy = [ "multi-user.target" ];
    before = [ "network.target" ];
    wants = [ "network.target" ];
    after = lib.optional (interface != null) "sys-subsystem-net-devices-${interface}.device";
    requires = lib.optional (interface != null) "sys-subsystem-net-devices-${interface}.device";
    restartTriggers = [ configFile ];
    serviceConfig = {
      UMask = "066";
      RuntimeDirectory = "wpa_supplicant";
      RuntimeDirectoryPreserve = true;
      Restart = "on-failure";
    };
    script =
      if interface != null then
        "exec ${pkgs.wpasupplicant}/bin/wpa_supplicant ${arguments} -i${interface}"
      else
        ''
          interfaces=
          for folder in /sys/class/net/*/wireless; do
            [ -e "$folder" ] || continue
            name=''${folder#/sys/class/net/}
            interfaces+="''${interfaces:+ -N} -i''${name%/wireless} ${arguments}"
          done
          if [ -z "$interfaces" ]; then
            echo "no wireless interface is there" >&2
            exit 1
          fi
          exec ${pkgs.wpasupplicant}/bin/wpa_supplicant $interfaces
        '';
  };
in
{
  options.networking.wireless = {
    enable = mkEnableOption "wireless networks by wpa_supplicant";
    interfaces = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "wlan0" ];
      description = "Interfaces to use; none means all wireless ones.";
    };
    driver = mkOption {
      type = types.str;
      default = "nl80211,wext";
      description = "Drivers to try.";
    };
    scanOnLowSignal = mkOption {
      type = types.bool;
      default = true;
      description = "Whether a better network is looked for when the signal is weak.";
    };
    allowAuxiliaryImperativeNetworks = mkEnableOption "networks in `/etc/wpa_supplicant.conf` beside those of the configuration";
    secretsFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "File of lines `name=secret` that `pskRaw` and `auth` refer to as `ext:name`.";
    };
    networks = mkOption {
      type = types.attrsOf networkType;
      default = { };
      example.echelon.psk = "abcdefgh";
      description = "Networks by name.";
    };
    userControlled = {
      enable = mkOption {
        type = types.bool;
        default = false;
        description = "Whether users of a group may choose networks with `wpa_cli`.";
      };
      group = mkOption {
        type = types.str;
        default = "wheel";
        description = "That group.";
      };
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Lines that are added to wpa_supplicant.conf(5).";
    };

    iwd = {
      enable = mkEnableOption "wireless networks by iwd";
      settings = mkOption {
        inherit (pkgs.formats.ini { }) type;
        default = { };
        example.Settings.AutoConnect = true;
        description = "Sections of iwd.config(5).";
      };
    };
  };

  config = lib.mkMerge [
    (mkIf cfg.enable {
      assertions = [
        {
          assertion = !cfg.iwd.enable;
          message = "networking.wireless.enable and networking.wireless.iwd.enable exclude each other.";
        }
      ]
      ++ lib.mapAttrsToList (ssid: network: {
        assertion = lib.count (value: value != null) [ network.psk network.pskRaw network.auth ] <= 1;
        message = "networking.wireless.networks.\"${ssid}\": psk, pskRaw and auth exclude each other.";
      }) cfg.networks;

      environment.systemPackages = [ pkgs.wpasupplicant ];
      services.dbus.packages = [ pkgs.wpasupplicant ];
      systemd.services =
        if cfg.interfaces == [ ] then
          { wpa_supplicant = unit null; }
        else
          lib.listToAttrs (
            map (interface: lib.nameValuePair "wpa_supplicant-${interface}" (unit interface)) cfg.interfaces
          );
    })

    (mkIf cfg.iwd.enable {
      environment.systemPackages = [ pkgs.iwd ];
      environment.etc."iwd/main.conf".source = (pkgs.formats.ini { }).generate "main.conf" cfg.iwd.settings;
      services.dbus.packages = [ pkgs.iwd ];
      systemd.services.iwd = {
        description = "Wireless service";
        wantedBy = [ "multi-user.target" ];
        before = [ "network.target" ];
        wants = [ "network.target" ];
        after = [ "network-pre.target" ];
        restartTriggers = [ config.environment.etc."iwd/main.conf".source ];
        serviceConfig = {
          Type = "dbus";
          BusName = "net.connman.iwd";
          ExecStart = "${pkgs.iwd}/libexec/iwd";
          StateDirectory = "iwd";
          StateDirectoryMode = "0700";
          Restart = "on-failure";
        };
      };
    })
  ];
}
