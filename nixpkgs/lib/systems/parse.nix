# From strings to platforms' components and back: `x86_64-linux`, and the triples of GNU and LLVM such as
# `x86_64-unknown-linux-gnu`.
{ lib }:
let
  inherit (builtins)
    all
    any
    attrValues
    concatStringsSep
    elem
    elemAt
    head
    length
    match
    removeAttrs
    ;
  inherit (lib)
    hasPrefix
    mergeOneOption
    optionalString
    splitString
    versionAtLeast
    ;
  inherit (lib.systems.inspect.predicates)
    isAarch32
    isBigEndian
    isCygwin
    isDarwin
    isLinux
    isPower64
    isWindows
    ;
  inherit (lib.types)
    enum
    isType
    mkOptionType
    setType
    ;
  inherit (import ./components.nix { inherit lib; })
    abis
    cpuTypes
    execFormats
    kernelFamilies
    kernels
    significantBytes
    vendors
    ;

  open =
    name: description: check:
    mkOptionType {
      inherit check description name;
      merge = mergeOneOption;
    };

  anything = _: true;

  types = {
    openSignificantByte = open "significant-byte" "Endianness" anything;
    significantByte = enum (attrValues significantBytes);

    bitWidth = enum [
      8
      16
      32
      64
      128
    ];

    openCpuType = open "cpu-type" "instruction set architecture name and information" (
      cpu:
      types.bitWidth.check cpu.bits
      && (
        if cpu.bits > 8 then
          types.significantByte.check cpu.significantByte
        else
          !(cpu ? significantByte)
      )
    );
    cpuType = enum (attrValues cpuTypes);

    openVendor = open "vendor" "vendor for the platform" anything;
    vendor = enum (attrValues vendors);

    openExecFormat = open "exec-format" "executable container used by the kernel" anything;
    execFormat = enum (attrValues execFormats);

    openKernelFamily = open "exec-format" "executable container used by the kernel" anything;
    kernelFamily = enum (attrValues kernelFamilies);

    openKernel = open "kernel" "kernel name and information" (
      kernel:
      types.execFormat.check kernel.execFormat
      && all types.kernelFamily.check (attrValues kernel.families)
    );
    kernel = enum (attrValues kernels);

    openAbi = open "abi" "binary interface for compiled code and syscalls" anything;
    abi = enum (attrValues abis);

    parsedPlatform =
      open "system" "fully parsed representation of llvm- or nix-style platform tuple"
        (
          {
            cpu,
            vendor,
            kernel,
            abi,
          }:
          types.cpuType.check cpu
          && types.vendor.check vendor
          && types.kernel.check kernel
          && types.abi.check abi
        );
  };

  isSystem = isType "system";

  mkSystem =
    components:
    assert types.parsedPlatform.check components;
    setType "system" components;

  # For each processor those whose programs it runs besides its own; what these run, it runs, too.
  runsProgramsOf = {
    aarch64 = [ "armv8a" ];
    armv5tel = [ "arm" ];
    armv6l = [
      "armv5tel"
      "armv6m"
    ];
    armv7a = [
      "armv7l"
      "armv7m"
    ];
    armv7l = [ "armv6l" ];
    armv7r = [
      "armv7l"
      "armv7m"
    ];
    i486 = [ "i386" ];
    i586 = [ "i486" ];
    i686 = [ "i586" ];
    mips64 = [ "mips" ];
    mips64el = [ "mipsel" ];
    powerpc64 = [ "powerpc" ];
    powerpc64le = [ "powerpcle" ];
    sparc64 = [ "sparc" ];
    x86_64 = [ "i686" ];
  };

  isCompatible =
    host: guest:
    host == guest
    || any (name: isCompatible cpuTypes.${name} guest) (runsProgramsOf.${host.name} or [ ]);

  # GNU's build systems take NetBSD on these to use the old format of programs.
  gnuNetBSDDefaultExecFormat =
    cpu:
    if
      cpu.bits == 32
      && elem cpu.family [
        "arm"
        "m68k"
        "sparc"
        "x86"
      ]
    then
      execFormats.aout
    else
      execFormats.elf;

  ambiguous =
    parts: problem: throw "system string '${concatStringsSep "-" parts}' ${problem}";

  # Strings of two parts: `cpu-kernel`, but for a few.
  skeletonOfTwo =
    parts:
    let
      cpu = head parts;
      kernel = elemAt parts 1;
    in
    if kernel == "cygwin" then
      {
        inherit cpu kernel;
        vendor = "pc";
      }
    else if kernel == "windows" then
      {
        inherit cpu kernel;
        abi = "msvc";
      }
    else if kernel == "elf" then
      {
        inherit cpu;
        vendor = "unknown";
        kernel = "none";
        abi = kernel;
      }
    else
      { inherit cpu kernel; };

  # Whether the last of three parts names an operating system, and not an ABI.
  namesKernel =
    cpu: vendor: last:
    vendor == "apple"
    || elem last [
      "cygwin"
      "ghcjs"
      "mingw32"
      "mmixware"
      "redox"
      "uefi"
    ]
    || any (prefix: hasPrefix prefix last) [
      "freebsd"
      "genode"
      "netbsd"
      "openbsd"
    ]
    || hasPrefix "wasm32" cpu;

  # Strings of three parts: `cpu-kernel-abi` or `cpu-vendor-kernel`.
  skeletonOfThree =
    parts:
    let
      cpu = head parts;
      middle = elemAt parts 1;
      last = elemAt parts 2;
    in
    if
      middle == "linux"
      || elem last [
        "eabi"
        "eabihf"
        "elf"
        "gnu"
      ]
    then
      {
        inherit cpu;
        vendor = "unknown";
        kernel = middle;
        abi = last;
      }
    else if namesKernel cpu middle last then
      {
        inherit cpu;
        vendor = middle;
        kernel = if last == "mingw32" then "windows" else last;
      }
    else
      ambiguous parts "with 3 components is ambiguous";

  # The names of the components in a string that was cut at its dashes.
  mkSkeletonFromList =
    parts:
    let
      count = length parts;
    in
    if parts == [ "avr" ] then
      {
        cpu = "avr";
        kernel = "none";
        abi = "unknown";
      }
    else if count == 1 then
      ambiguous parts "with 1 component is ambiguous"
    else if count == 2 then
      skeletonOfTwo parts
    else if count == 3 then
      skeletonOfThree parts
    else if count == 4 then
      {
        cpu = head parts;
        vendor = elemAt parts 1;
        kernel = elemAt parts 2;
        abi = elemAt parts 3;
      }
    else
      ambiguous parts "has invalid number of hyphen-separated components";

  # GNU allows an ABI at the end of a kernel's name.
  withoutAbi =
    name:
    let
      found = match "(.*)e?abi.*" name;
    in
    if found == null then name else head found;

  kernelNamed =
    written:
    let
      name =
        if hasPrefix "darwin" written then
          "darwin"
        else if hasPrefix "netbsd" written then
          "netbsd"
        else
          withoutAbi written;
    in
    kernels.${name} or (throw "Unknown kernel: ${name}");

  inferVendor =
    parsed:
    if isDarwin parsed then
      vendors.apple
    else if isWindows parsed || isCygwin parsed then
      vendors.pc
    else
      vendors.unknown;

  inferAbi =
    parsed:
    if !(isLinux parsed || isWindows parsed) then
      abis.unknown
    else if isAarch32 parsed then
      if versionAtLeast (parsed.cpu.version or "0") "6" then abis.gnueabihf else abis.gnueabi
    else if isPower64 parsed && isBigEndian parsed then
      abis.gnuabielfv1
    else
      abis.gnu;

  # The platform that a skeleton's names stand for. The vendor and the ABI can be missing.
  mkSystemFromSkeleton =
    {
      cpu,
      vendor ? null,
      kernel,
      abi ? null,
    }:
    let
      parsed = {
        cpu = cpuTypes.${cpu} or (throw "Unknown CPU type: ${cpu}");
        vendor =
          if vendor == null then
            inferVendor parsed
          else
            vendors.${vendor} or (throw "Unknown vendor: ${vendor}");
        kernel = kernelNamed kernel;
        abi =
          if abi == null then inferAbi parsed else abis.${abi} or (throw "Unknown ABI: ${abi}");
      };
    in
    mkSystem parsed;

  kernelName = kernel: "${kernel.name}${toString (kernel.version or "")}";

  darwinArch = cpu: if cpu.name == "aarch64" then "arm64" else cpu.name;

  # The ABI with musl instead of GNU's C library.
  muslAbis = {
    gnuabi64 = abis.muslabi64;
    gnuabin32 = abis.muslabin32;
    gnueabi = abis.musleabi;
    gnueabihf = abis.musleabihf;
    inherit (abis)
      muslabi64
      muslabin32
      musleabi
      musleabihf
      ;
  };
in
{
  /**
    The ABIs.

    Type: `abis :: AttrsOf Abi`

    Example: `systems.parse.abis.gnueabihf.float` => `"hard"`
  */
  inherit abis;

  /**
    The processors.

    Type: `cpuTypes :: AttrsOf CpuType`

    Example: `systems.parse.cpuTypes.i686.bits` => `32`
  */
  inherit cpuTypes;

  /**
    The formats of programs.

    Type: `execFormats :: AttrsOf ExecFormat`

    Example: `systems.parse.execFormats.elf.name` => `"elf"`
  */
  inherit execFormats;

  /**
    The families of kernels.

    Type: `kernelFamilies :: AttrsOf KernelFamily`

    Example: `systems.parse.kernelFamilies.bsd.name` => `"bsd"`
  */
  inherit kernelFamilies;

  /**
    The kernels.

    Type: `kernels :: AttrsOf Kernel`

    Example: `systems.parse.kernels.darwin.name` => `"darwin"`
  */
  inherit kernels;

  /**
    The orders of bytes.

    Type: `significantBytes :: AttrsOf SignificantByte`

    Example: `systems.parse.significantBytes.bigEndian.name` => `"bigEndian"`
  */
  inherit significantBytes;

  /**
    The vendors.

    Type: `vendors :: AttrsOf Vendor`

    Example: `systems.parse.vendors.apple.name` => `"apple"`
  */
  inherit vendors;

  /**
    Types of options for components; those that begin with `open` take components that are not known
    here.

    Type: `types :: AttrsOf OptionType`

    Example: `systems.parse.types.bitWidth.check 33` => `false`
  */
  inherit types;

  /**
    Whether a value is what `mkSystem` returns.

    Inputs: any value.

    Type: `isSystem :: Any -> Bool`

    Example: `systems.parse.isSystem { }` => `false`
  */
  inherit isSystem;

  /**
    A platform's components, checked.

    Inputs: `{ cpu; vendor; kernel; abi; }`.

    Type: `mkSystem :: AttrSet -> ParsedPlatform`
  */
  inherit mkSystem;

  /**
    The names of components in a string that was cut at its dashes.

    Inputs: the list of parts.

    Type: `mkSkeletonFromList :: [String] -> AttrsOf String`

    Example: `systems.parse.mkSkeletonFromList [ "x86_64" "linux" ]` => `{ cpu = "x86_64"; kernel = "linux"; }`
  */
  inherit mkSkeletonFromList;

  /**
    The platform's components of some names. The vendor and the ABI are inferred when they are missing.

    Inputs: `{ cpu; vendor ? …; kernel; abi ? …; }`, the names.

    Type: `mkSystemFromSkeleton :: AttrsOf String -> ParsedPlatform`

    Example: `(systems.parse.mkSystemFromSkeleton { cpu = "armv7l"; kernel = "linux"; }).abi.name` => `"gnueabihf"`
  */
  inherit mkSystemFromSkeleton;

  /**
    The format of programs that GNU's build systems assume on NetBSD.

    Inputs: the processor.

    Type: `gnuNetBSDDefaultExecFormat :: CpuType -> ExecFormat`

    Example: `(systems.parse.gnuNetBSDDefaultExecFormat systems.parse.cpuTypes.x86_64).name` => `"elf"`
  */
  inherit gnuNetBSDDefaultExecFormat;

  /**
    Whether a processor runs programs for another. The first is the host's.

    Inputs: the two, out of `cpuTypes`.

    Type: `isCompatible :: CpuType -> CpuType -> Bool`

    Example: `systems.parse.isCompatible systems.parse.cpuTypes.x86_64 systems.parse.cpuTypes.i686` => `true`
  */
  inherit isCompatible;

  /**
    The components of a platform given as a string.

    Inputs: the string.

    Type: `mkSystemFromString :: String -> ParsedPlatform`

    Example: `(systems.parse.mkSystemFromString "aarch64-linux").cpu.bits` => `64`
  */
  mkSystemFromString = string: mkSystemFromSkeleton (mkSkeletonFromList (splitString "-" string));

  /**
    A kernel's name with its version, as triples have it.

    Inputs: the kernel.

    Type: `kernelName :: Kernel -> String`

    Example: `systems.parse.kernelName systems.parse.kernels.linux` => `"linux"`
  */
  inherit kernelName;

  /**
    Apple's name for a processor.

    Inputs: the processor.

    Type: `darwinArch :: CpuType -> String`

    Example: `systems.parse.darwinArch systems.parse.cpuTypes.aarch64` => `"arm64"`
  */
  inherit darwinArch;

  /**
    The string that Nix calls a platform by.

    Inputs: its components.

    Type: `doubleFromSystem :: ParsedPlatform -> String`

    Example: `systems.parse.doubleFromSystem (systems.parse.mkSystemFromString "x86_64-unknown-linux-musl")` => `"x86_64-linux"`
  */
  doubleFromSystem =
    { cpu, kernel, ... }:
    if kernel.families ? darwin then "${cpu.name}-darwin" else "${cpu.name}-${kernelName kernel}";

  /**
    The triple that GNU and LLVM call a platform by.

    Inputs: its components.

    Type: `tripleFromSystem :: ParsedPlatform -> String`

    Example: `systems.parse.tripleFromSystem (systems.parse.mkSystemFromString "x86_64-linux")` => `"x86_64-unknown-linux-gnu"`
  */
  tripleFromSystem =
    {
      cpu,
      vendor,
      kernel,
      abi,
      ...
    }@system:
    let
      cpuName = if kernel.families ? darwin then darwinArch cpu else cpu.name;
      format = optionalString (
        kernel.name == "netbsd" && gnuNetBSDDefaultExecFormat cpu != kernel.execFormat
      ) kernel.execFormat.name;
      abiName = optionalString (abi != abis.unknown) "-${abi.name}";
    in
    assert isSystem system;
    "${cpuName}-${vendor.name}-${kernelName kernel}${format}${abiName}";

  /**
    A platform's components with musl as the C library.

    Inputs: the components.

    Type: `mkMuslSystem :: ParsedPlatform -> ParsedPlatform`

    Example: `(systems.parse.mkMuslSystem (systems.parse.mkSystemFromString "x86_64-linux")).abi.name` => `"musl"`
  */
  mkMuslSystem =
    parsed:
    mkSystem (
      removeAttrs parsed [ "_type" ]
      // {
        abi = muslAbis.${parsed.abi.name} or abis.musl;
      }
    );
}
