# lib.systems
{ lib }:
let
  inherit (lib) systems;
  inherit (systems) elaborate parse;

  triple = string: parse.tripleFromSystem (parse.mkSystemFromString string);

  x86 = elaborate "x86_64-linux";
  arm = elaborate "aarch64-linux";
in
{
  triples = {
    expr = map triple [
      "x86_64-linux"
      "armv7l-linux"
      "armv5tel-linux"
      "powerpc64-linux"
      "aarch64-darwin"
      "x86_64-windows"
      "i686-cygwin"
      "x86_64-freebsd"
      "i686-netbsd"
      "avr"
      "x86_64-elf"
      "arm-none-eabi"
      "x86_64-w64-mingw32"
      "aarch64-unknown-linux-musl"
      "x86_64-linux-musl"
    ];
    expected = [
      "x86_64-unknown-linux-gnu"
      "armv7l-unknown-linux-gnueabihf"
      "armv5tel-unknown-linux-gnueabi"
      "powerpc64-unknown-linux-gnuabielfv1"
      "arm64-apple-darwin"
      "x86_64-pc-windows-msvc"
      "i686-pc-cygwin"
      "x86_64-unknown-freebsd"
      "i686-unknown-netbsdelf"
      "avr-unknown-none"
      "x86_64-unknown-none-elf"
      "arm-unknown-none-eabi"
      "x86_64-w64-windows-gnu"
      "aarch64-unknown-linux-musl"
      "x86_64-unknown-linux-musl"
    ];
  };

  everyDoubleIsItself = {
    expr = lib.filter (
      double: parse.doubleFromSystem (parse.mkSystemFromString double) != double
    ) systems.doubles.all;
    expected = [ ];
  };

  everyExampleElaborates = {
    expr = lib.attrNames (
      lib.filterAttrs (_: example: !lib.isString (elaborate example).system) systems.examples
    );
    expected = [ ];
  };

  stringsThatAreNone = {
    expr = lib.filter (string: (lib.tryEval (lib.deepSeq (parse.mkSystemFromString string) null)).success) [
      "x86_64"
      "a-b-c-d-e"
      "nonsense-linux"
      "x86_64-nonsense"
      "x86_64-foo-bar"
    ];
    expected = [ ];
  };

  components = {
    expr = [
      x86.parsed.cpu.name
      x86.parsed.vendor.name
      x86.parsed.kernel.name
      x86.parsed.abi.name
      x86.parsed.kernel.execFormat.name
      (parse.isSystem x86.parsed)
      (lib.attrNames parse.significantBytes)
      (lib.attrNames parse.kernelFamilies)
      parse.execFormats.elf.name
      parse.abis.gnueabihf.float
      parse.vendors.pc.name
      (parse.gnuNetBSDDefaultExecFormat parse.cpuTypes.i686).name
      (parse.mkSkeletonFromList [ "x86_64" "linux" ])
      (parse.mkSystemFromSkeleton { cpu = "x86_64"; kernel = "linux"; }).abi.name
      (parse.mkSystem (removeAttrs x86.parsed [ "_type" ]) == x86.parsed)
    ];
    expected = [
      "x86_64"
      "unknown"
      "linux"
      "gnu"
      "elf"
      true
      [ "bigEndian" "littleEndian" ]
      [ "bsd" "darwin" ]
      "elf"
      "hard"
      "pc"
      "aout"
      { cpu = "x86_64"; kernel = "linux"; }
      "gnu"
      true
    ];
  };

  questions = {
    expr = [
      x86.isLinux
      x86.isx86_64
      x86.is64bit
      x86.isGnu
      x86.isMusl
      x86.isDarwin
      x86.isStatic
      arm.isAarch64
      (elaborate "x86_64-unknown-linux-musl").isMusl
    ];
    expected = [ true true true true false false false true true ];
  };

  names = {
    expr = [
      x86.libc
      x86.linker
      x86.libDir
      x86.uname.system
      x86.linuxArch
      arm.linuxArch
      x86.qemuArch
      arm.efiArch
      x86.go.GOARCH
      arm.node.arch
      x86.rust.rustcTarget
      arm.rust.cargoEnvVarTarget
      x86.nim.cpu
      x86.extensions.sharedLibrary
      arm.gcc.arch
      (elaborate "riscv64-linux").rust.rustcTarget
      (elaborate systems.examples.wasi32).rust.rustcTarget
    ];
    expected = [
      "glibc"
      "bfd"
      "lib64"
      "Linux"
      "x86_64"
      "arm64"
      "x86_64"
      "aa64"
      "amd64"
      "arm64"
      "x86_64-unknown-linux-gnu"
      "AARCH64_UNKNOWN_LINUX_GNU"
      "amd64"
      ".so"
      "armv8-a"
      "riscv64gc-unknown-linux-gnu"
      "wasm32-wasip1"
    ];
  };

  givenAttributesWin = {
    expr =
      let
        platform = elaborate {
          system = "x86_64-linux";
          isStatic = true;
          libc = "other";
          gcc.arch = "skylake";
        };
      in
      [
        platform.libc
        platform.hasSharedLibraries
        platform.avx2Support
      ];
    expected = [ "other" false true ];
  };

  elaboratedTwice = {
    expr = systems.equals x86 (elaborate x86);
    expected = true;
  };

  execution = {
    expr = [
      (x86.canExecute (elaborate "i686-linux"))
      ((elaborate "i686-linux").canExecute x86)
      (x86.canExecute arm)
      (x86.canExecute (elaborate "x86_64-darwin"))
      (
        (elaborate {
          system = "x86_64-linux";
          gcc.arch = "x86-64-v2";
        }).canExecute
        (elaborate {
          system = "x86_64-linux";
          gcc.arch = "x86-64-v3";
        })
      )
    ];
    expected = [ true false false false false ];
  };

  emulators = {
    expr =
      let
        pkgs = {
          stdenv.hostPlatform = x86;
          qemu-user = "/qemu";
          winePackagesFor = name: { minimal = "/${name}"; };
        };
      in
      [
        (arm.emulator pkgs)
        (arm.staticEmulatorAvailable pkgs)
        ((elaborate "x86_64-windows").emulator pkgs)
        ((elaborate "x86_64-darwin").emulatorAvailable pkgs)
      ];
    expected = [ "/qemu/bin/qemu-aarch64" true "/wine64/bin/wine" false ];
  };

  noEmulator = {
    expr = (elaborate "x86_64-darwin").emulator { stdenv.hostPlatform = x86; };
    throws = true;
  };

  ambiguousAbi = {
    expr = elaborate "armv7l-unknown-linux-gnu";
    throws = true;
  };

  groups = {
    expr = [
      systems.doubles.darwin
      systems.doubles.none
      (lib.elem "x86_64-linux" lib.platforms.linux)
      (lib.elem "x86_64-linux" lib.platforms.unix)
      (lib.subtractLists lib.platforms.linux lib.platforms.gnu)
      (lib.head systems.flakeExposed)
      systems.functionNames
    ];
    expected = [
      [ "x86_64-darwin" "aarch64-darwin" ]
      [ ]
      true
      true
      [ ]
      "x86_64-linux"
      [ "canExecute" "emulator" "emulatorAvailable" "staticEmulatorAvailable" ]
    ];
  };

  contradictoryPatterns = {
    expr = systems.inspect.patternLogicalAnd { cpu.bits = 32; } { cpu.bits = 64; };
    throws = true;
  };
}
