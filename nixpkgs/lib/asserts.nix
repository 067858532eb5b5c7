# Assertions that say what is wrong.
{ lib }:
let
  inherit (builtins)
    all
    concatStringsSep
    elem
    filter
    map
    ;

  show = lib.generators.toPretty { };

  assertMsg = condition: message: condition || throw message;
in
{
  /**
    A condition for `assert` whose failure is an error with a message.

    Inputs: the condition, then the message.

    Type: `assertMsg :: Bool -> String -> Bool`

    Example: `assertMsg true "never"` => `true`
  */
  inherit assertMsg;

  /**
    A condition for `assert`: a value is one of a list.

    Inputs: what the value is called, the value, and the list.

    Type: `assertOneOf :: String -> a -> [a] -> Bool`

    Example: `assertOneOf "library" "gnutls" [ "gnutls" "openssl" ]` => `true`
  */
  assertOneOf =
    name: value: allowed:
    assertMsg (elem value allowed) "${name} must be one of ${show allowed}, but is: ${show value}";

  /**
    A condition for `assert`: every value is one of a list.

    Inputs: what the values are called, the values, and the list.

    Type: `assertEachOneOf :: String -> [a] -> [a] -> Bool`

    Example: `asserts.assertEachOneOf "libraries" [ "gnutls" ] [ "gnutls" "openssl" ]` => `true`
  */
  assertEachOneOf =
    name: values: allowed:
    assertMsg (all (
      value: elem value allowed
    ) values) "each element in ${name} must be one of ${show allowed}, but is: ${show values}";

  /**
    A value, unless an assertion fails; with warnings, as the options `assertions` and `warnings` of
    NixOS hold them.

    Inputs: assertions `{ assertion; message; }`, warnings, and the value.

    Type: `checkAssertWarn :: [{ assertion :: Bool; message :: String; }] -> [String] -> a -> a`

    Example: `asserts.checkAssertWarn [ ] [ ] 3` => `3`
  */
  checkAssertWarn =
    assertions: warnings: value:
    let
      failed = filter (check: !check.assertion) assertions;
    in
    if failed == [ ] then
      lib.showWarnings warnings value
    else
      throw "\nFailed assertions:\n${concatStringsSep "\n" (map (check: "- ${check.message}") failed)}";
}
