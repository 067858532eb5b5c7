# The components that platforms are made of. Each has its name and the type that it is a value of.
{ lib }:
let
  inherit (builtins) mapAttrs;
  inherit (lib.types) setType;

  ofType = type: mapAttrs (name: value: setType type ({ inherit name; } // value));

  names = type: list: ofType type (lib.genAttrs list (_: { }));

  significantBytes = names "significant-byte" [
    "bigEndian"
    "littleEndian"
  ];

  inherit (significantBytes) bigEndian littleEndian;

  cpu = significantByte: family: bits: { inherit bits family significantByte; };
  little = cpu littleEndian;
  big = cpu bigEndian;

  arm =
    version: arch:
    little "arm" 32
    // {
      inherit arch version;
    };

  x86 = bits: arch: little "x86" bits // { inherit arch; };

  cpus = ofType "cpu-type" {
    aarch64 = little "arm" 64 // {
      arch = "armv8-a";
      version = "8";
    };
    aarch64_be = big "arm" 64 // {
      arch = "armv8-a";
      version = "8";
    };
    alpha = little "alpha" 64;
    arc = little "arc" 32;
    arm = little "arm" 32;
    armv5tel = arm "5" "armv5t";
    armv6l = arm "6" "armv6";
    armv6m = arm "6" "armv6-m";
    armv7a = arm "7" "armv7-a";
    armv7l = arm "7" "armv7";
    armv7m = arm "7" "armv7-m";
    armv7r = arm "7" "armv7-r";
    armv8a = arm "8" "armv8-a";
    armv8m = arm "8" "armv8-m";
    armv8r = arm "8" "armv8-a";
    avr = {
      bits = 8;
      family = "avr";
    };
    i386 = x86 32 "i386";
    i486 = x86 32 "i486";
    i586 = x86 32 "i586";
    i686 = x86 32 "i686";
    javascript = little "javascript" 32;
    loongarch64 = little "loongarch" 64;
    m68k = big "m68k" 32;
    microblaze = big "microblaze" 32;
    microblazeel = little "microblaze" 32;
    mips = big "mips" 32;
    mips64 = big "mips" 64;
    mips64el = little "mips" 64;
    mipsel = little "mips" 32;
    mmix = big "mmix" 64;
    msp430 = little "msp430" 16;
    or1k = big "or1k" 32;
    powerpc = big "power" 32;
    powerpc64 = big "power" 64;
    powerpc64le = little "power" 64;
    powerpcle = little "power" 32;
    riscv32 = little "riscv" 32;
    riscv64 = little "riscv" 64;
    rx = little "rx" 32;
    s390 = big "s390" 32;
    s390x = big "s390" 64;
    sh4 = little "sh" 32;
    sparc = big "sparc" 32;
    sparc64 = big "sparc" 64;
    vc4 = little "vc4" 32;
    wasm32 = little "wasm" 32;
    wasm64 = little "wasm" 64;
    x86_64 = x86 64 "x86-64";
  };

  execFormats = names "exec-format" [
    "aout"
    "elf"
    "macho"
    "pe"
    "unknown"
    "wasm"
  ];

  kernelFamilies = names "exec-format" [
    "bsd"
    "darwin"
  ];

  kernel = execFormat: families: {
    execFormat = execFormats.${execFormat};
    inherit families;
  };

  isBsd = { inherit (kernelFamilies) bsd; };
  isDarwin = { inherit (kernelFamilies) darwin; };

  kernels = ofType "kernel" {
    cygwin = kernel "pe" { };
    freebsd = kernel "elf" isBsd;
    genode = kernel "elf" { };
    ghcjs = kernel "unknown" { };
    ios = kernel "macho" isDarwin;
    linux = kernel "elf" { };
    macos = kernel "macho" isDarwin // {
      name = "darwin";
    };
    mmixware = kernel "unknown" { };
    netbsd = kernel "elf" isBsd;
    none = kernel "unknown" { };
    openbsd = kernel "elf" isBsd;
    redox = kernel "elf" { };
    solaris = kernel "elf" { };
    uefi = kernel "pe" { };
    wasi = kernel "wasm" { };
    windows = kernel "pe" { };
  };

  eabi = float: {
    inherit float;
    eabi = true;
  };

  ambiguous = onPlatform: message: {
    assertion = platform: !onPlatform platform;
    message = "${message}\n";
  };

  isArm32 = platform: platform.isAarch32;

  abis = ofType "abi" {
    android.assertions = [
      (ambiguous isArm32 ''The "android" ABI is not for 32-bit ARM. Use "androideabi" instead.'')
    ];
    androideabi.eabi = true;
    eabi = eabi "soft";
    eabihf = eabi "hard";
    elf = { };
    gnu.assertions = [
      (ambiguous isArm32 ''The "gnu" ABI is ambiguous on 32-bit ARM. Use "gnueabi" or "gnueabihf" instead.'')
      (ambiguous (platform: platform.isPower64 && platform.isBigEndian)
        ''The "gnu" ABI is ambiguous on big-endian 64-bit PowerPC. Use "gnuabielfv2" or "gnuabielfv1" instead.''
      )
    ];
    gnuabi64.abi = "64";
    gnuabielfv1.abi = "elfv1";
    gnuabielfv2.abi = "elfv2";
    gnuabin32.abi = "n32";
    gnueabi = eabi "soft";
    gnueabihf = eabi "hard";
    msvc = { };
    musl = { };
    muslabi64.abi = "64";
    muslabin32.abi = "n32";
    musleabi = eabi "soft";
    musleabihf = eabi "hard";
    uclibc = { };
    uclibceabi = eabi "soft";
    uclibceabihf = eabi "hard";
    unknown = { };
  };
in
{
  inherit
    abis
    execFormats
    kernelFamilies
    significantBytes
    ;

  # Apple's name for the processor.
  cpuTypes = cpus // {
    arm64 = cpus.aarch64;
  };

  kernels = kernels // {
    darwin = kernels.macos;
    tvos = kernels.ios;
    watchos = kernels.ios;
    win32 = kernels.windows;
  };

  vendors = names "vendor" [
    "apple"
    "knuth"
    "none"
    "pc"
    "unknown"
    "w64"
  ];
}
