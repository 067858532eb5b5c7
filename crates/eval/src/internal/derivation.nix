drvAttrs@{ outputs ? [ "out" ], ... }:
let
  # Names and paths of the outputs; writes the derivation.
  strict = derivationStrict drvAttrs;

  commonAttrs = drvAttrs // __listToAttrs outputsList // {
    all = map (x: x.value) outputsList;
    inherit drvAttrs;
  };

  outputsList = map (x: {
    name = x;
    value = commonAttrs // {
      outPath = __getAttr x strict;
      drvPath = strict.drvPath;
      type = "derivation";
      outputName = x;
    };
  }) outputs;
in
(__head outputsList).value
