let d = derivation { name = "d"; system = "s"; builder = "b"; outputs = [ "out" "dev" ]; }; in [ d.outPath d.dev.outPath d.dev.outputName (map (x: x.outputName) d.all) "${d.dev}" ]
