# Everything that is known about a platform, out of a string or a few attributes.
{ lib }:
let
  inherit (builtins)
    all
    any
    mapAttrs
    removeAttrs
    ;
  inherit (import ./choose.nix { inherit lib; }) choose;
  inherit (lib.systems)
    architectures
    inspect
    parse
    platforms
    systemToAttrs
    ;

  names = import ./names.nix { inherit lib; };

  languages = import ./languages.nix { inherit lib; };

  functionNames = [
    "canExecute"
    "emulator"
    "emulatorAvailable"
    "staticEmulatorAvailable"
  ];

  libcs = [
    { isDarwin = "libSystem"; }
    { isMsvc = "ucrt"; }
    { isMinGW = "msvcrt"; }
    { isCygwin = "cygwin"; }
    { isWasi = "wasilibc"; }
    { isWasm = null; }
    { isRedox = "relibc"; }
    { isMusl = "musl"; }
    { isUClibc = "uclibc"; }
    { isAndroid = "bionic"; }
    { isLinux = "glibc"; }
    { isFreeBSD = "fblibc"; }
    { isOpenBSD = "oblibc"; }
    { isNetBSD = "nblibc"; }
    { isAvr = "avrlibc"; }
    { isGhcjs = null; }
    { isNone = "newlib"; }
  ];

  # Whether a program for `guest` runs on `host` without help.
  canExecute =
    host: guest:
    host.isAndroid == guest.isAndroid
    && parse.isCompatible host.parsed.cpu guest.parsed.cpu
    && host.parsed.kernel == guest.parsed.kernel
    && (
      # Of different processors that are compatible, the host's has all instructions of the guest's.
      host.parsed.cpu != guest.parsed.cpu
      || !(guest ? gcc.arch)
      || (host ? gcc.arch && architectures.canExecute host.gcc.arch guest.gcc.arch)
    );

  # A program that runs the platform's programs, as a path, or null.
  emulatorFor =
    final: pkgs:
    let
      host = pkgs.stdenv.hostPlatform;
      wine = (pkgs.winePackagesFor "wine${toString final.parsed.cpu.bits}").minimal;
    in
    if host.canExecute final then
      lib.getExe (pkgs.writeShellScriptBin "exec" ''exec "$@"'')
    else if final.isWindows then
      "${wine}/bin/wine"
    else if final.isLinux && host.isLinux && final.qemuArch != null then
      "${pkgs.qemu-user}/bin/qemu-${final.qemuArch}"
    else if final.isWasi then
      "${pkgs.wasmtime}/bin/wasmtime"
    else if final.isGhcjs then
      "${pkgs.nodejs-slim}/bin/node"
    else if final.isMmix then
      "${pkgs.mmixware}/bin/mmix"
    else
      null;

  extensions = final: {
    executable = if final.isWindows || final.isCygwin then ".exe" else "";
    library =
      if final.isStatic then final.extensions.staticLibrary else final.extensions.sharedLibrary;
    staticLibrary = if final.isWindows then ".lib" else ".a";
    ${if final.hasSharedLibraries then "sharedLibrary" else null} =
      choose final
        [
          { isDarwin = ".dylib"; }
          { isWindows = ".dll"; }
          { isCygwin = ".dll"; }
        ]
        ".so";
  };

  hasDynamicLinker =
    platform:
    any (question: platform.${question}) [
      "isAndroid"
      "isCygwin"
      "isDarwin"
      "isFreeBSD"
      "isGnu"
      "isMinGW"
      "isMusl"
      "isNetBSD"
      "isOpenBSD"
      "isSunOS"
      "isWasm"
      "isWindows"
    ];

  # What is inferred, and can be given instead.
  inferred = final: {
    useLLVM = final.isFreeBSD || final.isOpenBSD;
    libc = choose final libcs "native/impure";
    linker =
      if final.useLLVM or false then
        "lld"
      else if final.isDarwin then
        "cctools"
      else
        "bfd";
    libDir =
      if !final.isLinux then
        null
      else if final.isx86_64 || final.isMips64 || final.isPower64 then
        "lib64"
      else
        "lib";
    extensions = extensions final;
    useAndroidPrebuilt = false;
    useiOSPrebuilt = false;
    androidSdkVersion = null;
    androidNdkVersion = null;
    # Without a dynamic linker, as on bare metal, nothing is linked dynamically, though not everything that
    # is then linked statically is marked so.
    isStatic = final.isWasi || final.isRedox;
    hasSharedLibraries = hasDynamicLinker final && !final.isStatic;
    gcc = (platforms.select final).gcc or { };
    rustc = { };

    canExecute = canExecute final;
    emulatorAvailable = pkgs: emulatorFor final pkgs != null;
    staticEmulatorAvailable =
      pkgs: final.emulatorAvailable pkgs && (final.isLinux || final.isWasi || final.isMmix);
    emulator =
      pkgs:
      if final.emulatorAvailable pkgs then
        emulatorFor final pkgs
      else
        throw "Don't know how to run ${final.config} executables.";
  };

  elaborate =
    systemOrArgs:
    let
      given = systemToAttrs systemOrArgs;

      # These follow from `config` or `system`.
      args = removeAttrs given [
        "_withoutFunctions"
        "parsed"
        "system"
      ];

      final = {
        _withoutFunctions = removeAttrs final (functionNames ++ [ "_withoutFunctions" ]);
        # `config` says more than `system`.
        parsed = parse.mkSystemFromString (args.config or given.system);
        system = parse.doubleFromSystem final.parsed;
        config = parse.tripleFromSystem final.parsed;
      }
      // inferred final
      // names final
      // mapAttrs (_: predicate: predicate final.parsed) inspect.predicates
      // mapAttrs (_: predicate: predicate (final.gcc.arch or "default")) architectures.predicates
      // args
      // languages args final;
    in
    assert
      args ? linux-kernel
      -> throw "lib.systems.elaborate: `linux-kernel` is not supported; what the kernel is built as is up to the kernel's package.";
    assert final.useAndroidPrebuilt -> final.isAndroid;
    assert all (check: check.assertion final || throw check.message) (
      final.parsed.abi.assertions or [ ]
    );
    final;
in
{
  inherit elaborate functionNames;
}
