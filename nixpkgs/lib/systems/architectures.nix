# Processors as GCC's `-march` names them: what they can do, and whose programs they run.
{ ... }:
let
  inherit (builtins)
    concatMap
    elem
    filter
    foldl'
    listToAttrs
    map
    mapAttrs
    ;

  # For each processor those that it follows in the x86-64 and other families, nearest first. It runs their
  # programs, and those that they run.
  predecessors = {
    default = [ ];

    # x86-64 by level
    x86-64 = [ ];
    x86-64-v2 = [ "x86-64" ];
    x86-64-v3 = [ "x86-64-v2" ];
    x86-64-v4 = [ "x86-64-v3" ];

    # Intel
    nehalem = [ "x86-64-v2" ];
    westmere = [ "nehalem" ];
    sandybridge = [ "westmere" ];
    ivybridge = [ "sandybridge" ];
    haswell = [
      "ivybridge"
      "x86-64-v3"
    ];
    broadwell = [ "haswell" ];
    skylake = [ "broadwell" ];
    skylake-avx512 = [
      "skylake"
      "x86-64-v4"
    ];
    cannonlake = [ "skylake-avx512" ];
    icelake-client = [ "cannonlake" ];
    icelake-server = [ "icelake-client" ];
    cascadelake = [ "cannonlake" ];
    cooperlake = [ "cascadelake" ];
    tigerlake = [ "icelake-server" ];
    sapphirerapids = [ "tigerlake" ];
    emeraldrapids = [ "sapphirerapids" ];
    rocketlake = [ "x86-64-v4" ];
    alderlake = [ "skylake" ];
    sierraforest = [ "alderlake" ];

    # AMD
    btver1 = [ "x86-64" ];
    btver2 = [ "x86-64-v2" ];
    bdver1 = [ "x86-64-v2" ];
    bdver2 = [ "x86-64-v2" ];
    bdver3 = [ "x86-64-v2" ];
    bdver4 = [ "x86-64-v3" ];
    znver1 = [ "skylake" ];
    znver2 = [ "znver1" ];
    znver3 = [ "znver2" ];
    znver4 = [
      "znver3"
      "x86-64-v4"
    ];
    znver5 = [ "znver4" ];

    # 64-bit ARM
    armv8-a = [ ];
    "armv8.1-a" = [ "armv8-a" ];
    "armv8.2-a" = [ "armv8.1-a" ];
    "armv8.3-a" = [ "armv8.2-a" ];
    "armv8.4-a" = [ "armv8.3-a" ];
    "armv8.5-a" = [ "armv8.4-a" ];
    "armv8.6-a" = [ "armv8.5-a" ];
    "armv8.7-a" = [ "armv8.6-a" ];
    "armv8.8-a" = [ "armv8.7-a" ];
    "armv8.9-a" = [ "armv8.8-a" ];
    armv9-a = [ "armv8.5-a" ];
    "armv9.1-a" = [
      "armv9-a"
      "armv8.6-a"
    ];
    "armv9.2-a" = [
      "armv9.1-a"
      "armv8.7-a"
    ];
    "armv9.3-a" = [
      "armv9.2-a"
      "armv8.8-a"
    ];
    "armv9.4-a" = [ "armv9.3-a" ];
    cortex-a53 = [ "armv8-a" ];
    cortex-a72 = [ "armv8-a" ];
    cortex-a55 = [
      "armv8.2-a"
      "cortex-a53"
      "cortex-a72"
    ];
    cortex-a76 = [
      "armv8.2-a"
      "cortex-a53"
      "cortex-a72"
    ];
    ampere1 = [
      "armv8.6-a"
      "cortex-a55"
      "cortex-a76"
    ];
    ampere1a = [ "ampere1" ];
    ampere1b = [ "ampere1a" ];

    # LoongArch
    loongarch64 = [ ];
    "la64v1.0" = [ "loongarch64" ];
    "la64v1.1" = [ "la64v1.0" ];
    la464 = [ "la64v1.0" ];
    la664 = [
      "la464"
      "la64v1.1"
    ];

    # Others
    armv5te = [ ];
    armv6 = [ ];
    armv7-a = [ ];
    loongson2f = [ ];
    mips32 = [ ];
  };

  # All that a processor runs the programs of, by breadth.
  inferiors = mapAttrs (
    _: near:
    foldl' (seen: name: if elem name seen then seen else seen ++ [ name ]) near (
      concatMap (name: inferiors.${name}) near
    )
  ) predecessors;

  hasInferior = superior: inferior: elem inferior (inferiors.${superior} or [ ]);

  byFeatures = features: names: listToAttrs (map (name: { inherit name; value = features; }) names);

  # x86-64 processors with more than the least, in the order in which features are listed.
  x86With =
    extra:
    byFeatures (
      [
        "sse3"
        "ssse3"
        "sse4_1"
        "sse4_2"
      ]
      ++ filter (feature: elem feature extra) [
        "sse4a"
        "aes"
        "avx"
        "avx2"
        "avx512"
        "fma"
        "fma4"
      ]
    );

  avx2 = [
    "avx"
    "avx2"
    "fma"
  ];
  avx512 = avx2 ++ [ "avx512" ];
  bulldozer = [
    "aes"
    "avx"
    "fma"
    "fma4"
    "sse4a"
  ];
  zen = avx2 ++ [
    "aes"
    "sse4a"
  ];

  loong = extra: [ "fpu64" ] ++ extra;
  loong11 = [
    "div32"
    "frecipe"
    "lam-bh"
    "lamcas"
    "ld-seq-sa"
  ];

  features =
    byFeatures [ ] [
      "armv5te"
      "armv6"
      "armv7-a"
      "armv8-a"
      "default"
      "loongson2f"
      "mips32"
      "x86-64"
    ]
    // x86With [ ] [
      "btver1"
      "nehalem"
      "silvermont"
      "westmere"
      "x86-64-v2"
    ]
    // x86With [ "avx" ] [
      "ivybridge"
      "sandybridge"
    ]
    // x86With [ "aes" "avx" ] [ "btver2" ]
    // x86With avx2 [
      "broadwell"
      "haswell"
      "x86-64-v3"
    ]
    // x86With (avx2 ++ [ "aes" ]) [
      "alderlake"
      "sierraforest"
      "skylake"
    ]
    // x86With avx512 [ "x86-64-v4" ]
    // x86With (avx512 ++ [ "aes" ]) [
      "cannonlake"
      "cascadelake"
      "cooperlake"
      "emeraldrapids"
      "icelake-client"
      "icelake-server"
      "rocketlake"
      "sapphirerapids"
      "skylake-avx512"
      "tigerlake"
    ]
    // x86With bulldozer [
      "bdver1"
      "bdver2"
      "bdver3"
    ]
    // x86With (bulldozer ++ [ "avx2" ]) [ "bdver4" ]
    // x86With zen [
      "znver1"
      "znver2"
      "znver3"
    ]
    // x86With (zen ++ [ "avx512" ]) [
      "znver4"
      "znver5"
    ]
    // {
      loongarch64 = loong [ ];
      "la64v1.0" = loong [ "lsx" ];
      "la64v1.1" = loong [ "lsx" ] ++ loong11;
      la464 = loong [ "lsx" "lasx" ];
      la664 = loong [ "lsx" "lasx" ] ++ loong11;
    };
in
{
  /**
    What a processor can do, as `/proc/cpuinfo` names it.

    Type: `features :: AttrsOf [String]`

    Example: `systems.architectures.features.x86-64` => `[ ]`
  */
  inherit features;

  /**
    For each processor those whose programs it runs.

    Type: `inferiors :: AttrsOf [String]`

    Example: `systems.architectures.inferiors.x86-64-v3` => `[ "x86-64-v2" "x86-64" ]`
  */
  inherit inferiors;

  /**
    Whether a processor runs the programs of another one.

    Inputs: the processor, then the other.

    Type: `hasInferior :: String -> String -> Bool`

    Example: `systems.architectures.hasInferior "x86-64-v3" "x86-64"` => `true`
  */
  inherit hasInferior;

  /**
    Whether a processor runs the programs of another one, or of itself.

    Inputs: the processor, then the other.

    Type: `canExecute :: String -> String -> Bool`

    Example: `systems.architectures.canExecute "x86-64" "x86-64"` => `true`
  */
  canExecute = host: guest: host == guest || hasInferior host guest;

  /**
    For each question about features the function that answers it for a processor.

    Type: `predicates :: AttrsOf (String -> Bool)`

    Example: `systems.architectures.predicates.avx2Support "skylake"` => `true`
  */
  predicates = mapAttrs (_: feature: processor: elem feature (features.${processor} or [ ])) {
    aesSupport = "aes";
    avx2Support = "avx2";
    avx512Support = "avx512";
    avxSupport = "avx";
    fma4Support = "fma4";
    fmaSupport = "fma";
    lasxSupport = "lasx";
    lsxSupport = "lsx";
    sse3Support = "sse3";
    sse4_1Support = "sse4_1";
    sse4_2Support = "sse4_2";
    sse4_aSupport = "sse4a";
    ssse3Support = "ssse3";
  };
}
