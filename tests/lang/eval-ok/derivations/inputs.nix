let a = derivation { name = "a"; system = "s"; builder = "b"; }; b = derivation { name = "b"; system = "s"; builder = "${a}/bin/sh"; src = builtins.toFile "s" "text"; }; in [ b.drvPath b.outPath ]
