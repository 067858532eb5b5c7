# The text console: keyboard, font and colours.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    literalExpression
    mkIf
    mkOption
    types
    ;
  cfg = config.console;

  vconsole = lib.concatStrings (
    lib.mapAttrsToList (name: value: "${name}=${value}\n") (
      {
        KEYMAP = toString cfg.keyMap;
      }
      // lib.optionalAttrs (cfg.font != null) { FONT = toString cfg.font; }
    )
  );

  colorParameters =
    let
      channel =
        index:
        lib.concatMapStringsSep "," (
          color: toString (lib.fromHexString (builtins.substring (index * 2) 2 color))
        ) cfg.colors;
    in
    [
      "vt.default_red=${channel 0}"
      "vt.default_grn=${channel 1}"
      "vt.default_blu=${channel 2}"
    ];

  isPlain = cfg.keyMap == "us" && cfg.font == null;

  # People switch consoles on any machine; the layouts and fonts that come with these programs are for those that set one.
  switchingTools = pkgs.runCommandLocal "console-tools" { } ''
    mkdir -p $out/bin
    cp ${pkgs.kbd}/bin/{chvt,deallocvt,fgconsole,kbd_mode,openvt,setleds} $out/bin
  '';
in
{
  options.console = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether there are text consoles.";
    };

    font = mkOption {
      type = types.nullOr (types.either types.str types.path);
      default = null;
      example = "Lat2-Terminus16";
      description = "The font: a name in the packages of {option}`console.packages`, or a file; null leaves the kernel's.";
    };

    keyMap = mkOption {
      type = types.either types.str types.path;
      default = "us";
      example = "fr";
      description = "The keyboard's layout: a name, or a file.";
    };

    colors = mkOption {
      type = types.listOf (types.strMatching "[[:xdigit:]]{6}");
      default = [ ];
      example = literalExpression ''[ "002b36" "dc322f" … ]'';
      description = "The sixteen colours, from black to bright white; none leaves the kernel's.";
    };

    packages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = literalExpression "[ pkgs.terminus_font ]";
      description = "Packages with fonts and layouts.";
    };

    earlySetup = mkOption {
      type = types.bool;
      default = false;
      description = ''
        Whether the layout should be in place in the first stage of booting, where passwords of disks are typed. That stage only has
        the layout `us`, so another one gives a warning.
      '';
    };

    useXkbConfig = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the layout is made from that of the graphical session.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.colors == [ ] || builtins.length cfg.colors == 16;
        message = "console.colors has ${toString (builtins.length cfg.colors)} colours; a console has 16.";
      }
    ];

    warnings = lib.optional (cfg.earlySetup && cfg.keyMap != "us") ''
      console.earlySetup is on, but the first stage of booting knows the layout "us" only: type passwords of disks as on such
      a keyboard. Everything after that stage has the layout of console.keyMap.'';

    console.keyMap = mkIf cfg.useXkbConfig (
      pkgs.runCommandLocal "xkb-console-keymap" { } ''
        ${pkgs.console-setup}/bin/ckbcomp \
          -I${pkgs.debianPackages.xkb-data}/share/X11/xkb \
          -model ${lib.escapeShellArg config.services.xserver.xkb.model} \
          -layout ${lib.escapeShellArg config.services.xserver.xkb.layout} \
          -option ${lib.escapeShellArg config.services.xserver.xkb.options} \
          -variant ${lib.escapeShellArg config.services.xserver.xkb.variant} > $out
      ''
    );

    boot.kernelParams = lib.optionals (cfg.colors != [ ]) colorParameters;

    environment.etc."vconsole.conf".text = vconsole;

    # The kernel's own layout and font need no process to be set.
    systemd.services.console-setup = mkIf (!isPlain && !config.boot.isContainer) {
      description = "Keyboard layout and font of the console";
      wantedBy = [ "sysinit.target" ];
      before = [ "sysinit.target" "shutdown.target" ];
      conflicts = [ "shutdown.target" ];
      unitConfig = {
        DefaultDependencies = false;
        ConditionPathExists = "/dev/tty1";
      };
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
      path = [
        pkgs.kbd
        pkgs.gzip
      ];
      script =
        ''
          loadkeys --quiet ${lib.escapeShellArg (toString cfg.keyMap)}
        ''
        + lib.optionalString (cfg.font != null) ''
          for number in 1 2 3 4 5 6; do
            [ ! -c /dev/tty$number ] || setfont -C /dev/tty$number ${lib.escapeShellArg (toString cfg.font)}
          done
        '';
    };

    environment.systemPackages = [ (if isPlain then switchingTools else pkgs.kbd) ];
    # Layouts and fonts are looked for below /usr/share.
    system.usrTree.packages = mkIf (!isPlain) (
      [
        pkgs.debianPackages.console-data
        pkgs.debianPackages.console-setup-linux
      ]
      ++ cfg.packages
    );
  };
}
