# Platforms: what is known about the machines that packages are built on and for.
#
# A platform is described by a string such as `x86_64-linux` or by a set, and is elaborated into a set
# that answers many questions: `elaborate.nix`. Strings are taken apart in `parse.nix`.
{ lib }:
let
  inherit (builtins) isAttrs;

  load = file: import file { inherit lib; };

  elaboration = load ./elaborate.nix;
in
{
  /**
    What processors, as GCC names them, can do.

    Type: `architectures :: AttrSet`
  */
  architectures = load ./architectures.nix;

  /**
    Groups of the strings that Nix calls platforms by; also known as `lib.platforms`.

    Type: `doubles :: AttrsOf [String]`
  */
  doubles = load ./doubles.nix;

  /**
    Platforms by names, for cross compilation.

    Type: `examples :: AttrsOf AttrSet`
  */
  examples = load ./examples.nix;

  /**
    The systems for which the outputs of a flake are made.

    Type: `flakeExposed :: [String]`
  */
  flakeExposed = import ./flake-systems.nix { };

  /**
    Questions about platforms.

    Type: `inspect :: AttrSet`
  */
  inspect = load ./inspect.nix;

  /**
    From strings to components of platforms, and back.

    Type: `parse :: AttrSet`
  */
  parse = load ./parse.nix;

  /**
    What GCC is told about processors by default.

    Type: `platforms :: AttrSet`
  */
  platforms = load ./platforms.nix;

  /**
    Everything that is known about a platform.

    Inputs: a string such as `x86_64-linux`, or a set with `system` or `config`, of which the second tells
    more, and with whatever is to be different from what would be inferred.

    Type: `elaborate :: (String | AttrSet) -> Platform`

    Example: `(systems.elaborate "aarch64-linux").config` => `"aarch64-unknown-linux-gnu"`
  */
  inherit (elaboration) elaborate;

  /**
    The attributes of a platform that are functions, and are not compared.

    Type: `functionNames :: [String]`
  */
  inherit (elaboration) functionNames;

  /**
    Whether two elaborated platforms are the same.

    Inputs: the platforms.

    Type: `equals :: Platform -> Platform -> Bool`

    Example: `systems.equals (systems.elaborate "x86_64-linux") (systems.elaborate "i686-linux")` => `false`
  */
  equals = a: b: a._withoutFunctions == b._withoutFunctions;

  /**
    A platform, given as a string or a set, as a set.

    Inputs: the platform.

    Type: `systemToAttrs :: (String | AttrSet) -> AttrSet`

    Example: `systems.systemToAttrs "x86_64-linux"` => `{ system = "x86_64-linux"; }`
  */
  systemToAttrs = platform: if isAttrs platform then platform else { system = platform; };
}
