# Tests as modules: `runTest test` is the derivation that runs the test, `evalTest test` its whole evaluation.
{ lib }:
let
  # The options of a test.
  testModules = [
    ./call.nix
    ./driver.nix
    ./interactive.nix
    ./legacy.nix
    ./meta.nix
    ./name.nix
    ./network.nix
    ./nodes.nix
    ./run.nix
    ./test-script.nix
  ];

  evalTest =
    module:
    lib.evalModules {
      modules = testModules ++ [ module ];
      class = "nixosTest";
    };

  runTest =
    module:
    (evalTest (
      { config, ... }:
      {
        imports = [ module ];
        result = config.test;
      }
    )).config.result;
in
{
  inherit evalTest runTest testModules;
}
