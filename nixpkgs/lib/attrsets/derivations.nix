# Sets that are derivations, and their outputs.
{ lib }:
let
  inherit (builtins)
    filter
    head
    storePath
    substring
    ;

  # `outputSpecified` says that somebody chose an output already, as in `openssl.dev`.
  isChosen = pkg: pkg.outputSpecified or false;

  getOutput =
    output: pkg: if isChosen pkg then pkg else pkg.${output} or pkg.out or pkg;

  getFirstOutput =
    outputs: pkg:
    let
      present = filter (name: pkg ? ${name}) outputs;
    in
    if isChosen pkg || present == [ ] then pkg else pkg.${head present};

  getDev = getOutput "dev";
in
{
  /**
    Whether a value is a derivation.

    Inputs: any value.

    Type: `isDerivation :: Any -> Bool`

    Example: `isDerivation { type = "derivation"; }` => `true`
  */
  isDerivation = value: value.type or null == "derivation";

  /**
    A store path dressed as a derivation, for functions that want one. It has no `drvPath`.

    Inputs: a path in the store that exists.

    Type: `toDerivation :: Path -> Derivation`
  */
  toDerivation =
    path:
    let
      outPath = storePath path;
      self = {
        type = "derivation";
        # After the hash of 32 characters and a dash.
        name = lib.strings.sanitizeDerivationName (substring 33 (-1) (baseNameOf outPath));
        inherit outPath;
        outputs = [ "out" ];
        out = self;
        outputName = "out";
      };
    in
    self;

  /**
    One output of a package: the named one, else `out`, else the package itself. A package whose
    output was chosen already stays as it is.

    Inputs: the output's name, then the package.

    Type: `getOutput :: String -> Derivation -> Derivation`

    Example: `getOutput "dev" { out = "o"; dev = "d"; }` => `"d"`
  */
  inherit getOutput;

  /**
    The first of several outputs that a package has, else the package itself.

    Inputs: the names of outputs, then the package.

    Type: `getFirstOutput :: [String] -> Derivation -> Derivation`

    Example: `getFirstOutput [ "include" "dev" ] { out = "o"; dev = "d"; }` => `"d"`
  */
  inherit getFirstOutput;

  /**
    The output with programs.

    Type: `getBin :: Derivation -> Derivation`

    Example: `getBin { out = "o"; bin = "b"; }` => `"b"`
  */
  getBin = getOutput "bin";

  /**
    The output with shared libraries.

    Type: `getLib :: Derivation -> Derivation`

    Example: `getLib { out = "o"; lib = "l"; }` => `"l"`
  */
  getLib = getOutput "lib";

  /**
    The output with static libraries.

    Type: `getStatic :: Derivation -> Derivation`

    Example: `getStatic { out = "o"; lib = "l"; }` => `"l"`
  */
  getStatic = getFirstOutput [
    "static"
    "lib"
    "out"
  ];

  /**
    The output for development.

    Type: `getDev :: Derivation -> Derivation`

    Example: `getDev { out = "o"; }` => `"o"`
  */
  inherit getDev;

  /**
    The output with header files.

    Type: `getInclude :: Derivation -> Derivation`

    Example: `getInclude { out = "o"; dev = "d"; }` => `"d"`
  */
  getInclude = getFirstOutput [
    "include"
    "dev"
    "out"
  ];

  /**
    The output with manual pages.

    Type: `getMan :: Derivation -> Derivation`

    Example: `getMan { out = "o"; man = "m"; }` => `"m"`
  */
  getMan = getOutput "man";

  /**
    The development outputs of several packages.

    Type: `chooseDevOutputs :: [Derivation] -> [Derivation]`

    Example: `chooseDevOutputs [ { out = "o"; dev = "d"; } ]` => `[ "d" ]`
  */
  chooseDevOutputs = map getDev;

  /**
    Mark a set so that tools which list packages look into it.

    Inputs: the set.

    Type: `recurseIntoAttrs :: AttrSet -> AttrSet`

    Example: `recurseIntoAttrs { a = 1; }` => `{ a = 1; recurseForDerivations = true; }`
  */
  recurseIntoAttrs = set: set // { recurseForDerivations = true; };

  /**
    Undo `recurseIntoAttrs`.

    Inputs: the set.

    Type: `dontRecurseIntoAttrs :: AttrSet -> AttrSet`

    Example: `dontRecurseIntoAttrs { a = 1; }` => `{ a = 1; recurseForDerivations = false; }`
  */
  dontRecurseIntoAttrs = set: set // { recurseForDerivations = false; };
}
