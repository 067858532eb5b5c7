# Drivers of graphics cards for programs: OpenGL, Vulkan, video.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) literalExpression mkOption types;
  cfg = config.hardware.graphics;
  drivers = [
    pkgs.debianPackages.libgl1-mesa-dri
    pkgs.debianPackages.libegl-mesa0
    pkgs.debianPackages.libglx-mesa0
    pkgs.debianPackages.mesa-vulkan-drivers
    pkgs.debianPackages.mesa-va-drivers
  ];
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "hardware" "opengl" "enable" ] [ "hardware" "graphics" "enable" ])
    (lib.mkRenamedOptionModule [ "hardware" "opengl" "driSupport32Bit" ] [ "hardware" "graphics" "enable32Bit" ])
    (lib.mkRenamedOptionModule [ "hardware" "opengl" "extraPackages" ] [ "hardware" "graphics" "extraPackages" ])
    (lib.mkRenamedOptionModule [ "hardware" "opengl" "extraPackages32" ] [ "hardware" "graphics" "extraPackages32" ])
    (lib.mkRemovedOptionModule [ "hardware" "opengl" "driSupport" ] "The drivers come with hardware.graphics.enable.")
  ];

  options.hardware.graphics = {
    enable = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = "Whether programs can draw with the graphics card.";
    };
    enable32Bit = mkOption {
      type = types.bool;
      default = false;
      description = "Whether programs of 32 bits can, too. The channel has no packages of 32 bits, so this cannot be switched on.";
    };
    extraPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = literalExpression "[ pkgs.intel-media-driver ]";
      description = "Further drivers, such as those for decoding video.";
    };
    extraPackages32 = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Further drivers of 32 bits, of which the channel has none.";
    };
  };

  config = {
    # Debian's programs look for drivers below /usr.
    system.usrTree.packages = lib.mkIf cfg.enable (drivers ++ cfg.extraPackages);

    warnings = lib.optional (cfg.enable32Bit || cfg.extraPackages32 != [ ]) ''
      hardware.graphics.enable32Bit, hardware.graphics.extraPackages32: the channel has no packages of 32 bits; remove these options.'';
  };
}
