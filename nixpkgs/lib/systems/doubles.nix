# The strings that Nix calls platforms by, and groups of them.
{ lib }:
let
  inherit (builtins)
    concatLists
    filter
    map
    mapAttrs
    ;
  inherit (lib.systems.inspect) predicates;
  inherit (lib.systems.parse)
    abis
    kernels
    mkSystemFromString
    ;

  of = kernel: map (cpu: "${cpu}-${kernel}");

  all = concatLists [
    (of "cygwin" [
      "i686"
      "x86_64"
    ])
    (of "darwin" [
      "x86_64"
      "aarch64"
    ])
    (of "freebsd" [
      "i686"
      "x86_64"
      "aarch64"
    ])
    (of "genode" [
      "aarch64"
      "i686"
      "x86_64"
    ])
    (of "solaris" [ "x86_64" ])
    (of "ghcjs" [ "javascript" ])
    (of "linux" [
      "aarch64"
      "arc"
      "armv5tel"
      "armv6l"
      "armv7a"
      "armv7l"
      "i686"
      "loongarch64"
      "m68k"
      "sh4"
      "microblaze"
      "microblazeel"
      "mips"
      "mips64"
      "mips64el"
      "mipsel"
      "powerpc"
      "powerpc64"
      "powerpc64le"
      "riscv32"
      "riscv64"
      "s390"
      "s390x"
      "x86_64"
    ])
    (of "mmixware" [ "mmix" ])
    (of "netbsd" [
      "aarch64"
      "armv6l"
      "armv7a"
      "armv7l"
      "i686"
      "m68k"
      "mipsel"
      "powerpc"
      "riscv32"
      "riscv64"
      "x86_64"
    ])
    (of "none" [
      "aarch64_be"
      "aarch64"
      "arm"
      "armv6l"
      "avr"
      "i686"
      "microblaze"
      "microblazeel"
      "mips"
      "mips64"
      "msp430"
      "or1k"
      "m68k"
      "powerpc"
      "powerpcle"
      "riscv32"
      "riscv64"
      "rx"
      "s390"
      "s390x"
      "vc4"
      "x86_64"
    ])
    (of "openbsd" [
      "i686"
      "x86_64"
    ])
    (of "redox" [ "x86_64" ])
    (of "wasi" [
      "wasm64"
      "wasm32"
    ])
    (of "windows" [
      "aarch64"
      "x86_64"
      "i686"
    ])
    (of "uefi" [
      "aarch64"
      "x86_64"
    ])
  ];

  parsed = map (double: {
    inherit double;
    system = mkSystemFromString double;
  }) all;

  matching = predicate: map (entry: entry.double) (filter (entry: predicate entry.system) parsed);

  gnuAbis = [
    abis.gnu
    abis.gnuabi64
    abis.gnuabielfv1
    abis.gnuabielfv2
    abis.gnuabin32
    abis.gnueabi
    abis.gnueabihf
  ];
in
{
  inherit all;

  none = [ ];

  gnu = matching (system: system.kernel == kernels.linux && lib.elem system.abi gnuAbis);
}
// mapAttrs (_: question: matching predicates.${question}) {
  aarch = "isAarch";
  aarch64 = "isAarch64";
  arc = "isArc";
  arm = "isAarch32";
  armv7 = "isArmv7";
  bigEndian = "isBigEndian";
  cygwin = "isCygwin";
  darwin = "isDarwin";
  embedded = "isNone";
  freebsd = "isFreeBSD";
  genode = "isGenode";
  i686 = "isi686";
  illumos = "isSunOS";
  js = "isJavaScript";
  linux = "isLinux";
  littleEndian = "isLittleEndian";
  loongarch64 = "isLoongArch64";
  m68k = "isM68k";
  microblaze = "isMicroBlaze";
  mips = "isMips";
  mmix = "isMmix";
  netbsd = "isNetBSD";
  openbsd = "isOpenBSD";
  or1k = "isOr1k";
  power = "isPower";
  redox = "isRedox";
  riscv = "isRiscV";
  riscv32 = "isRiscV32";
  riscv64 = "isRiscV64";
  rx = "isRx";
  s390 = "isS390";
  s390x = "isS390x";
  sh4 = "isSh4";
  uefi = "isUefi";
  unix = "isUnix";
  vc4 = "isVc4";
  wasi = "isWasi";
  windows = "isWindows";
  x86 = "isx86";
  x86_64 = "isx86_64";
}
