# ZFS for one kernel. Debian has it as source alone, which its machines compile with DKMS; here it is compiled once for
# each kernel.
{
  lib,
  stdenv,
  bc,
  dash,
  elfutils,
  kmod,
  pahole,
  perl,
  debianPackages,
  kernel,
}:
let
  source = debianPackages.zfs-dkms;
  version = lib.head (lib.splitString "-" (lib.removePrefix "zfs-dkms-" source.name));
  modules = "${kernel.dev}/lib/modules/${kernel.modDirVersion}";
in
stdenv.mkDerivation {
  pname = "zfs-kernel-${kernel.modDirVersion}";
  inherit version;
  src = source;
  unpackPhase = ''
    cp -r $src/src/zfs-*/. .
    chmod -R u+w .
  '';
  # Flags for programs are not for the kernel.
  hardeningDisable = [ "all" ];
  nativeBuildInputs = [
    bc
    dash
    elfutils
    kmod
    pahole
    perl
  ];
  configurePhase = ''
    bash ./configure --disable-dependency-tracking --with-config=kernel \
      --with-linux=${modules}/source --with-linux-obj=${modules}/build
  '';
  enableParallelBuilding = true;
  buildPhase = ''
    make -j$NIX_BUILD_CORES -C module
  '';
  installPhase = ''
    find module -name '*.ko' -exec install -Dt $out/lib/modules/${kernel.modDirVersion}/extra {} +
    [ -e $out/lib/modules/${kernel.modDirVersion}/extra/zfs.ko ]
  '';
  dontFixup = true;
  meta = source.meta // {
    description = "Kernel modules of ZFS";
  };
}
