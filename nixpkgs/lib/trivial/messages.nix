# Warnings and errors.
{ lib }:
let
  inherit (builtins) concatStringsSep trace warn;

  unchanged = value: value;
in
{
  /**
    Print a warning on stderr when the value is evaluated. With the setting `abort-on-warn` it is an error.

    Inputs: `message` is a string; `value` is the result.

    Type: `warn :: String -> a -> a`

    Example: `warn "this is old" 3` => `3`
  */
  inherit warn;

  /**
    `warn` when a condition holds, else the value as it is.

    Inputs: `condition`, `message`, and the value.

    Type: `warnIf :: Bool -> String -> a -> a`

    Example: `warnIf false "never shown" 3` => `3`
  */
  warnIf = condition: message: if condition then warn message else unchanged;

  /**
    `warn` when a condition does not hold, else the value as it is.

    Inputs: `condition`, `message`, and the value.

    Type: `warnIfNot :: Bool -> String -> a -> a`

    Example: `warnIfNot true "never shown" 3` => `3`
  */
  warnIfNot = condition: message: if condition then unchanged else warn message;

  /**
    An error when a condition does not hold, else the value as it is. Unlike `assert` it chains: several calls can
    stand in front of one value.

    Inputs: `condition`, `message`, and the value.

    Type: `throwIfNot :: Bool -> String -> a -> a`

    Example: `throwIfNot (1 < 2) "order is gone" 3` => `3`
  */
  throwIfNot = condition: message: if condition then unchanged else throw message;

  /**
    An error when a condition holds, else the value as it is.

    Inputs: `condition`, `message`, and the value.

    Type: `throwIf :: Bool -> String -> a -> a`

    Example: `throwIf (2 < 1) "order is gone" 3` => `3`
  */
  throwIf = condition: message: if condition then throw message else unchanged;

  /**
    An error when a list holds anything that is not among the valid values.

    Inputs: `message` opens the error; `valid` are the allowed elements, `given` the ones to check; then the value.

    Type: `checkListOfEnum :: String -> [a] -> [a] -> b -> b`

    Example: `checkListOfEnum "colors" [ "red" "blue" ] [ "blue" ] 3` => `3`
  */
  checkListOfEnum =
    message: valid: given:
    let
      unexpected = lib.subtractLists valid given;
      show = values: concatStringsSep ", " (map toString values);
    in
    if unexpected == [ ] then
      unchanged
    else
      throw "${message}: ${show unexpected} unexpected; valid ones: ${show valid}";

  /**
    Print a remark on stderr when the value is evaluated.

    Inputs: `message`, and the value.

    Type: `info :: String -> a -> a`

    Example: `info "halfway" 3` => `3`
  */
  info = message: trace "INFO: ${message}";

  /**
    Print several warnings, in the order of the list, when the value is evaluated.

    Inputs: `warnings` is a list of messages; then the value.

    Type: `showWarnings :: [String] -> a -> a`

    Example: `showWarnings [ ] 3` => `3`
  */
  showWarnings = warnings: value: lib.foldr warn value warnings;
}
