# Answers to the questions of the Linux kernel's configuration.
{ lib }:
let
  inherit (lib) mkIf versionAtLeast versionOlder;

  answer = tristate: {
    inherit tristate;
    optional = false;
  };
in
{
  /**
    Built in.

    Type: `yes :: AttrSet`

    Example: `kernel.yes` => `{ tristate = "y"; optional = false; }`
  */
  yes = answer "y";

  /**
    Left out.

    Type: `no :: AttrSet`
  */
  no = answer "n";

  /**
    As a module.

    Type: `module :: AttrSet`
  */
  module = answer "m";

  /**
    As if nobody had said anything.

    Type: `unset :: AttrSet`
  */
  unset = answer null;

  /**
    An answer that the kernel may not know the question of.

    Inputs: the answer.

    Type: `option :: AttrSet -> AttrSet`

    Example: `(kernel.option kernel.yes).optional` => `true`
  */
  option = answer: answer // { optional = true; };

  /**
    An answer that is a text or a number.

    Inputs: the text.

    Type: `freeform :: String -> AttrSet`

    Example: `(kernel.freeform "64").freeform` => `"64"`
  */
  freeform = text: {
    freeform = text;
    optional = false;
  };

  /**
    Conditions on the kernel's version, for definitions of options: `whenAtLeast version`,
    `whenOlder version` and `whenBetween lowest tooHigh`.

    Inputs: the kernel's version.

    Type: `whenHelpers :: String -> AttrSet`

    Example: `((kernel.whenHelpers "6.1").whenAtLeast "5.0" 1).condition` => `true`
  */
  whenHelpers = version: {
    whenAtLeast = lowest: mkIf (versionAtLeast version lowest);
    whenOlder = tooHigh: mkIf (versionOlder version tooHigh);
    whenBetween =
      lowest: tooHigh: mkIf (versionAtLeast version lowest && versionOlder version tooHigh);
  };
}
