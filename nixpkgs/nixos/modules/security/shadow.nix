# Programs with which users change their accounts and become others.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.security;

  setuid = source: {
    owner = "root";
    group = "root";
    setuid = true;
    inherit source;
  };

  show =
    value:
    if value == true then
      "yes"
    else if value == false then
      "no"
    else
      toString value;
in
{
  options.security = {
    shadow.enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether users can change their passwords and shells.";
    };

    shadow.su.enable = mkOption {
      type = types.bool;
      default = cfg.shadow.enable;
      defaultText = lib.literalExpression "config.security.shadow.enable";
      description = "Whether there is {command}`su`.";
    };

    loginDefs.settings = mkOption {
      type = types.attrsOf (
        types.nullOr (
          types.oneOf [
            types.bool
            types.int
            types.str
          ]
        )
      );
      default = { };
      example = {
        UMASK = "027";
      };
      description = "Settings of {manpage}`login.defs(5)`.";
    };

    loginDefs.chfnRestrict = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "rwh";
      description = "What of their description users may change; null for nothing.";
    };
  };

  config = {
    security.loginDefs.settings = lib.mapAttrs (_: lib.mkDefault) {
      ENCRYPT_METHOD = "YESCRYPT";
      SYS_UID_MIN = 400;
      SYS_UID_MAX = 999;
      UID_MIN = 1000;
      UID_MAX = 29999;
      SYS_GID_MIN = 400;
      SYS_GID_MAX = 999;
      GID_MIN = 1000;
      GID_MAX = 29999;
      TTYGROUP = "tty";
      TTYPERM = "0620";
      UMASK = "077";
      HOME_MODE = "0700";
      DEFAULT_HOME = true;
      FAIL_DELAY = 3;
      # Where nothing sets the search path, it is that of the system alone.
      ENV_PATH = "PATH=${cfg.wrapperDir}:/run/current-system/sw/bin";
      ENV_SUPATH = "PATH=${cfg.wrapperDir}:/run/current-system/sw/bin";
      CHFN_RESTRICT = cfg.loginDefs.chfnRestrict;
    };

    environment.etc."login.defs".text = lib.concatStrings (
      lib.mapAttrsToList (name: value: "${name} ${show value}\n") (
        lib.filterAttrs (_: value: value != null) cfg.loginDefs.settings
      )
    );

    environment.etc."default/useradd".text = ''
      GROUP=100
      HOME=/home
      SHELL=/run/current-system/sw/bin/bash
    '';

    security.wrappers = lib.mkMerge [
      (mkIf cfg.shadow.enable {
        passwd = setuid "${pkgs.shadow}/bin/passwd";
        chsh = setuid "${pkgs.shadow}/bin/chsh";
      })
      (mkIf cfg.shadow.su.enable { su = setuid "${pkgs.util-linux}/bin/su"; })
    ];
  };
}
