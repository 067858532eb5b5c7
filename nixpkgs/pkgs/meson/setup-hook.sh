# Configures with Meson, in a folder `build`, and builds with Ninja.
mesonConfigurePhase() {
  runHook preConfigure
  local flags=()
  [[ -n ${dontAddPrefix-} ]] || flags+=("--prefix=$prefix")
  flags+=(
    "--libdir=${!outputLib}/lib" "--libexecdir=${!outputLib}/libexec" "--bindir=${!outputBin}/bin"
    "--sbindir=${!outputBin}/sbin" "--includedir=${!outputInclude}/include" "--mandir=${!outputMan}/share/man"
    "--infodir=${!outputInfo}/share/info" "--localedir=${!outputLib}/share/locale"
    "--buildtype=${mesonBuildType:-plain}" "-Dauto_features=${mesonAutoFeatures:-enabled}" --wrap-mode=nodownload
  )
  concatTo flags mesonFlags mesonFlagsArray
  echoCmd "meson flags" "${flags[@]}"
  meson setup "${mesonBuildDir:=build}" "${flags[@]}"
  cd "$mesonBuildDir"
  : "${enableParallelBuilding=1}"
  runHook postConfigure
}
mesonCheckPhase() {
  runHook preCheck
  meson test --no-rebuild --print-errorlogs
  runHook postCheck
}
mesonInstallPhase() {
  runHook preInstall
  meson install --no-rebuild
  runHook postInstall
}
if [[ -z ${dontUseMesonConfigure-} && -z ${configurePhase-} ]]; then
  setOutputFlags=
  configurePhase=mesonConfigurePhase
  [[ -n ${dontUseMesonCheck-} || -n ${checkPhase-} ]] || checkPhase=mesonCheckPhase
  [[ -n ${dontUseMesonInstall-} || -n ${installPhase-} ]] || installPhase=mesonInstallPhase
fi
