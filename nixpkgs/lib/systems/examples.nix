# Platforms by names, to be given as the system that packages are made for.
{ lib }:
let
  inherit (lib.systems) platforms;

  linux = config: { inherit config; };

  gnu = cpu: linux "${cpu}-unknown-linux-gnu";

  musl = cpu: linux "${cpu}-unknown-linux-musl";

  # Without an operating system.
  bare = config: {
    inherit config;
    libc = "newlib";
  };

  llvm = config: {
    inherit config;
    useLLVM = true;
  };

  uefi =
    cpu:
    llvm "${cpu}-unknown-uefi"
    // {
      libc = null;
      linker = "lld";
    };

  android = config: {
    inherit config;
    androidNdkVersion = "27";
    androidSdkVersion = "35";
  };

  mingw = cpu: libc: {
    config = "${cpu}-w64-mingw32";
    inherit libc;
  };

  mingwLlvm =
    cpu:
    mingw cpu "ucrt"
    // {
      rust.rustcTarget = "${cpu}-pc-windows-gnullvm";
      useLLVM = true;
    };

  iphone = {
    darwinSdkVersion = "14.3";
    useiOSPrebuilt = true;
    xcodeVer = "12.3";
  };

  mac = config: {
    inherit config;
    platform = { };
    xcodePlatform = "MacOSX";
  };

  loongarch = lib.recursiveUpdate platforms.loongarch64-multiplatform (gnu "loongarch64");

  examples = {
    # Linux
    aarch64-multiplatform = gnu "aarch64";
    aarch64-multiplatform-musl = musl "aarch64";
    arc = gnu "arc";
    armv5tel-multiplatform = linux "armv5tel-unknown-linux-gnueabi";
    armv7l-hf-multiplatform = linux "armv7l-unknown-linux-gnueabihf";
    ben-nanonote = linux "mipsel-unknown-linux-uclibc" // platforms.ben_nanonote;
    bluefield2 = gnu "aarch64" // platforms.bluefield2;
    fuloongminipc = gnu "mipsel" // platforms.fuloong2f_n32;
    gnu32 = gnu "i686";
    gnu64 = gnu "x86_64";
    loongarch64-linux = loongarch;
    loongarch64-linux-embedded = lib.recursiveUpdate loongarch {
      gcc = {
        arch = "loongarch64";
        strict-align = true;
      };
    };
    m68k = gnu "m68k";
    mips-linux-gnu = gnu "mips" // platforms.gcc_mips32r2_o32;
    mips64-linux-gnuabi64 = linux "mips64-unknown-linux-gnuabi64" // platforms.gcc_mips64r2_64;
    mips64-linux-gnuabin32 = linux "mips64-unknown-linux-gnuabin32" // platforms.gcc_mips64r2_n32;
    mips64el-linux-gnuabi64 = linux "mips64el-unknown-linux-gnuabi64" // platforms.gcc_mips64r2_64;
    mips64el-linux-gnuabin32 =
      linux "mips64el-unknown-linux-gnuabin32" // platforms.gcc_mips64r2_n32;
    mipsel-linux-gnu = gnu "mipsel" // platforms.gcc_mips32r2_o32;
    musl-power = musl "powerpc64le";
    musl32 = musl "i686";
    musl64 = musl "x86_64";
    muslpi = linux "armv6l-unknown-linux-musleabihf" // platforms.raspberrypi;
    powernv = gnu "powerpc64le";
    ppc32 = gnu "powerpc" // {
      rust.rustcTarget = "powerpc-unknown-linux-gnu";
    };
    ppc64 = examples.ppc64-elfv2;
    ppc64-elfv1 = linux "powerpc64-unknown-linux-gnuabielfv1";
    ppc64-elfv2 = linux "powerpc64-unknown-linux-gnuabielfv2";
    ppc64-musl = musl "powerpc64" // {
      gcc.abi = "elfv2";
    };
    raspberryPi = linux "armv6l-unknown-linux-gnueabihf" // platforms.raspberrypi;
    remarkable1 = linux "armv7l-unknown-linux-gnueabihf" // platforms.zero-gravitas;
    remarkable2 = linux "armv7l-unknown-linux-gnueabihf" // platforms.zero-sugar;
    riscv32 = gnu "riscv32";
    riscv64 = gnu "riscv64";
    riscv64-musl = musl "riscv64";
    s390 = gnu "s390";
    s390x = gnu "s390x";
    sh4 = gnu "sh4";

    # Android
    aarch64-android = android "aarch64-unknown-linux-android" // {
      libc = "bionic";
      useAndroidPrebuilt = false;
      useLLVM = true;
    };
    aarch64-android-prebuilt = android "aarch64-unknown-linux-android" // {
      rust.rustcTarget = "aarch64-linux-android";
      useAndroidPrebuilt = true;
    };
    armv7a-android-prebuilt =
      android "armv7a-unknown-linux-androideabi"
      // {
        rust.rustcTarget = "armv7-linux-androideabi";
        useAndroidPrebuilt = true;
      }
      // platforms.armv7a-android;

    # No operating system
    aarch64-embedded = bare "aarch64-none-elf" // {
      rust.rustcTarget = "aarch64-unknown-none";
    };
    aarch64be-embedded = bare "aarch64_be-none-elf";
    arm-embedded = bare "arm-none-eabi";
    arm-embedded-nano = bare "arm-none-eabi" // {
      libc = "newlib-nano";
    };
    armhf-embedded = bare "arm-none-eabihf" // {
      gcc = {
        arch = "armv5t";
        fpu = "vfp";
      };
    };
    avr.config = "avr";
    i686-embedded = bare "i686-elf";
    microblaze-embedded = bare "microblazeel-none-elf";
    mips-embedded = bare "mips-none-elf";
    mips64-embedded = bare "mips64-none-elf";
    mmix = bare "mmix-unknown-mmixware";
    msp430 = bare "msp430-elf";
    or1k = bare "or1k-elf";
    ppc-embedded = bare "powerpc-none-eabi";
    ppcle-embedded = bare "powerpcle-none-eabi";
    riscv32-embedded = bare "riscv32-none-elf";
    riscv64-embedded = bare "riscv64-none-elf";
    rx-embedded = bare "rx-none-elf";
    vc4 = bare "vc4-elf";
    x86_64-embedded = bare "x86_64-elf";

    # UEFI
    aarch64-unknown-uefi = uefi "aarch64";
    x86_64-unknown-uefi = uefi "x86_64";

    # Darwin
    aarch64-darwin = mac "arm64-apple-darwin";
    iphone64 = iphone // {
      config = "arm64-apple-ios";
      xcodePlatform = "iPhoneOS";
    };
    iphone64-simulator = iphone // {
      config = "x86_64-apple-ios";
      darwinPlatform = "ios-simulator";
      xcodePlatform = "iPhoneSimulator";
    };
    x86_64-darwin = mac "x86_64-apple-darwin";

    # Windows
    aarch64-windows = llvm "aarch64-pc-windows-msvc";
    mingw-msvcrt-i686 = mingw "i686" "msvcrt";
    mingw-msvcrt-x86_64 = mingw "x86_64" "msvcrt";
    mingw-ucrt-aarch64 = mingwLlvm "aarch64";
    mingw-ucrt-x86_64 = mingw "x86_64" "ucrt";
    mingw-ucrt-x86_64-llvm = mingwLlvm "x86_64";
    mingw32 = examples.mingw-msvcrt-i686;
    mingwW64 = examples.mingw-msvcrt-x86_64;
    ucrt64 = examples.mingw-ucrt-x86_64;
    ucrtAarch64 = examples.mingw-ucrt-aarch64;
    x86_64-cygwin.config = "x86_64-pc-cygwin";
    x86_64-windows = llvm "x86_64-pc-windows-msvc";

    # BSD
    aarch64-freebsd = llvm "aarch64-unknown-freebsd";
    x86_64-freebsd = llvm "x86_64-unknown-freebsd";
    x86_64-netbsd.config = "x86_64-unknown-netbsd";
    x86_64-netbsd-llvm = llvm "x86_64-unknown-netbsd";
    x86_64-openbsd = llvm "x86_64-unknown-openbsd";

    # WebAssembly and JavaScript
    ghcjs.config = "javascript-unknown-ghcjs";
    wasi32 = llvm "wasm32-unknown-wasi";
    wasm32-unknown-none = llvm "wasm32-unknown-none" // {
      rust.rustcTarget = "wasm32-unknown-unknown";
    };
  };
in
examples
