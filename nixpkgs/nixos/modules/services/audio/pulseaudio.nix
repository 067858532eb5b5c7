# PulseAudio, the sound server that PipeWire followed.
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
    types
    ;
  cfg = config.services.pulseaudio;
  ini = lib.generators.toKeyValue { mkKeyValue = lib.generators.mkKeyValueDefault { } " = "; };
  clientConf = pkgs.writeText "client.conf" (ini (
    {
      autospawn = if cfg.systemWide then "no" else "yes";
      daemon-binary = "${cfg.package}/bin/pulseaudio";
    }
    // lib.optionalAttrs cfg.systemWide { default-server = "/run/pulse/native"; }
  ) + cfg.extraClientConf);
  startScript = if cfg.configFile == null then defaultScript else cfg.configFile;
  defaultScript = pkgs.writeText "default.pa" ''
    .include ${cfg.package}/etc/pulse/${if cfg.systemWide then "system.pa" else "default.pa"}
    ${cfg.extraConfig}
    ${lib.optionalString cfg.tcp.enable "load-module module-native-protocol-tcp ${
      lib.optionalString (cfg.tcp.anonymousClients.allowedIpRanges != [ ])
        "auth-ip-acl=${lib.concatStringsSep ";" cfg.tcp.anonymousClients.allowedIpRanges}"
    } ${lib.optionalString cfg.tcp.anonymousClients.allowAll "auth-anonymous=1"}"}
  '';
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "hardware" "pulseaudio" ] [ "services" "pulseaudio" ])
  ];

  options.services.pulseaudio = {
    enable = mkEnableOption "the sound server PulseAudio";
    package = lib.mkPackageOption pkgs "pulseaudio" { };
    systemWide = mkOption {
      type = types.bool;
      default = false;
      description = ''
        Whether one server serves the machine, instead of one for each user. Who may use it is in the group
        `pulse-access`.
      '';
    };
    support32Bit = mkOption {
      type = types.bool;
      default = false;
      description = "Whether programs of 32 bits are heard. The channel has no packages of 32 bits, so this cannot be switched on.";
    };
    configFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "The server's start script, instead of the one that comes with it.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "load-module module-switch-on-connect";
      description = "Lines that are added to the start script.";
    };
    extraClientConf = mkOption {
      type = types.lines;
      default = "";
      description = "Lines that are added to client.conf(5).";
    };
    extraModules = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.pulseaudio-module-jack ]";
      description = "Packages with further modules.";
    };
    daemon = {
      config = mkOption {
        type = types.attrsOf types.unspecified;
        default = { };
        example.realtime-scheduling = "yes";
        description = "Settings of pulse-daemon.conf(5).";
      };
      logLevel = mkOption {
        type = types.str;
        default = "notice";
        description = "How much the server logs: `debug`, `info`, `notice`, `warn` or `error`.";
      };
    };
    zeroconf = {
      discovery.enable = mkEnableOption "looking for servers on the network";
      publish.enable = mkEnableOption "offering this server on the network";
    };
    tcp = {
      enable = mkEnableOption "connections by TCP";
      anonymousClients = {
        allowAll = mkEnableOption "everybody to connect";
        allowedIpRanges = mkOption {
          type = types.listOf types.str;
          default = [ ];
          example = [ "192.168.1.0/24" ];
          description = "Addresses that may connect.";
        };
      };
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = !(config.services.pipewire.enable && config.services.pipewire.pulse.enable);
        message = "services.pulseaudio.enable and services.pipewire.pulse.enable are both on: two servers for one protocol; remove one.";
      }
    ];
    warnings = lib.optional cfg.support32Bit "services.pulseaudio.support32Bit has no effect: the package set has no 32-bit packages.";

    environment.systemPackages = [
      cfg.package
      pkgs.pulseaudio-utils
    ];
    # The server looks for its modules below /usr.
    system.usrTree.packages = [ cfg.package ] ++ cfg.extraModules;
    environment.etc = {
      "pulse/client.conf".source = clientConf;
      "pulse/daemon.conf".text = ini (
        {
          log-level = cfg.daemon.logLevel;
        }
        // cfg.daemon.config
      );
      ${if cfg.systemWide then "pulse/system.pa" else "pulse/default.pa"}.source = startScript;
    };
    services.pulseaudio.extraConfig = lib.mkMerge [
      (mkIf cfg.zeroconf.discovery.enable "load-module module-zeroconf-discover")
      (mkIf cfg.zeroconf.publish.enable "load-module module-zeroconf-publish")
    ];
    services.avahi = mkIf (cfg.zeroconf.discovery.enable || cfg.zeroconf.publish.enable) {
      enable = true;
      publish = mkIf cfg.zeroconf.publish.enable {
        enable = true;
        userServices = true;
      };
    };
    security.rtkit.enable = lib.mkDefault true;

    systemd.packages = mkIf (!cfg.systemWide) [ cfg.package ];
    systemd.user = mkIf (!cfg.systemWide) {
      services.pulseaudio.restartIfChanged = true;
      sockets.pulseaudio.wantedBy = [ "sockets.target" ];
    };

    users = mkIf cfg.systemWide {
      users.pulse = {
        uid = config.ids.uids.pulseaudio;
        group = "pulse";
        extraGroups = [ "audio" ];
        home = "/run/pulse";
        isSystemUser = true;
      };
      groups.pulse.gid = config.ids.gids.pulseaudio;
      groups.pulse-access = { };
    };
    systemd.services.pulseaudio = mkIf cfg.systemWide {
      description = "PulseAudio for the whole machine";
      wantedBy = [ "sound.target" ];
      before = [ "sound.target" ];
      serviceConfig = {
        Type = "notify";
        ExecStart = "${cfg.package}/bin/pulseaudio --daemonize=no --system --disallow-exit -n --file=/etc/pulse/system.pa";
        Restart = "on-failure";
        RuntimeDirectory = "pulse";
      };
    };
  };
}
