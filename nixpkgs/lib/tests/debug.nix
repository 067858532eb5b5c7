# lib.debug: what is traced cannot be seen here, only what is returned.
{ lib }:
{
  tracesReturnValues = {
    expr = [
      (lib.trace "x" 1)
      (lib.traceIf true "x" 1)
      (lib.traceVal 1)
      (lib.traceValFn (x: "v${toString x}") 1)
      (lib.traceSeq [ 1 ] 1)
      (lib.traceSeqN 1 { a.b = throw "not evaluated"; } 1)
      (lib.traceValSeq 1)
      (lib.traceValSeqFn (x: x) 1)
      (lib.traceValSeqN 1 1)
      (lib.traceValSeqNFn (x: x) 1 1)
      (lib.traceFnSeqN 1 "f" (x: x) 1)
      (lib.addErrorContext "while testing" 1)
      (lib.info "x" 1)
      (lib.showWarnings [ "x" ] 1)
    ];
    expected = lib.replicate 14 1;
  };

  traceSeqEvaluates = {
    expr = lib.traceSeq { a = throw "evaluated"; } 1;
    throws = true;
  };

  failuresAreReported = {
    expr = lib.runTests {
      testRight = {
        expr = 1;
        expected = 1;
      };
      testWrong = {
        expr = 1;
        expected = 2;
      };
      ignored = throw "not looked at";
    };
    expected = [
      {
        name = "testWrong";
        expected = 2;
        result = 1;
      }
    ];
  };

  chosenTests = {
    expr = lib.runTests {
      tests = [ "some" ];
      some = {
        expr = 1;
        expected = 2;
      };
      testOther = throw "not looked at";
    };
    expected = [
      {
        name = "some";
        expected = 2;
        result = 1;
      }
    ];
  };

  failuresAreThrown = {
    expr = lib.debug.throwTestFailures {
      failures = [
        {
          name = "x";
          expected = 1;
          result = 2;
        }
      ];
    };
    throws = true;
  };

  positions = {
    expr = (lib.unsafeGetAttrPos "positions" (import ./debug.nix { inherit lib; })).file == toString ./debug.nix;
    expected = true;
  };
}
