# Runs the tests of this folder: `nix-instantiate --eval --strict nixpkgs/lib/tests` prints what failed, by file; all
# lists are empty when nothing did. `-A lists` runs one file.
#
# A file is a function from the library to a set of tests, each `{ expr; expected; }`, or `{ expr; throws = true; }`
# for an expression that must fail. What errors say is written in `errors.nix`, which is not run here: no expression
# can read a message.
let
  inherit (builtins)
    attrNames
    concatMap
    deepSeq
    filter
    listToAttrs
    readDir
    tryEval
    ;

  lib = import ../.;

  others = [
    "default.nix"
    "errors.nix"
  ];

  files = filter (name: lib.hasSuffix ".nix" name && !lib.elem name others) (attrNames (readDir ./.));

  fails = test: !(tryEval (deepSeq test.expr null)).success;

  failures =
    tests:
    concatMap (
      name:
      let
        test = tests.${name};
      in
      if test.throws or false then
        lib.optional (!fails test) {
          inherit name;
          problem = "did not fail";
        }
      else
        lib.optional (test.expr != test.expected) {
          inherit name;
          inherit (test) expected;
          result = test.expr;
        }
    ) (attrNames tests);
in
listToAttrs (
  map (
    name:
    lib.nameValuePair (lib.removeSuffix ".nix" name) (
      failures (import (./. + "/${name}") { inherit lib; })
    )
  ) files
)
