# What others call a platform: kernels, emulators, firmware, vendors.
{ lib }:
let
  inherit (lib) optionalString;
  inherit (import ./choose.nix { inherit lib; }) choose;

  littleEndian = text: platform: optionalString platform.isLittleEndian text;

  unameSystems = {
    cygwin = "CYGWIN_NT";
    darwin = "Darwin";
    freebsd = "FreeBSD";
    genode = "Genode";
    linux = "Linux";
    netbsd = "NetBSD";
    openbsd = "OpenBSD";
    redox = "Redox";
    wasi = "Wasi";
    windows = "Windows";
  };

  linuxArchs = [
    { isAarch32 = "arm"; }
    { isAarch64 = "arm64"; }
    { isx86_32 = "i386"; }
    { isx86_64 = "x86_64"; }
    { isMicroBlaze = "microblaze"; }
    { isMips32 = "mips"; }
    { isMips64 = "mips"; }
    { isPower = "powerpc"; }
    { isRiscV = "riscv"; }
    { isSh4 = "sh"; }
    { isS390 = "s390"; }
    { isLoongArch64 = "loongarch"; }
  ];

  efiArchs = [
    { isx86_32 = "ia32"; }
    { isx86_64 = "x64"; }
    { isAarch32 = "arm"; }
    { isAarch64 = "aa64"; }
  ];
in
final: {
  # What the command `uname` prints.
  uname = {
    system = unameSystems.${final.parsed.kernel.name} or null;
    processor =
      choose final
        [
          { isPower64 = "ppc64${littleEndian "le" final}"; }
          { isPower = "ppc${littleEndian "le" final}"; }
          { isMips64 = "mips64"; }
          { isDarwin = final.darwinArch; }
        ]
        final.parsed.cpu.name;
    release = null;
  };

  linuxArch = choose final linuxArchs final.parsed.cpu.name;

  ubootArch =
    choose final
      [
        { isx86_32 = "x86"; }
        { isMips64 = "mips64"; }
      ]
      final.linuxArch;

  qemuArch =
    if final.isS390 && !final.isS390x then
      null
    else
      choose final
        [
          { isAarch32 = "arm"; }
          { isAarch64 = "aarch64${optionalString final.isBigEndian "_be"}"; }
          { isx86_64 = "x86_64"; }
          { isx86 = "i386"; }
          { isMips64n32 = "mipsn32${littleEndian "el" final}"; }
          { isMips64 = "mips64${littleEndian "el" final}"; }
        ]
        final.uname.processor;

  efiArch = choose final efiArchs final.parsed.cpu.name;

  darwinArch = lib.systems.parse.darwinArch final.parsed.cpu;
  darwinPlatform =
    choose final
      [
        { isMacOS = "macos"; }
        { isiOS = "ios"; }
      ]
      null;
  darwinSdkVersion = final.sdkVer or "14.4";
  darwinMinVersion = "14.0";
  darwinMinVersionVariable =
    choose final
      [
        { isMacOS = "MACOSX_DEPLOYMENT_TARGET"; }
        { isiOS = "IPHONEOS_DEPLOYMENT_TARGET"; }
      ]
      null;
}
