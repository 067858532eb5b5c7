# SANE: scanners.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.hardware.sane;

  # Back ends and their settings of all packages in one place.
  backends = pkgs.buildEnv {
    name = "sane-backends";
    paths = [
      pkgs.libsane1
      pkgs.libsane-common
    ]
    ++ cfg.extraBackends;
    pathsToLink = [
      "/lib/sane"
      "/etc/sane.d"
    ];
    ignoreCollisions = true;
  };
  settings = pkgs.runCommandLocal "sane.d" { inherit (cfg) netConf; } ''
    cp -rL ${backends}/etc/sane.d $out
    chmod -R u+w $out
    printf '%s\n' "$netConf" >> $out/net.conf
    for name in ${lib.escapeShellArgs cfg.disabledDefaultBackends}; do
      sed -i "s/^$name\$/# $name/" $out/dll.conf
    done
  '';
in
{
  options.hardware.sane = {
    enable = lib.mkEnableOption "scanners; users of the group scanner may use them";
    netConf = mkOption {
      type = types.lines;
      default = "";
      example = "192.168.0.16";
      description = "Hosts whose scanners are used.";
    };
    disabledDefaultBackends = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "v4l" ];
      description = "Back ends that are not used.";
    };
    extraBackends = mkOption {
      type = types.listOf types.path;
      default = [ ];
      example = lib.literalExpression "[ pkgs.hplip ]";
      description = "Packages of more back ends.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ pkgs.sane-backends ];
    environment.etc."sane.d".source = settings;
    environment.sessionVariables = {
      SANE_CONFIG_DIR = "/etc/sane.d";
      LD_LIBRARY_PATH = [ "${backends}/lib/sane" ];
    };
    services.udev.packages = [ pkgs.libsane1 ] ++ cfg.extraBackends;
    users.groups.scanner.gid = config.ids.gids.scanner;
  };
}
