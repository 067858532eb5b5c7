# What compilers of languages call a platform.
{ lib }:
let
  inherit (builtins)
    any
    baseNameOf
    isList
    toFile
    toJSON
    ;
  inherit (lib)
    hasInfix
    hasPrefix
    hasSuffix
    importJSON
    intersectLists
    optional
    optionalString
    removeSuffix
    replaceString
    toUpper
    ;
  inherit (import ./choose.nix { inherit lib; }) choose;

  rustArchs = {
    armv5tel = "armv5te";
    armv6l = "arm";
    armv7a = "armv7";
    armv7l = "armv7";
    riscv32 = "riscv32gc";
    riscv64 = "riscv64gc";
  };

  # The target's properties, as conditional compilation asks for them.
  rustPlatform =
    args: rust: final:
    let
      isGiven = rust ? platform;
      isSpecFile = hasSuffix ".json" (rust.rustcTargetSpec or "");
      oldFamily = args.rustc.platform.target-family;
      vendor = final.parsed.vendor.name;
    in
    rust.platform or (if isSpecFile then importJSON rust.rustcTargetSpec else { })
    // {
      arch =
        if isGiven then
          rust.platform.arch
        else
          choose final
            [
              { isAarch32 = "arm"; }
              { isMips64 = "mips64"; }
              { isPower64 = "powerpc64"; }
            ]
            final.parsed.cpu.name;
      os =
        if isGiven then
          rust.platform.os or "none"
        else if final.isDarwin then
          "macos"
        else if final.isWasm && !final.isWasi then
          "unknown"
        else
          final.parsed.kernel.name;
      target-family =
        args.rust.platform.target-family or (
          if args ? rustc.platform.target-family then
            if isList oldFamily then oldFamily else [ oldFamily ]
          else
            optional final.isUnix "unix"
            ++ optional final.isWindows "windows"
            ++ optional final.isWasm "wasm"
        );
      vendor = rust.platform.vendor or (if vendor == "w64" then "pc" else vendor);
    };

  # The target's triple as Rust spells it.
  rustTriple =
    rust: final:
    let
      inherit (final.parsed) abi cpu kernel;
      arch = rust.platform.arch or rustArchs.${cpu.name} or cpu.name;
      isPowerGnu = hasPrefix "powerpc" cpu.name && hasPrefix "gnuabielfv" abi.name;
      abiName = if isPowerGnu then "gnu" else abi.name;
    in
    if final.isWasi then
      "${arch}-wasip1"
    else
      "${arch}-${final.rust.platform.vendor}-${kernel.name}${
        optionalString (abi.name != "unknown") "-${abiName}"
      }";

  goArchs = {
    aarch64 = "arm64";
    arm = "arm";
    armv5tel = "arm";
    armv6l = "arm";
    armv7l = "arm";
    i686 = "386";
    loongarch64 = "loong64";
    mips = "mips";
    mips64el = "mips64le";
    mipsel = "mipsle";
    powerpc64 = "ppc64";
    powerpc64le = "ppc64le";
    riscv64 = "riscv64";
    s390x = "s390x";
    wasm32 = "wasm";
    x86_64 = "amd64";
  };

  if64 = final: optionalString final.is64bit "64";
in
args: final:
let
  # `rustc` is the old name.
  rust = args.rust or args.rustc or { };
in
{
  rust = rust // {
    platform = rustPlatform args rust final;

    # The target's name, or a file that describes it.
    rustcTargetSpec =
      args.rust.rustcTargetSpec or args.rustc.config or (
        if rust ? platform then
          toFile "${rust.rustcTarget or (rustTriple rust final)}.json" (toJSON rust.platform)
        else
          args.rust.rustcTarget or (rustTriple rust final)
      );

    rustcTarget = rust.rustcTarget or final.rust.cargoShortTarget;

    # The name of the folder that Cargo puts results into.
    cargoShortTarget = removeSuffix ".json" (baseNameOf "${final.rust.rustcTargetSpec}");

    # The part of a variable's name for the target.
    cargoEnvVarTarget = replaceString "-" "_" (toUpper final.rust.cargoShortTarget);

    # Whether there is no standard library for it.
    isNoStdTarget = any (part: hasInfix part final.rust.rustcTarget) [
      "-none"
      "-uefi"
      "nvptx"
      "switch"
    ];
  };

  go = {
    GOARCH = goArchs.${final.parsed.cpu.name} or null;
    GOOS = if final.isWasi then "wasip1" else final.parsed.kernel.name;
    GOARM = toString (
      intersectLists [ (final.parsed.cpu.version or "") ] [
        "5"
        "6"
        "7"
      ]
    );
  };

  node = {
    arch =
      if final.isMips64 && !final.isLittleEndian then
        null
      else
        choose final
          [
            { isAarch = "arm${if64 final}"; }
            { isMips32 = "mips${optionalString final.isLittleEndian "el"}"; }
            { isMips64 = "mips64el"; }
            { isPower = "ppc${if64 final}"; }
            { isx86_64 = "x64"; }
            { isx86_32 = "ia32"; }
            { isS390x = "s390x"; }
            { isRiscV64 = "riscv64"; }
            { isLoongArch64 = "loong64"; }
          ]
          null;
    platform =
      choose final
        [
          { isAndroid = "android"; }
          { isDarwin = "darwin"; }
          { isFreeBSD = "freebsd"; }
          { isLinux = "linux"; }
          { isOpenBSD = "openbsd"; }
          { isSunOS = "sunos"; }
          { isWindows = "win32"; }
          { isCygwin = "win32"; }
        ]
        null;
  };

  nim = {
    cpu =
      choose final
        [
          { isAarch32 = "arm"; }
          { isAarch64 = "arm64"; }
          { isAlpha = "alpha"; }
          { isAvr = "avr"; }
          { isMips = "mips${if64 final}"; }
          { isMsp430 = "msp430"; }
          { isPower = "powerpc${if64 final}"; }
          { isRiscV64 = "riscv64"; }
          { isSparc = "sparc"; }
          { isx86_32 = "i386"; }
          { isx86_64 = "amd64"; }
        ]
        null;
    os =
      choose final
        [
          { isAndroid = "Android"; }
          { isDarwin = "MacOSX"; }
          { isFreeBSD = "FreeBSD"; }
          { isGenode = "Genode"; }
          { isLinux = "Linux"; }
          { isNetBSD = "NetBSD"; }
          { isNone = "Standalone"; }
          { isOpenBSD = "OpenBSD"; }
          { isWindows = "Windows"; }
        ]
        null;
  };
}
