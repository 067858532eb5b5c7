# Configures with CMake, in a folder `build`.
cmakeConfigurePhase() {
  runHook preConfigure
  local flags=()
  if [[ -z ${dontUseCmakeBuildDir-} ]]; then
    mkdir -p "${cmakeBuildDir:=build}"
    cd "$cmakeBuildDir"
    : "${cmakeDir:=..}"
  fi
  [[ -n ${dontAddPrefix-} ]] || flags+=("-DCMAKE_INSTALL_PREFIX=$prefix")
  flags+=(
    "-DCMAKE_BUILD_TYPE=${cmakeBuildType:-Release}"
    "-DCMAKE_C_COMPILER=$CC" "-DCMAKE_CXX_COMPILER=$CXX"
    "-DCMAKE_INSTALL_BINDIR=${!outputBin}/bin" "-DCMAKE_INSTALL_SBINDIR=${!outputBin}/sbin"
    "-DCMAKE_INSTALL_INCLUDEDIR=${!outputInclude}/include" "-DCMAKE_INSTALL_LIBDIR=${!outputLib}/lib"
    "-DCMAKE_INSTALL_LIBEXECDIR=${!outputLib}/libexec" "-DCMAKE_INSTALL_MANDIR=${!outputMan}/share/man"
    "-DCMAKE_INSTALL_INFODIR=${!outputInfo}/share/info" "-DCMAKE_INSTALL_DOCDIR=${!outputDoc}/share/doc/${pname:-$name}"
    "-DCMAKE_INSTALL_LOCALEDIR=${!outputLib}/share/locale"
    -DCMAKE_SKIP_BUILD_RPATH=ON -DCMAKE_BUILD_WITH_INSTALL_RPATH=OFF
    -DCMAKE_FIND_USE_SYSTEM_PACKAGE_REGISTRY=OFF -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF
    -DCMAKE_EXPORT_NO_PACKAGE_REGISTRY=ON -DCMAKE_POLICY_DEFAULT_CMP0025=NEW
    "-DBUILD_TESTING=$([[ -n ${doCheck-} ]] && echo ON || echo OFF)"
  )
  concatTo flags cmakeFlags cmakeFlagsArray
  echoCmd "cmake flags" "${flags[@]}"
  cmake "${cmakeDir:-.}" "${flags[@]}"
  : "${enableParallelBuilding=1}"
  : "${enableParallelChecking=1}"
  runHook postConfigure
}
if [[ -z ${dontUseCmakeConfigure-} && -z ${configurePhase-} ]]; then
  setOutputFlags=
  configurePhase=cmakeConfigurePhase
fi
