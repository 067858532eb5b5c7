# The X server, its drivers and its keyboard. Display managers and desktops have files of their own.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatMapStrings
    mkEnableOption
    mkIf
    mkOption
    optionalString
    types
    ;

  cfg = config.services.xserver;

  driverPackages = {
    amdgpu = [ pkgs.xorg.xf86videoamdgpu ];
    ati = [ pkgs.xserver-xorg-video-ati ];
    radeon = [ pkgs.xserver-xorg-video-radeon ];
    intel = [ pkgs.xorg.xf86videointel ];
    nouveau = [ pkgs.xserver-xorg-video-nouveau ];
    qxl = [ pkgs.xserver-xorg-video-qxl ];
    vmware = [ pkgs.xserver-xorg-video-vmware ];
    fbdev = [ pkgs.xserver-xorg-video-fbdev ];
    vesa = [ pkgs.xserver-xorg-video-vesa ];
    # Part of the server itself.
    modesetting = [ ];
    # The kernel's simple drivers, which modesetting drives.
    virtio = [ ];
  };
  drivers = builtins.filter (name: name != "virtio") cfg.videoDrivers;
  unknown = builtins.filter (name: !(driverPackages ? ${name})) cfg.videoDrivers;

  device = name: ''
    Section "Device"
      Identifier "Device-${name}"
      Driver "${name}"
      ${cfg.deviceSection}
    EndSection
    Section "Screen"
      Identifier "Screen-${name}"
      Device "Device-${name}"
      ${optionalString (cfg.defaultDepth != 0) "DefaultDepth ${toString cfg.defaultDepth}"}
      ${optionalString (cfg.resolutions != [ ]) ''
        SubSection "Display"
          Modes ${
            lib.concatMapStringsSep " " (mode: ''"${toString mode.x}x${toString mode.y}"'') cfg.resolutions
          }
        EndSubSection
      ''}
      ${cfg.screenSection}
    EndSection
  '';

  configText =
    if cfg.config != null then
      cfg.config
    else
      ''
        Section "ServerFlags"
          Option "AllowMouseOpenFail" "on"
          Option "DontZap" "${if cfg.enableCtrlAltBackspace then "off" else "on"}"
          ${cfg.serverFlagsSection}
        EndSection
        Section "InputClass"
          Identifier "Keyboards"
          MatchIsKeyboard "on"
          Option "XkbModel" "${cfg.xkb.model}"
          Option "XkbLayout" "${cfg.xkb.layout}"
          Option "XkbVariant" "${cfg.xkb.variant}"
          Option "XkbOptions" "${cfg.xkb.options}"
          ${cfg.inputClassKeyboard}
        EndSection
        ${concatMapStrings (section: ''
          Section "InputClass"
            ${section}
          EndSection
        '') cfg.inputClassSections}
      ''
      + concatMapStrings device drivers
      + cfg.extraConfig;
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "services" "xserver" "layout" ] [ "services" "xserver" "xkb" "layout" ])
    (lib.mkRenamedOptionModule [ "services" "xserver" "xkbVariant" ] [ "services" "xserver" "xkb" "variant" ])
    (lib.mkRenamedOptionModule [ "services" "xserver" "xkbOptions" ] [ "services" "xserver" "xkb" "options" ])
    (lib.mkRenamedOptionModule [ "services" "xserver" "xkbModel" ] [ "services" "xserver" "xkb" "model" ])
  ];

  options.services.xserver = {
    enable = mkEnableOption "the X server";

    videoDrivers = mkOption {
      type = types.listOf types.str;
      default = [
        "modesetting"
        "fbdev"
      ];
      example = [
        "amdgpu"
        "modesetting"
      ];
      description = "Drivers of the graphics card, the first that works being used.";
    };

    xkb = {
      layout = mkOption {
        type = types.str;
        default = "us";
        example = "de,us";
        description = "Layouts of the keyboard, separated by commas.";
      };
      variant = mkOption {
        type = types.str;
        default = "";
        example = "colemak";
        description = "Variants of the layouts, separated by commas.";
      };
      options = mkOption {
        type = types.commas;
        default = "terminate:ctrl_alt_bksp";
        example = "grp:caps_toggle,grp_led:scroll";
        description = "Options of the keyboard, separated by commas.";
      };
      model = mkOption {
        type = types.str;
        default = "pc104";
        example = "presario";
        description = "Model of the keyboard.";
      };
      dir = mkOption {
        type = types.path;
        default = "${pkgs.xkb-data}/share/X11/xkb";
        defaultText = lib.literalExpression ''"''${pkgs.xkb-data}/share/X11/xkb"'';
        description = "Folder of the keyboards' descriptions.";
      };
    };

    autoRepeatDelay = mkOption {
      type = types.nullOr types.int;
      default = null;
      description = "Milliseconds after which a key that is held repeats.";
    };
    autoRepeatInterval = mkOption {
      type = types.nullOr types.int;
      default = null;
      description = "Milliseconds between repetitions.";
    };

    resolutions = mkOption {
      type = types.listOf types.attrs;
      default = [ ];
      example = [
        {
          x = 1600;
          y = 1200;
        }
      ];
      description = "Sizes of the screen to offer, the first being used.";
    };

    dpi = mkOption {
      type = types.nullOr types.int;
      default = null;
      description = "Dots per inch; `null` takes the screen's.";
    };

    defaultDepth = mkOption {
      type = types.int;
      default = 0;
      example = 24;
      description = "Bits of a pixel; 0 takes the driver's.";
    };

    tty = mkOption {
      type = types.nullOr types.int;
      default = 7;
      description = "Virtual terminal that the display manager's server uses.";
    };

    enableCtrlAltBackspace = mkOption {
      type = types.bool;
      default = false;
      description = "Whether Ctrl-Alt-Backspace ends the server.";
    };

    enableTCP = mkEnableOption "connections to the server by TCP";

    exportConfiguration = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the configuration and the keyboards' descriptions are found in `/etc/X11` too.";
    };

    config = mkOption {
      type = types.nullOr types.lines;
      default = null;
      description = "The whole of xorg.conf(5), instead of what the other options make.";
    };

    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Text that is added to xorg.conf(5).";
    };

    deviceSection = mkOption {
      type = types.lines;
      default = "";
      example = "VideoRAM 131072";
      description = "Text that is added to the sections of graphics cards.";
    };

    screenSection = mkOption {
      type = types.lines;
      default = "";
      description = "Text that is added to the sections of screens.";
    };

    serverFlagsSection = mkOption {
      type = types.lines;
      default = "";
      example = ''Option "BlankTime" "0"'';
      description = "Text that is added to the section of the server's flags.";
    };

    inputClassKeyboard = mkOption {
      type = types.lines;
      default = "";
      internal = true;
      description = "Text that is added to the section of keyboards.";
    };

    inputClassSections = mkOption {
      type = types.listOf types.lines;
      default = [ ];
      description = "Sections that set options of input devices.";
    };

    excludePackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.xterm ]";
      description = "Packages that come with the server and are not wanted.";
    };

    displayManager.xserverArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      internal = true;
      description = "Arguments of the server when a display manager starts it.";
    };
    displayManager.xserverBin = mkOption {
      type = types.path;
      internal = true;
      readOnly = true;
      default = "${pkgs.xserver-xorg-core}/lib/xorg/Xorg";
      description = "Program of the server.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = unknown == [ ];
        message = "services.xserver.videoDrivers: there is no package of the drivers ${toString unknown}.";
      }
    ];

    environment.etc = {
      "X11/xorg.conf".text = configText;
    }
    // lib.optionalAttrs cfg.exportConfiguration { "X11/xkb".source = cfg.xkb.dir; };

    environment.systemPackages = lib.subtractLists cfg.excludePackages [
      pkgs.xorg.xrandr
      pkgs.xorg.xrdb
      pkgs.xorg.setxkbmap
      pkgs.xorg.xauth
      pkgs.xorg.xprop
      pkgs.xterm
      pkgs.xdg-utils
    ];
    environment.pathsToLink = [ "/share/X11" ];

    # The server looks for its modules, keyboards and rules below /usr.
    system.usrTree.packages = [
      pkgs.xserver-xorg-core
      pkgs.xkb-data
      pkgs.x11-xkb-utils
      pkgs.xserver-xorg-input-libinput
    ]
    ++ lib.concatMap (name: driverPackages.${name} or [ ]) cfg.videoDrivers;

    services.xserver.displayManager.xserverArgs = [
      "-config"
      "/etc/X11/xorg.conf"
      "-xkbdir"
      "${cfg.xkb.dir}"
      "-logfile"
      "/var/log/X.0.log"
    ]
    ++ lib.optionals (cfg.autoRepeatDelay != null) [
      "-ardelay"
      (toString cfg.autoRepeatDelay)
    ]
    ++ lib.optionals (cfg.autoRepeatInterval != null) [
      "-arinterval"
      (toString cfg.autoRepeatInterval)
    ]
    ++ lib.optionals (cfg.dpi != null) [
      "-dpi"
      (toString cfg.dpi)
    ]
    ++ lib.optionals (!cfg.enableTCP) [
      "-nolisten"
      "tcp"
    ];

    security.polkit.enable = true;
  };
}
