# libinput: mice and touchpads of the X server.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption optionalString types;
  cfg = config.services.libinput;

  nullable =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };
  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };

  deviceOptions = {
    dev = nullable types.str "Device file of the one device that is meant.";
    accelProfile = mkOption {
      type = types.enum [
        "flat"
        "adaptive"
        "custom"
      ];
      default = "adaptive";
      description = "How the pointer speeds up.";
    };
    accelSpeed = nullable types.str "How much the pointer speeds up, from -1 to 1.";
    buttonMapping = nullable types.str "Numbers of the buttons, in another order.";
    calibrationMatrix = nullable types.str "Matrix of a touchscreen.";
    clickMethod = nullable (types.enum [
      "none"
      "buttonareas"
      "clickfinger"
    ]) "How clicks of a touchpad are told apart.";
    leftHanded = flag false "Whether the buttons are swapped.";
    middleEmulation = flag true "Whether both buttons together are the middle one.";
    naturalScrolling = flag false "Whether the content follows the fingers.";
    scrollButton = nullable types.int "Button that scrolls while it is held.";
    scrollMethod = mkOption {
      type = types.enum [
        "twofinger"
        "edge"
        "button"
        "none"
      ];
      default = "twofinger";
      description = "How scrolling is done.";
    };
    horizontalScrolling = flag true "Whether scrolling sideways is possible.";
    sendEventsMode = mkOption {
      type = types.enum [
        "disabled"
        "enabled"
        "disabled-on-external-mouse"
      ];
      default = "enabled";
      description = "When the device works.";
    };
    tapping = flag true "Whether a tap is a click.";
    tappingButtonMap = nullable (types.enum [
      "lrm"
      "lmr"
    ]) "Which buttons taps of one, two and three fingers are.";
    tappingDragLock = flag true "Whether a drag goes on when the finger is lifted for a moment.";
    transformationMatrix = nullable types.str "Matrix that the pointer's movements are multiplied by.";
    disableWhileTyping = flag false "Whether the touchpad is off while one types.";
    additionalOptions = mkOption {
      type = types.lines;
      default = "";
      example = ''Option "DragLockButtons" "L1 B1 L2 B2"'';
      description = "Lines that are added to the section.";
    };
  };

  onOff = value: if value then "on" else "off";
  option = name: value: optionalString (value != null) ''
    Option "${name}" "${toString value}"
  '';
  section =
    kind: device:
    ''
      Identifier "libinput ${kind} configuration"
      MatchDriver "libinput"
      MatchIs${kind} "on"
      ${optionalString (device.dev != null) ''MatchDevicePath "${device.dev}"''}
    ''
    + option "AccelProfile" device.accelProfile
    + option "AccelSpeed" device.accelSpeed
    + option "ButtonMapping" device.buttonMapping
    + option "CalibrationMatrix" device.calibrationMatrix
    + option "TransformationMatrix" device.transformationMatrix
    + option "ClickMethod" device.clickMethod
    + option "LeftHanded" (onOff device.leftHanded)
    + option "MiddleEmulation" (onOff device.middleEmulation)
    + option "NaturalScrolling" (onOff device.naturalScrolling)
    + option "ScrollButton" device.scrollButton
    + option "ScrollMethod" device.scrollMethod
    + option "HorizontalScrolling" (onOff device.horizontalScrolling)
    + option "SendEventsMode" device.sendEventsMode
    + option "Tapping" (onOff device.tapping)
    + option "TappingButtonMap" device.tappingButtonMap
    + option "TappingDragLock" (onOff device.tappingDragLock)
    + option "DisableWhileTyping" (onOff device.disableWhileTyping)
    + device.additionalOptions;
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "services" "xserver" "libinput" "enable" ] [ "services" "libinput" "enable" ])
    (lib.mkRenamedOptionModule [ "services" "xserver" "libinput" "touchpad" ] [ "services" "libinput" "touchpad" ])
    (lib.mkRenamedOptionModule [ "services" "xserver" "libinput" "mouse" ] [ "services" "libinput" "mouse" ])
  ];

  options.services.libinput = {
    enable = mkOption {
      type = types.bool;
      default = config.services.xserver.enable;
      defaultText = lib.literalExpression "config.services.xserver.enable";
      description = "Whether the X server uses libinput.";
    };
    mouse = deviceOptions;
    touchpad = deviceOptions;
  };

  config = lib.mkIf cfg.enable {
    services.udev.packages = [ pkgs.libinput10 ];
    services.xserver.inputClassSections = [
      ''
        Identifier "libinput devices"
        MatchIsPointer "on"
        Driver "libinput"
      ''
      ''
        Identifier "libinput touchpads"
        MatchIsTouchpad "on"
        Driver "libinput"
      ''
      ''
        Identifier "libinput keyboards"
        MatchIsKeyboard "on"
        Driver "libinput"
      ''
      (section "Pointer" cfg.mouse)
      (section "Touchpad" cfg.touchpad)
    ];
  };
}
