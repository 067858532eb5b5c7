# What importing a derivation's file gives: `attrs` holds its drvPath, its name, the names of its outputs, and the path of each.
attrs@{ drvPath, name, outputs, ... }:
let
  commonAttrs = __listToAttrs outputsList // {
    all = map (x: x.value) outputsList;
    inherit drvPath name;
    type = "derivation";
  };

  outputsList = map (x: {
    name = x;
    value = commonAttrs // {
      outPath = __getAttr x attrs;
      outputName = x;
    };
  }) outputs;
in
(__head outputsList).value
