# A kernel as systems expect it: `bzImage`, `System.map`, and modules with the index that Debian makes when the
# package is installed.
{
  lib,
  callPackage,
  runCommand,
  kmod,
  # Debian's package that names the current kernel, such as linux-image-amd64.
  image,
  # The one that names the headers of the same kernel.
  headers,
}:
let
  isImage = package: lib.hasPrefix "linux-image-" package.debian.unit;
  # Newer kernels come in several packages.
  isPart =
    package:
    lib.any (prefix: lib.hasPrefix prefix package.debian.unit) [
      "linux-modules-"
      "linux-binary-"
    ];
  versioned = package: builtins.match "linux-[a-z]+-[0-9].*" package.debian.unit != null;
  dependencies = image.debian.dependencies;
  kernel = lib.findFirst (
    package: isImage package && versioned package
  ) (throw "${image.name} names no kernel") dependencies;
  parts = builtins.filter (package: isPart package && versioned package) (
    dependencies ++ kernel.debian.dependencies
  );
  modDirVersion = lib.removePrefix "linux-image-" (lib.head (lib.splitString "/" kernel.debian.unit));
  version = lib.head (lib.splitString "-" image.version);

  attributes = {
    inherit version modDirVersion;
    pname = "linux";
    features = {
      efiBootStub = true;
      iwlwifi = true;
      needsCifsUtils = true;
      netfilterRPFilter = true;
      ia32Emulation = true;
    };
    kernelOlder = lib.versionOlder version;
    kernelAtLeast = lib.versionAtLeast version;
    isZen = false;
    isHardened = false;
    isLTS = false;
    isXen = false;
    commonStructuredConfig = { };
    target = "bzImage";
    debianPackages = [ kernel ] ++ parts;
  };

  built =
    runCommand "linux-${version}"
      {
        nativeBuildInputs = [ kmod ];
        packages = [ kernel ] ++ parts;
        inherit modDirVersion;
        passthru = attributes;
        meta = kernel.meta // {
          description = "Linux kernel of Debian";
          mainProgram = null;
        };
      }
      ''
        mkdir -p $out/lib/modules
        for package in $packages; do
          for file in $package/boot/vmlinuz-* $package/lib/modules/*/vmlinuz; do
            [ ! -e "$file" ] || ln -sfn "$file" $out/bzImage
          done
          for file in $package/boot/System.map-*; do
            [ ! -e "$file" ] || ln -sfn "$file" $out/System.map
          done
          for file in $package/boot/config-*; do
            [ ! -e "$file" ] || ln -sfn "$file" $out/config
          done
          if [ -d $package/lib/modules ]; then
            cp -rs --no-preserve=mode $package/lib/modules/. $out/lib/modules/
          fi
        done
        if [ ! -e $out/bzImage ]; then
          echo "error: none of $packages has a kernel" >&2
          exit 1
        fi
        depmod -b $out -w $modDirVersion
        if [ ! -s $out/lib/modules/$modDirVersion/modules.alias ]; then
          echo "error: depmod found no module: can it read the compressed ones?" >&2
          exit 1
        fi
      '';
in
built
// attributes
// {
  modules = built;
  dev = callPackage ./headers.nix { inherit headers modDirVersion; };
  out = built;
}
