/**
  A derivation: the set *drvAttrs* with the paths of its outputs and of the derivation itself.

  The attributes `name`, `system` and `builder` are required; `args` are the builder's arguments, `outputs` (by default
  `[ "out" ]`) the names of what it makes, and all others its environment. The derivation is written to the store when
  `drvPath` or the path of an output is asked for; it is built by whoever needs an output.
*/
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
