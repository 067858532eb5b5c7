# `import ./make-test-python.nix ({ pkgs, … }: { name; nodes; testScript; })`: a test that is called with a system.
test:
{
  system ? builtins.currentSystem,
  pkgs ? import ../.. { inherit system; config = { }; overlays = [ ]; },
  ...
}@args:
let
  testing = import ../lib/testing-python.nix { inherit system pkgs; };
in
testing.makeTest (
  if pkgs.lib.isFunction test then
    test (
      args
      // {
        inherit pkgs system;
        inherit (pkgs) lib;
      }
    )
  else
    test
)
