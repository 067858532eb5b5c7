# Questions about platforms.
#
# A pattern is a set that the components of a platform must match, see `matchAttrs`, or a list of such sets
# of which one must match.
{ lib }:
let
  inherit (builtins)
    any
    attrValues
    concatMap
    filter
    intersectAttrs
    isList
    map
    mapAttrs
    removeAttrs
    toJSON
    ;
  inherit (lib)
    genAttrs
    hasPrefix
    matchAttrs
    recursiveUpdateUntil
    toList
    ;
  inherit (lib.systems.parse)
    cpuTypes
    execFormats
    kernelFamilies
    kernels
    significantBytes
    ;

  # Without the functions in them, which are never equal.
  abis = mapAttrs (_: abi: removeAttrs abi [ "assertions" ]) lib.systems.parse.abis;

  family = name: { cpu.family = name; };
  sized = name: bits: {
    cpu = {
      family = name;
      inherit bits;
    };
  };
  kernel = name: { kernel = kernels.${name}; };
  kernelFamily = name: { kernel.families = { ${name} = kernelFamilies.${name}; }; };
  format = name: { kernel.execFormat = execFormats.${name}; };
  oneOfAbis = map (name: {
    abi = abis.${name};
  });

  patterns = {
    # Processors
    is32bit.cpu.bits = 32;
    is64bit.cpu.bits = 64;
    isAarch = family "arm";
    isAarch32 = sized "arm" 32;
    isAarch64 = sized "arm" 64;
    isAlpha = family "alpha";
    isArc = family "arc";
    isArmv7 = map (cpu: { cpu = { inherit (cpu) arch; }; }) (
      filter (cpu: hasPrefix "armv7" cpu.arch or "") (attrValues cpuTypes)
    );
    isAvr = family "avr";
    isBigEndian.cpu.significantByte = significantBytes.bigEndian;
    isJavaScript.cpu = cpuTypes.javascript;
    isLittleEndian.cpu.significantByte = significantBytes.littleEndian;
    isLoongArch64 = sized "loongarch" 64;
    isM68k = family "m68k";
    isMicroBlaze = family "microblaze";
    isMips = family "mips";
    isMips32 = sized "mips" 32;
    isMips64 = sized "mips" 64;
    isMmix = family "mmix";
    isMsp430 = family "msp430";
    isOr1k = family "or1k";
    isPower = family "power";
    isPower64 = sized "power" 64;
    isRiscV = family "riscv";
    isRiscV32 = sized "riscv" 32;
    isRiscV64 = sized "riscv" 64;
    isRx = family "rx";
    isS390 = family "s390";
    isS390x = sized "s390" 64;
    isSh4 = family "sh";
    isSparc = family "sparc";
    isSparc64 = sized "sparc" 64;
    isVc4 = family "vc4";
    isWasm = family "wasm";
    isi686.cpu = cpuTypes.i686;
    isx86 = family "x86";
    isx86_32 = sized "x86" 32;
    isx86_64 = sized "x86" 64;

    # Processors for which there is UEFI firmware
    isEfi = [
      (family "loongarch")
      (family "riscv")
      (family "x86")
    ]
    ++
      map
        (version: {
          cpu = {
            family = "arm";
            inherit version;
          };
        })
        [
          "6"
          "7"
          "8"
        ];

    # Kernels
    isBSD = kernelFamily "bsd";
    isCygwin = kernel "cygwin";
    isDarwin = kernelFamily "darwin";
    isFreeBSD.kernel.name = "freebsd";
    isGenode = kernel "genode";
    isGhcjs = kernel "ghcjs";
    isLinux = kernel "linux";
    isMacOS = kernel "macos";
    isNetBSD = kernel "netbsd";
    isNone = kernel "none";
    isOpenBSD = kernel "openbsd";
    isRedox = kernel "redox";
    isSunOS = kernel "solaris";
    isUefi = [ (kernel "uefi") ];
    isUnix = [
      patterns.isBSD
      patterns.isCygwin
      patterns.isDarwin
      patterns.isLinux
      patterns.isRedox
      patterns.isSunOS
    ];
    isWasi = kernel "wasi";
    isWindows = kernel "windows";
    isiOS = kernel "ios";

    # Formats of programs
    isElf = format "elf";
    isMacho = format "macho";
    isPE = format "pe";

    # ABIs
    isAbiElfv1.abi.abi = "elfv1";
    isAbiElfv2 = [
      { abi.abi = "elfv2"; }
      (sized "power" 64 // { abi.name = "musl"; })
    ];
    isAndroid = oneOfAbis [
      "android"
      "androideabi"
    ];
    isEabi.abi.eabi = true;
    isGnu = oneOfAbis [
      "gnuabi64"
      "gnuabin32"
      "gnu"
      "gnueabi"
      "gnueabihf"
      "gnuabielfv1"
      "gnuabielfv2"
    ];
    isILP32 = [
      (sized "wasm" 32)
      { abi.abi = "n32"; }
      { abi.abi = "ilp32"; }
      { abi.abi = "x32"; }
    ];
    isMinGW = kernel "windows" // {
      abi = abis.gnu;
    };
    isMips64n32 = sized "mips" 64 // {
      abi.abi = "n32";
    };
    isMips64n64 = sized "mips" 64 // {
      abi.abi = "64";
    };
    isMsvc = kernel "windows" // {
      abi = abis.msvc;
    };
    isMusl = oneOfAbis [
      "musl"
      "musleabi"
      "musleabihf"
      "muslabin32"
      "muslabi64"
    ];
    isUClibc = oneOfAbis [
      "uclibc"
      "uclibceabi"
      "uclibceabihf"
    ];
  };

  matchAnyAttrs =
    pattern:
    if isList pattern then
      set: any (alternative: matchAttrs alternative set) pattern
    else
      matchAttrs pattern;
in
{
  /**
    The patterns, for `meta.platforms` and the like.

    Type: `patterns :: AttrsOf Pattern`

    Example: `systems.inspect.patterns.is64bit` => `{ cpu.bits = 64; }`
  */
  inherit patterns;

  /**
    Whether a set matches a pattern.

    Inputs: the pattern, then the set.

    Type: `matchAnyAttrs :: (AttrSet | [AttrSet]) -> AttrSet -> Bool`

    Example: `systems.inspect.matchAnyAttrs [ { a = 1; } { a = 2; } ] { a = 2; }` => `true`
  */
  inherit matchAnyAttrs;

  /**
    For each pattern the function that says whether a platform's components match.

    Type: `predicates :: AttrsOf (ParsedPlatform -> Bool)`

    Example: `systems.inspect.predicates.isLinux (systems.parse.mkSystemFromString "x86_64-linux")` => `true`
  */
  predicates = mapAttrs (_: matchAnyAttrs) patterns;

  /**
    Two patterns as one, which matches what both match as long as they speak of different attributes, or
    say the same. Where they contradict each other is an error.

    Inputs: the patterns.

    Type: `patternLogicalAnd :: Pattern -> Pattern -> [AttrSet]`

    Example: `systems.inspect.patternLogicalAnd { cpu.bits = 64; } { abi.name = "musl"; }` => `[ { cpu.bits = 64; abi.name = "musl"; } ]`
  */
  patternLogicalAnd =
    a: b:
    let
      replaces =
        path: left: right:
        intersectAttrs left right == { }
        || left == right
        || throw ''
          pattern conflict at path ${toString path}:
            ${toJSON left}
            ${toJSON right}
        '';
    in
    concatMap (left: map (recursiveUpdateUntil replaces left) (toList b)) (toList a);

  /**
    Patterns for whole platforms, not for their components.

    Type: `platformPatterns :: AttrsOf AttrSet`

    Example: `systems.inspect.platformPatterns.isStatic` => `{ parsed = { }; isStatic = true; }`
  */
  platformPatterns = genAttrs [ "isStatic" ] (name: {
    parsed = { };
    ${name} = true;
  });
}
