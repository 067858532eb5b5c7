# Look at values while they are evaluated, and test functions.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatMap
    concatStringsSep
    deepSeq
    elem
    foldl'
    isAttrs
    isList
    length
    map
    mapAttrs
    seq
    substring
    toJSON
    trace
    unsafeDiscardStringContext
    ;
  inherit (lib.generators) toPretty;
  inherit (lib.trivial) id;

  pretty = toPretty { allowPrettyValues = true; };

  traceValFn = f: value: trace (f value) value;

  # A value whose sets and lists below a depth are shown as such only.
  truncate =
    depth: value:
    let
      as = text: {
        __pretty = _: text;
        val = value;
      };
    in
    if isList value then
      if depth == 0 then as "[…]" else map (truncate (depth - 1)) value
    else if isAttrs value then
      if depth == 0 then as "{…}" else mapAttrs (_: truncate (depth - 1)) value
    else
      value;

  traceSeqN = depth: shown: trace (pretty (truncate depth shown));

  traceValSeqFn = f: value: traceValFn f (deepSeq value value);

  traceValSeqNFn =
    f: depth: value:
    traceSeqN depth (f value) value;
in
{
  inherit (builtins) addErrorContext trace unsafeGetAttrPos;

  /**
    Trace a message when a condition holds.

    Inputs: the condition, the message, and the value that is returned.

    Type: `traceIf :: Bool -> String -> a -> a`

    Example: `traceIf false "not shown" 3` => `3`
  */
  traceIf =
    condition: message: value:
    if condition then trace message value else value;

  /**
    Trace what a function makes of a value, and return the value.

    Inputs: the function, then the value.

    Type: `traceValFn :: (a -> b) -> a -> a`

    Example: `traceValFn (v: "my ${v}") "foo"` => `"foo"`
  */
  inherit traceValFn;

  /**
    Trace a value, and return it.

    Inputs: the value.

    Type: `traceVal :: a -> a`

    Example: `traceVal 42` => `42`
  */
  traceVal = traceValFn id;

  /**
    Trace a value that is evaluated deeply first.

    Inputs: the value to trace, then the one to return.

    Type: `traceSeq :: a -> b -> b`

    Example: `traceSeq { a = [ 1 ]; } 3` => `3`
  */
  traceSeq = shown: trace (deepSeq shown shown);

  /**
    Trace a value that is evaluated to a depth; what is deeper is abbreviated.

    Inputs: the depth, the value to trace, and the one to return.

    Type: `traceSeqN :: Int -> a -> b -> b`

    Example: `traceSeqN 2 { a.b.c = 3; } 4` => `4`
  */
  inherit traceSeqN;

  /**
    `traceValFn` of a value that is evaluated deeply first.

    Inputs: the function, then the value.

    Type: `traceValSeqFn :: (a -> b) -> a -> a`

    Example: `traceValSeqFn (v: v // { c = 1; }) { b = 2; }` => `{ b = 2; }`
  */
  inherit traceValSeqFn;

  /**
    `traceVal` of a value that is evaluated deeply first.

    Inputs: the value.

    Type: `traceValSeq :: a -> a`

    Example: `traceValSeq { a = 1; }` => `{ a = 1; }`
  */
  traceValSeq = traceValSeqFn id;

  /**
    Trace what a function makes of a value, evaluated to a depth, and return the value.

    Inputs: the function, the depth, and the value.

    Type: `traceValSeqNFn :: (a -> b) -> Int -> a -> a`

    Example: `traceValSeqNFn (v: v // { c = 1; }) 2 { b = 2; }` => `{ b = 2; }`
  */
  inherit traceValSeqNFn;

  /**
    `traceVal` of a value that is evaluated to a depth.

    Inputs: the depth, then the value.

    Type: `traceValSeqN :: Int -> a -> a`

    Example: `traceValSeqN 2 { a = 1; }` => `{ a = 1; }`
  */
  traceValSeqN = traceValSeqNFn id;

  /**
    Call a function, and trace its argument and its result to a depth.

    Inputs: the depth, a name for the function, the function, and the argument.

    Type: `traceFnSeqN :: Int -> String -> (a -> b) -> a -> b`

    Example: `traceFnSeqN 2 "id" (x: x) { a = 3; }` => `{ a = 3; }`
  */
  traceFnSeqN =
    depth: name: f: argument:
    let
      result = f argument;
    in
    traceSeqN (depth + 1) {
      fn = name;
      from = argument;
      to = result;
    } result;

  /**
    The failures of tests: those whose `expr` is not equal to `expected`.

    Inputs: a set of tests, of which those named `test…` are run; when it has an attribute `tests`, a
    list of names, only those named there are.

    Type: `runTests :: AttrsOf { expr :: a; expected :: a; } -> [{ name :: String; expected :: a; result :: a; }]`

    Example: `runTests { testAnd = { expr = and true false; expected = false; }; }` => `[ ]`
  */
  runTests =
    tests:
    let
      chosen = tests.tests or [ ];
      isChosen =
        name: if chosen == [ ] then substring 0 4 name == "test" else elem name chosen;
    in
    concatMap (
      name:
      let
        test = tests.${name};
      in
      if isChosen name && test.expr != test.expected then
        [
          {
            inherit name;
            inherit (test) expected;
            result = test.expr;
          }
        ]
      else
        [ ]
    ) (attrNames tests);

  /**
    An error that shows the failures that `runTests` found, each also traced; null when there are none.

    Inputs: `{ failures; description ? "tests"; }`.

    Type: `throwTestFailures :: { failures :: [AttrSet]; description ? String; } -> Null`

    Example: `debug.throwTestFailures { failures = [ ]; }` => `null`
  */
  throwTestFailures =
    {
      failures,
      description ? "tests",
      ...
    }:
    let
      # Without context: printing a derivation must not build it.
      show = value: unsafeDiscardStringContext (pretty value);
      report = failure: ''
        FAIL ${show failure.name}:
        Expected:
        ${show failure.expected}
        Result:
        ${show failure.result}
      '';
      traced = foldl' (_: failure: trace (report failure) null) null failures;
      names = concatStringsSep "\n- " (map (failure: failure.name) failures);
    in
    if failures == [ ] then
      null
    else
      throw (
        seq traced "${toString (length failures)} ${description} failed:\n- ${names}\n\n${toJSON failures}"
      );

  /**
    A test that all booleans of a list are true.

    Inputs: the list.

    Type: `testAllTrue :: [Bool] -> { expr :: [Bool]; expected :: [Bool]; }`

    Example: `testAllTrue [ false ]` => `{ expr = [ false ]; expected = [ true ]; }`
  */
  testAllTrue = expr: {
    inherit expr;
    expected = map (_: true) expr;
  };
}
