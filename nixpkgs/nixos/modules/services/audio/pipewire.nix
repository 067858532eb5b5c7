# PipeWire: sound and video of users' sessions.
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

  cfg = config.services.pipewire;
  json = pkgs.formats.json { };

  # The units of Debian's packages are for users' sessions; a system-wide PipeWire has units of its own.
  sessionPackages = [
    cfg.package
  ]
  ++ optional cfg.pulse.enable pkgs.pipewire-pulse
  ++ optional cfg.wireplumber.enable cfg.wireplumber.package;

  drop =
    folder: set:
    lib.mapAttrs' (
      name: settings: lib.nameValuePair "${folder}/${name}.conf" { source = json.generate "${name}.conf" settings; }
    ) set;
  dropOption =
    program:
    mkOption {
      type = types.attrsOf json.type;
      default = { };
      example."10-clock-rate"."context.properties"."default.clock.rate" = 44100;
      description = "Files that are read after ${program}'s own, by name.";
    };
in
{
  options.services.pipewire = {
    enable = mkEnableOption "PipeWire";
    package = lib.mkPackageOption pkgs "pipewire" { };

    socketActivation = mkOption {
      type = types.bool;
      default = true;
      description = "Whether PipeWire starts once it is used.";
    };

    alsa.enable = mkEnableOption "sound of programs that speak to ALSA";
    alsa.support32Bit = mkEnableOption "sound of 32-bit programs that speak to ALSA";
    jack.enable = mkEnableOption "sound of programs that speak to JACK";
    pulse.enable = mkEnableOption "sound of programs that speak to PulseAudio";

    wireplumber = {
      enable = mkOption {
        type = types.bool;
        default = true;
        description = "Whether WirePlumber decides what is connected to what.";
      };
      package = lib.mkPackageOption pkgs "wireplumber" { };
      extraConfig = dropOption "WirePlumber";
      configPackages = mkOption {
        type = types.listOf types.package;
        default = [ ];
        description = "Packages with files in `share/wireplumber`.";
      };
    };

    extraConfig = {
      pipewire = dropOption "the server";
      client = dropOption "clients";
      jack = dropOption "JACK clients";
      pipewire-pulse = dropOption "the PulseAudio server";
    };
  };

  config = mkIf cfg.enable {
    warnings = optional cfg.alsa.support32Bit
      "services.pipewire.alsa.support32Bit has no effect: the package set has no 32-bit packages.";

    environment.systemPackages = [
      cfg.package
    ]
    ++ optional cfg.jack.enable pkgs.pipewire-jack;

    environment.etc =
      drop "pipewire/pipewire.conf.d" cfg.extraConfig.pipewire
      // drop "pipewire/client.conf.d" cfg.extraConfig.client
      // drop "pipewire/jack.conf.d" cfg.extraConfig.jack
      // drop "pipewire/pipewire-pulse.conf.d" cfg.extraConfig.pipewire-pulse
      // drop "wireplumber/wireplumber.conf.d" cfg.wireplumber.extraConfig
      // lib.optionalAttrs cfg.alsa.enable {
        "alsa/conf.d/50-pipewire.conf".source = "${pkgs.pipewire-alsa}/share/alsa/alsa.conf.d/50-pipewire.conf";
        "alsa/conf.d/99-pipewire-default.conf".source = "${pkgs.pipewire-alsa}/share/alsa/alsa.conf.d/99-pipewire-default.conf";
      };
    system.usrTree.packages = [
      cfg.package
    ]
    ++ optional cfg.alsa.enable pkgs.pipewire-alsa
    ++ cfg.wireplumber.configPackages;

    systemd.packages = sessionPackages;
    systemd.user = {
      sockets.pipewire.wantedBy = mkIf cfg.socketActivation [ "sockets.target" ];
      services.pipewire.wantedBy = mkIf (!cfg.socketActivation) [ "default.target" ];
      sockets.pipewire-pulse = mkIf cfg.pulse.enable {
        wantedBy = mkIf cfg.socketActivation [ "sockets.target" ];
      };
      services.pipewire-pulse = mkIf cfg.pulse.enable {
        wantedBy = mkIf (!cfg.socketActivation) [ "default.target" ];
      };
      services.wireplumber = mkIf cfg.wireplumber.enable {
        wantedBy = [ "pipewire.service" ];
        aliases = [ "pipewire-session-manager.service" ];
      };
    };
  };
}
