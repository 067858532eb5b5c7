# lib.trivial and lib.fixedPoints
{ lib }:
let
  inherit (lib) trivial;
in
{
  arithmeticIsNixs = {
    expr = [
      (lib.add 1 2)
      (lib.sub 5 2)
      (lib.mul 2 3)
      (lib.div 7 2)
      (lib.ceil 1.2)
      (lib.floor 1.8)
    ];
    expected = [
      3
      3
      6
      3
      2
      1
    ];
  };

  bitOperations = {
    expr = [
      (lib.bitAnd 12 10)
      (lib.bitOr 12 10)
      (lib.bitXor 12 10)
      (lib.bitNot 0)
    ];
    expected = [
      8
      14
      6
      (-1)
    ];
  };

  kindsOfValues = {
    expr = [
      (lib.isBool true)
      (lib.isInt 1)
      (lib.isFloat 1.0)
      (lib.lessThan 1 2)
      (lib.pathExists ./default.nix)
    ];
    expected = lib.replicate 5 true;
  };

  seqEvaluatesTheHead = {
    expr = lib.seq { a = throw "inside"; } 1;
    expected = 1;
  };

  deepSeqEvaluatesEverything = {
    expr = lib.deepSeq { a = throw "inside"; } 1;
    throws = true;
  };

  readFileIsTheFile = {
    expr = lib.hasPrefix "# Runs the tests" (lib.readFile ./default.nix);
    expected = true;
  };

  genericClosureKeepsFirst = {
    expr = map (item: item.key) (
      lib.genericClosure {
        startSet = [ { key = 1; } ];
        operator = item: if item.key < 3 then [ { key = item.key + 1; } ] else [ ];
      }
    );
    expected = [
      1
      2
      3
    ];
  };

  orStopsEarly = {
    expr = lib."or" true (throw "not evaluated");
    expected = true;
  };

  andStopsEarly = {
    expr = lib.and false (throw "not evaluated");
    expected = false;
  };

  xorWantsBooleans = {
    expr = lib.xor false (throw "evaluated");
    throws = true;
  };

  modHasTheSignOfTheDividend = {
    expr = [
      (lib.mod (-7) 3)
      (lib.mod 7 (-3))
    ];
    expected = [
      (-1)
      1
    ];
  };

  functionArgsOfFunctors = {
    expr = lib.functionArgs { __functor = self: { a, b ? 1 }: a; };
    expected = {
      a = false;
      b = true;
    };
  };

  isFunctionOfFunctors = {
    expr = map lib.isFunction [
      (x: x)
      { __functor = self: x: x; }
      builtins.map
      { }
    ];
    expected = [
      true
      true
      true
      false
    ];
  };

  hexadecimalRoundTrip = {
    expr = map (n: lib.fromHexString (lib.toHexString n)) [
      0
      9
      10
      255
      9223372036854775807
    ];
    expected = [
      0
      9
      10
      255
      9223372036854775807
    ];
  };

  digitsOfNegativeNumbers = {
    expr = lib.toBaseDigits 10 (-1);
    throws = true;
  };

  digits = {
    expr = lib.toBaseDigits 2 10;
    expected = [
      1
      0
      1
      0
    ];
  };

  checkListOfEnumFindsStrangers = {
    expr = lib.checkListOfEnum "colors" [ "red" ] [ "blue" ] 1;
    throws = true;
  };

  throwIfThrows = {
    expr = lib.throwIf true "now" 1;
    throws = true;
  };

  throwIfNotThrows = {
    expr = lib.throwIfNot false "now" 1;
    throws = true;
  };

  versionIsReleaseAndSuffix = {
    expr = trivial.version == trivial.release + trivial.versionSuffix && lib.version == trivial.version;
    expected = true;
  };

  releaseIsAYearAndAMonth = {
    expr = builtins.match "[0-9]{2}\\.(05|11)" trivial.release != null;
    expected = true;
  };

  codeNameIsAWord = {
    expr = builtins.match "[A-Z][a-z]+" trivial.codeName != null;
    expected = true;
  };

  oldestReleaseIsSupported = {
    expr = lib.oldestSupportedReleaseIsAtLeast trivial.oldestSupportedRelease;
    expected = true;
  };

  futureReleaseIsNot = {
    expr = lib.oldestSupportedReleaseIsAtLeast 9999;
    expected = false;
  };

  revisionWithDefaultIsText = {
    expr = lib.isString (trivial.revisionWithDefault "unknown");
    expected = true;
  };

  modesAreBooleans = {
    expr = lib.isBool lib.inNixShell && lib.isBool lib.inPureEvalMode;
    expected = true;
  };

  deprecatedNamesStillWork = {
    expr = lib.isInOldestRelease 1803 && lib.nixpkgsVersion == lib.version;
    expected = true;
  };

  fixSharesTheResult = {
    expr = (lib.fix (self: { a = 1; b = self.a + 1; c = self.b + 1; })).c;
    expected = 3;
  };

  overlaysSeeTheFinalSet = {
    expr = lib.fix (
      lib.extends (final: previous: { a = 10; }) (final: {
        a = 1;
        b = final.a + 1;
      })
    );
    expected = {
      a = 10;
      b = 11;
    };
  };

  extendedSetsCanBeExtendedAgain = {
    expr =
      let
        first = lib.makeExtensible (self: {
          a = 1;
          b = self.a;
        });
        second = first.extend (final: previous: { a = previous.a + 1; });
        third = second.extend (final: previous: { a = previous.a + 1; });
      in
      [
        first.b
        second.b
        third.b
      ];
    expected = [
      1
      2
      3
    ];
  };

  extensionUnderAnotherName = {
    expr =
      ((lib.makeExtensibleWithCustomName "more" (self: { a = 1; })).more (final: previous: { b = 2; })).b;
    expected = 2;
  };

  toExtensionTakesAll = {
    expr =
      map (value: lib.toExtension value { f = 1; } { p = 2; })
        [
          { x = 0; }
          (previous: { x = previous.p; })
          (final: previous: { x = final.f + previous.p; })
        ];
    expected = [
      { x = 0; }
      { x = 2; }
      { x = 3; }
    ];
  };

  theLibraryCanBeExtended = {
    expr =
      let
        other = lib.extend (final: previous: { ours = previous.trivial.id 3; });
      in
      [
        other.ours
        (other.extend (final: previous: { ours = previous.ours + 1; })).ours
      ];
    expected = [
      3
      4
    ];
  };
}
