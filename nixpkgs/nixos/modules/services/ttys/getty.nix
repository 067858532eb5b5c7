# Login prompts on consoles.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (lib) mkOption types;

  cfg = config.services.getty;

  arguments =
    [
      "--login-program"
      cfg.loginProgram
    ]
    ++ lib.optionals (cfg.autologinUser != null && !cfg.autologinOnce) [
      "--autologin"
      cfg.autologinUser
    ]
    ++ lib.optionals (cfg.loginOptions != null) [
      "--login-options"
      cfg.loginOptions
    ]
    ++ cfg.extraArgs;

  agetty = "${pkgs.util-linux}/bin/agetty";
  command = more: "${agetty} ${utils.escapeSystemdExecArgs arguments} ${more}";

  # Only the first login of a boot, on the first console, is automatic.
  onceCommand = pkgs.writeShellScript "getty-autologin-once" ''
    if mkdir /run/agetty.autologged 2>/dev/null; then
      set -- --autologin ${lib.escapeShellArg cfg.autologinUser} "$@"
    fi
    exec ${agetty} ${lib.escapeShellArgs arguments} "$@"
  '';
  start =
    more:
    if cfg.autologinUser != null && cfg.autologinOnce then "${onceCommand} ${more}" else command more;

  baudRates = lib.concatMapStringsSep "," toString cfg.serialSpeed;
in
{
  options.services.getty = {
    loginProgram = mkOption {
      type = types.path;
      default = "${pkgs.shadow}/bin/login";
      defaultText = lib.literalExpression ''"''${pkgs.shadow}/bin/login"'';
      description = "Program that asks for the password.";
    };

    autologinUser = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "alice";
      description = "User who is logged in on consoles without being asked.";
    };

    autologinOnce = mkOption {
      type = types.bool;
      default = false;
      description = "Whether that happens only once in a boot.";
    };

    loginOptions = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "-h darkstar -- \\u";
      description = "Arguments of the login program; `\\u` stands for the user's name.";
    };

    extraArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "--nohostname" ];
      description = "More arguments of agetty(8).";
    };

    greetingLine = mkOption {
      type = types.str;
      default = "<<< Welcome to NixOS ${config.system.nixos.label} (\\m) - \\l >>>";
      defaultText = lib.literalExpression ''"<<< Welcome to NixOS ''${config.system.nixos.label} (\\m) - \\l >>>"'';
      description = "First line of the login screen, with the escapes of agetty(8).";
    };

    helpLine = mkOption {
      type = types.lines;
      default = "";
      description = "Lines below the greeting.";
    };

    serialSpeed = mkOption {
      type = types.listOf types.ints.positive;
      default = [
        115200
        57600
        38400
        9600
      ];
      example = [
        38400
        9600
      ];
      description = "Speeds in bits a second that are tried on serial lines.";
    };
  };

  config = {
    # The first text console; logind starts others when somebody changes to them.
    systemd.targets.getty.wants = [ "autovt@tty1.service" ];

    # Debian's templates hold the dependencies; only what they start is ours.
    systemd.services = {
      "getty@" = {
        restartIfChanged = false;
        serviceConfig.ExecStart = [
          ""
          (start "--noclear --keep-baud %I ${baudRates} $TERM")
        ];
      };
      "autovt@" = {
        restartIfChanged = false;
        serviceConfig.ExecStart = [
          ""
          (start "--noclear --keep-baud %I ${baudRates} $TERM")
        ];
      };
      "serial-getty@" = {
        restartIfChanged = false;
        serviceConfig.ExecStart = [
          ""
          (start "%I --keep-baud ${baudRates} $TERM")
        ];
      };
      "container-getty@" = {
        restartIfChanged = false;
        unitConfig.ConditionPathExists = "/dev/pts/%I";
        serviceConfig.ExecStart = [
          ""
          (start "--noclear --keep-baud pts/%I ${baudRates} $TERM")
        ];
      };
      console-getty = {
        enable = config.boot.isContainer;
        restartIfChanged = false;
        serviceConfig.ExecStart = [
          ""
          (start "--noclear --keep-baud console ${baudRates} $TERM")
        ];
      };
    };

    environment.etc.issue = lib.mkDefault {
      text = ''
        ${cfg.greetingLine}
        ${cfg.helpLine}

      '';
    };
  };
}
