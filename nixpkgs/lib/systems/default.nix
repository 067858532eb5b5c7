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
  architectures = load ./architectures.nix;
  doubles = load ./doubles.nix;
  examples = load ./examples.nix;
  flakeExposed = import ./flake-systems.nix { };
  inspect = load ./inspect.nix;
  parse = load ./parse.nix;
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
