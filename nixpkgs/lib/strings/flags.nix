# Flags of build systems.
{ lib }:
let
  inherit (builtins) elem isBool isString;
  inherit (lib.strings) optionalString toUpper;
  inherit (lib.trivial) boolToString;

  cmakeTypes = [
    "BOOL"
    "FILEPATH"
    "INTERNAL"
    "LIST"
    "PATH"
    "STRING"
  ];

  cmakeOptionType =
    type: feature: value:
    assert elem (toUpper type) cmakeTypes;
    assert isString feature && isString value;
    "-D${feature}:${toUpper type}=${value}";

  mesonOption =
    feature: value:
    assert isString feature && isString value;
    "-D${feature}=${value}";

  enableFeature =
    flag: feature:
    assert isBool flag && isString feature;
    "--${if flag then "enable" else "disable"}-${feature}";

  withFeature =
    flag: feature:
    assert isString feature;
    "--${if flag then "with" else "without"}-${feature}";
in
{
  /**
    A CMake variable of a given type.

    Inputs: `type` is one of bool, filepath, path, string, internal and list; the variable; its value.

    Type: `cmakeOptionType :: String -> String -> String -> String`

    Example: `cmakeOptionType "string" "ENGINE" "sdl2"` => `"-DENGINE:STRING=sdl2"`
  */
  inherit cmakeOptionType;

  /**
    A CMake variable that is on or off.

    Inputs: the variable, then a boolean.

    Type: `cmakeBool :: String -> Bool -> String`

    Example: `cmakeBool "ENABLE_STATIC_LIBS" false` => `"-DENABLE_STATIC_LIBS:BOOL=FALSE"`
  */
  cmakeBool =
    feature: flag:
    assert isBool flag;
    cmakeOptionType "bool" feature (toUpper (boolToString flag));

  /**
    A CMake variable that holds a string.

    Inputs: the variable, then the string.

    Type: `cmakeFeature :: String -> String -> String`

    Example: `cmakeFeature "MODULES" "badblock"` => `"-DMODULES:STRING=badblock"`
  */
  cmakeFeature = cmakeOptionType "string";

  /**
    A Meson option that holds a string.

    Inputs: the option, then the string.

    Type: `mesonOption :: String -> String -> String`

    Example: `mesonOption "engine" "opengl"` => `"-Dengine=opengl"`
  */
  inherit mesonOption;

  /**
    A Meson option that is true or false.

    Inputs: the option, then a boolean.

    Type: `mesonBool :: String -> Bool -> String`

    Example: `mesonBool "hardened" true` => `"-Dhardened=true"`
  */
  mesonBool =
    feature: flag:
    assert isBool flag;
    mesonOption feature (boolToString flag);

  /**
    A Meson feature that is enabled or disabled.

    Inputs: the feature, then a boolean.

    Type: `mesonEnable :: String -> Bool -> String`

    Example: `mesonEnable "docs" false` => `"-Ddocs=disabled"`
  */
  mesonEnable =
    feature: flag:
    assert isBool flag;
    mesonOption feature (if flag then "enabled" else "disabled");

  /**
    `--enable-` or `--disable-` of a configure script.

    Inputs: a boolean, then the feature.

    Type: `enableFeature :: Bool -> String -> String`

    Example: `enableFeature false "shared"` => `"--disable-shared"`
  */
  inherit enableFeature;

  /**
    `--enable-` with a value, or `--disable-`.

    Inputs: a boolean, the feature, and the value.

    Type: `enableFeatureAs :: Bool -> String -> String -> String`

    Example: `enableFeatureAs true "shared" "foo"` => `"--enable-shared=foo"`
  */
  enableFeatureAs =
    flag: feature: value:
    enableFeature flag feature + optionalString flag "=${value}";

  /**
    `--with-` or `--without-` of a configure script.

    Inputs: a boolean, then the feature.

    Type: `withFeature :: Bool -> String -> String`

    Example: `withFeature true "shared"` => `"--with-shared"`
  */
  inherit withFeature;

  /**
    `--with-` with a value, or `--without-`.

    Inputs: a boolean, the feature, and the value.

    Type: `withFeatureAs :: Bool -> String -> String -> String`

    Example: `withFeatureAs false "shared" "foo"` => `"--without-shared"`
  */
  withFeatureAs =
    flag: feature: value:
    withFeature flag feature + optionalString flag "=${value}";
}
