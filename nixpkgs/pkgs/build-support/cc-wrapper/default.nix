# A C and C++ compiler that finds its parts, the C library and the inputs of a build in the store.
#
# Debian's gcc expects everything in /usr. The wrappers name its headers, start files, loader and libraries instead, and
# keep it from looking at the host's: `--sysroot` points at an empty folder.
{
  lib,
  stdenvNoCC,
  packages,
}:
let
  loader =
    {
      x86_64-linux = "ld-linux-x86-64.so.2";
      aarch64-linux = "ld-linux-aarch64.so.1";
    }
    .${stdenvNoCC.hostPlatform.system};
  gcc = packages.gcc;
  inherit (packages) libc6 libc6-dev binutils;
  libcHeaders = [
    "${libc6-dev}/include"
    "${packages.linux-libc-dev}/include"
    "${packages.libcrypt-dev}/include"
  ];
in
stdenvNoCC.mkDerivation {
  pname = "gcc-wrapper";
  inherit (gcc) version;
  preferLocalBuild = true;
  inherit
    gcc
    binutils
    libc6
    ;
  libc_dev = libc6-dev;
  shell = stdenvNoCC.shell;
  coreutils = packages.coreutils;
  headers = lib.concatMapStringsSep " " (directory: "-idirafter ${directory}") libcHeaders;
  buildCommand = ''
    # substituteAllTo TEMPLATE TARGET PROGRAM EXTRA
    substituteAllTo() {
      substitute "$1" "$2" --subst-var out --subst-var gcc --subst-var binutils --subst-var libc6 --subst-var libc_dev \
        --subst-var shell --subst-var coreutils --subst-var headers --subst-var-by loader ${loader} \
        --subst-var-by program "$3" --subst-var-by extra "$4"
      chmod +x "$2"
    }
    mkdir -p $out/bin $out/nix-support $out/empty
    version=$(cd $gcc/lib/gcc/*/ && ls -d [0-9]* | head -n 1)
    triplet=$(ls $gcc/lib/gcc | head -n 1)
    for tool in gcc cc cpp; do
      program=gcc
      [ $tool != cpp ] || program=cpp
      substituteAllTo ${./compiler.sh} $out/bin/$tool $program ""
    done
    for tool in g++ c++; do
      substituteAllTo ${./compiler.sh} $out/bin/$tool g++ \
        "-isystem $gcc/include/c++/$version -isystem $gcc/include/c++/$version/backward"
    done
    for tool in gcc g++ cpp; do
      ln -s $tool $out/bin/$triplet-$tool
    done
    for tool in $binutils/bin/*; do
      name=''${tool##*/}
      case $name in
      ld | ld.bfd | ld.gold) ;;
      *) ln -s "$tool" "$out/bin/$name" ;;
      esac
    done
    for tool in ld ld.bfd; do
      substituteAllTo ${./linker.sh} $out/bin/$tool ld.bfd ""
    done
    for tool in gcov gcc-ar gcc-nm gcc-ranlib; do
      [ ! -e $gcc/bin/$tool ] || ln -s $gcc/bin/$tool $out/bin/$tool
    done
    echo $gcc > $out/nix-support/orig-cc
    echo $libc6 > $out/nix-support/orig-libc
    echo $libc_dev > $out/nix-support/orig-libc-dev
    substitute ${./setup-hook.sh} $out/nix-support/setup-hook --subst-var out
  '';
  passthru = {
    isGNU = true;
    isClang = false;
    cc = gcc // {
      lib = packages.libstdc++6 // {
        lib = packages.libstdc++6;
      };
    };
    libc = libc6;
    targetPrefix = "";
    lib = packages.libstdc++6;
    inherit (packages) libc6;
    bintools = binutils;
  };
  meta = {
    description = "GNU C and C++ compiler for builds against the store";
    mainProgram = "gcc";
    platforms = lib.platforms.linux;
  };
}
