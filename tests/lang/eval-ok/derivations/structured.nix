let d = derivation { name = "d"; system = "s"; builder = "b"; __structuredAttrs = true; a.b = [ 1 null ]; c = "x"; }; in [ d.drvPath d.outPath ]
