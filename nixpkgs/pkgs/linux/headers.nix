# What modules are built against: `lib/modules/VERSION/{build,source}`, as kernels made by `make modules_install` have it.
#
# Debian's makefiles name each other by places below /usr, which a builder does not have.
{
  lib,
  runCommand,
  # Debian's package that names the current headers, such as linux-headers-amd64.
  headers,
  modDirVersion,
}:
let
  isPart = prefix: package: lib.hasPrefix prefix package.debian.unit;
  part =
    prefix: packages:
    lib.findFirst (isPart prefix) (throw "${headers.name} has no part ‘${prefix}…’") packages;
  configured = part "linux-headers-${modDirVersion}" headers.debian.dependencies;
  common = lib.findFirst (
    package: isPart "linux-headers-" package && lib.hasInfix "-common" package.debian.unit
  ) (throw "${headers.name} has no common part") configured.debian.dependencies;
  kbuild = part "linux-kbuild-" configured.debian.dependencies;
in
runCommand "linux-headers-${modDirVersion}"
  {
    inherit
      configured
      common
      kbuild
      modDirVersion
      ;
    meta = headers.meta // {
      description = "What modules of Debian's kernel are built against";
    };
  }
  ''
    modules=$out/lib/modules/$modDirVersion
    mkdir -p $modules/source $modules/build
    for tree in source:$common build:$configured; do
      folder=$modules/''${tree%%:*}
      for entry in ''${tree#*:}/src/*/* ''${tree#*:}/src/*/.[a-zA-Z]*; do
        [ ! -e "$entry" ] || ln -s "$entry" $folder/
      done
      rm -f $folder/scripts $folder/tools
      ln -s $kbuild/lib/linux-kbuild-*/scripts $kbuild/lib/linux-kbuild-*/tools $folder/
    done
    # The compiler is the one that is at hand, under its plain name.
    rm $modules/build/Makefile $modules/build/.kernelvariables
    echo "include $modules/source/Makefile" > $modules/build/Makefile
    grep -E '^override (ARCH|KERNELRELEASE)' $configured/src/*/.kernelvariables > $modules/build/.kernelvariables
  ''
