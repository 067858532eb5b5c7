# Builds with Ninja where there is a build.ninja.
_runNinja() {
  local flags=("-j$NIX_BUILD_CORES")
  concatTo flags ninjaFlags "$@"
  echoCmd "ninja flags" "${flags[@]}"
  TERM=dumb ninja "${flags[@]}"
}
ninjaBuildPhase() {
  runHook preBuild
  _runNinja
  runHook postBuild
}
ninjaCheckPhase() {
  runHook preCheck
  local target=${checkTarget:-test}
  _runNinja target
  runHook postCheck
}
ninjaInstallPhase() {
  runHook preInstall
  local target=${installTargets:-install}
  _runNinja target
  runHook postInstall
}
if [[ -z ${dontUseNinjaBuild-} && -z ${buildPhase-} ]]; then
  buildPhase=ninjaBuildPhase
  [[ -n ${dontUseNinjaCheck-} || -n ${checkPhase-} ]] || checkPhase=ninjaCheckPhase
  [[ -n ${dontUseNinjaInstall-} || -n ${installPhase-} ]] || installPhase=ninjaInstallPhase
  : "${cmakeFlags=}"
  export CMAKE_GENERATOR=Ninja
fi
