# Derivations of every kind. Nix 2.34 with the experimental features ca-derivations,
# dynamic-derivations, impure-derivations and git-hashing made the data next to this file:
#   nix-instantiate derivations.nix          the closure of what it prints is in derivations/
#   nix derivation show -r PATH…             is in derivations.json
let
  d = args: derivation ({ system = "x86_64-linux"; builder = "/bin/sh"; } // args);
  plain = d { name = "plain"; };
  multi = d { name = "multi"; outputs = [ "out" "dev" "lib-x" ]; foo = "a\"b\\c\nd\te\rf é $x ''"; args = [ "-c" "echo \"hi\" > $out" "" ]; };
  fixedFlat = d { name = "fixed-flat"; outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; };
  fixedNar = d { name = "fixed-nar"; outputHashMode = "recursive"; outputHashAlgo = "sha1"; outputHash = "da39a3ee5e6b4b0d3255bfef95601890afd80709"; };
  fixedMd5 = d { name = "fixed-md5"; outputHashMode = "flat"; outputHashAlgo = "md5"; outputHash = "d41d8cd98f00b204e9800998ecf8427e"; };
  fixed512 = d { name = "fixed-sha512"; outputHashAlgo = "sha512"; outputHash = "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"; };
  fixedText = d { name = "fixed-text"; outputHashMode = "text"; outputHashAlgo = "sha256"; outputHash = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; };
  fixedGit = d { name = "fixed-git"; outputHashMode = "git"; outputHashAlgo = "sha1"; outputHash = "da39a3ee5e6b4b0d3255bfef95601890afd80709"; };
  floating = d { name = "floating"; __contentAddressed = true; outputHashMode = "recursive"; outputHashAlgo = "sha256"; outputs = [ "out" "doc" ]; };
  floatingFlat = d { name = "floating-flat"; __contentAddressed = true; outputHashMode = "flat"; outputHashAlgo = "sha1"; };
  impure = d { name = "impure"; __impure = true; outputHashMode = "recursive"; outputHashAlgo = "sha256"; };
  deferred = d { name = "deferred"; dep = floating; dep2 = floating.doc; outputs = [ "out" "man" ]; };
  deferred2 = d { name = "deferred2"; dep = deferred.man; };
  ondep = d { name = "on-deps"; inherit plain; dev = multi.dev; lib = multi.lib-x; x = fixedFlat; y = fixedNar; src = builtins.toFile "src" "hello"; };
  ondep2 = d { name = "on-deps-2"; a = ondep; b = plain; c = "${multi.dev}${multi}"; };
  structured = d { name = "structured"; __structuredAttrs = true; outputs = [ "out" "bin" ]; nested = { b = [ 1 2.5 null true "x\"\\\n\u00e9" ]; a = { }; }; big = 9223372036854775807; neg = -5; flt = 1.0e-5; flt2 = 1.0e16; flt3 = 123456.75; flt4 = 1.0e15; flt5 = 0.1; dep = plain; s = "é\t\u007f\b\f"; };
  oldJson = d { name = "old-json"; __json = builtins.toJSON { z = 1; a = "x"; }; };
  dynProducer = d { name = "dyn.drv"; __contentAddressed = true; outputHashMode = "text"; outputHashAlgo = "sha256"; };
  dynamic = d { name = "dynamic"; x = builtins.outputOf dynProducer.outPath "out"; y = builtins.outputOf (builtins.outputOf dynProducer.outPath "a") "b"; z = plain; };
  dynamic2 = d { name = "dynamic2"; x = builtins.outputOf dynProducer.outPath "out"; y = dynProducer; };
  drvdeep = d { name = "drvdeep"; x = builtins.toString ondep.drvPath; };
  drvdeepDisc = d { name = "drvdeep-d"; x = builtins.unsafeDiscardOutputDependency plain.drvPath; };
  emptyEnv = d { name = "empty-env"; "" = "x"; "a b" = "c"; "\"q\"" = "w"; __x = ""; };
in { inherit plain multi fixedFlat fixedNar fixedMd5 fixed512 fixedText fixedGit floating floatingFlat impure deferred deferred2 ondep ondep2 structured oldJson dynProducer dynamic dynamic2 drvdeep drvdeepDisc emptyEnv; }
