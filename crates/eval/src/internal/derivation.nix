attrs@{ outputs ? [ "out" ], ... }:
let
  strict = derivationStrict attrs;
  shared = attrs // __listToAttrs named // {
    all = map (output: output.value) named;
    drvAttrs = attrs;
  };
  describe = outputName: {
    name = outputName;
    value = shared // {
      outPath = __getAttr outputName strict;
      drvPath = strict.drvPath;
      type = "derivation";
      inherit outputName;
    };
  };
  named = map describe outputs;
in
(__head named).value
