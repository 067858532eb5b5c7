# Configuring, building, checking and installing, and the order of all phases.

# Flags that send each kind of file to the output that is meant for it.
_outputFlags() {
  ((${#_outputs[@]} > 1)) && [[ -n ${setOutputFlags-1} ]] || return 0
  local -n _into=$1
  _into+=(
    "--bindir=${!outputBin}/bin" "--sbindir=${!outputBin}/sbin"
    "--includedir=${!outputInclude}/include" "--mandir=${!outputMan}/share/man"
    "--infodir=${!outputInfo}/share/info" "--docdir=${!outputDoc}/share/doc/${shareDocName:-${pname:-$name}}"
    "--libdir=${!outputLib}/lib" "--libexecdir=${!outputLib}/libexec" "--localedir=${!outputLib}/share/locale"
  )
}

configurePhase() {
  runHook preConfigure
  : "${configureScript=}"
  if [[ -z $configureScript && -x ./configure ]]; then
    configureScript=./configure
  fi
  if [[ -n $configureScript ]]; then
    local flags=()
    [[ -n ${dontAddPrefix-} || -z ${prefix-} ]] || flags+=("${prefixKey:---prefix=}$prefix")
    if [[ -f $configureScript ]]; then
      if [[ -z ${dontAddDisableDepTrack-} ]] && grep -q dependency-tracking "$configureScript"; then
        flags+=(--disable-dependency-tracking)
      fi
      if [[ -z ${dontDisableStatic-} ]] && grep -q enable-static "$configureScript"; then
        flags+=(--disable-static)
      fi
      [[ -z ${dontPatchShebangsInConfigure-1} ]] || patchShebangs --build "$configureScript"
    fi
    _outputFlags flags
    concatTo flags configureFlags configureFlagsArray
    echoCmd "configure flags" "${flags[@]}"
    # shellcheck disable=SC2086 # may hold arguments
    $configureScript "${flags[@]}"
  else
    echo "no configure script, doing nothing"
  fi
  runHook postConfigure
}

_hasMakefile() {
  [[ -n ${makefile-} || -e Makefile || -e makefile || -e GNUmakefile ]]
}

# _runMake FLAG-VARIABLES… -- TARGETS…
_runMake() {
  local flags=("SHELL=$SHELL")
  if [[ $_makeInParallel ]]; then
    flags+=("-j$NIX_BUILD_CORES")
  fi
  concatTo flags makeFlags makeFlagsArray
  while [[ $1 != -- ]]; do
    concatTo flags "$1"
    shift
  done
  shift
  echoCmd "make flags" "${flags[@]}" "$@"
  make ${makefile:+-f "$makefile"} "${flags[@]}" "$@"
}

buildPhase() {
  runHook preBuild
  if [[ -z ${makeFlags-} ]] && ! _hasMakefile; then
    echo "no Makefile or custom buildPhase, doing nothing"
  else
    _makeInParallel=${enableParallelBuilding-} _runMake buildFlags buildFlagsArray --
  fi
  runHook postBuild
}

checkPhase() {
  runHook preCheck
  local targets=()
  concatTo targets checkTarget
  if ((${#targets[@]} == 0)) && _hasMakefile; then
    local target
    for target in check test; do
      if make -n ${makefile:+-f "$makefile"} "$target" >/dev/null 2>&1; then
        targets=("$target")
        break
      fi
    done
  fi
  if ((${#targets[@]})); then
    _makeInParallel=${enableParallelChecking-${enableParallelBuilding-}} _runMake checkFlags checkFlagsArray -- "${targets[@]}"
  else
    echo "no check/test target, doing nothing"
  fi
  runHook postCheck
}

installPhase() {
  runHook preInstall
  if [[ -z ${makeFlags-} ]] && ! _hasMakefile; then
    echo "no Makefile or custom installPhase, doing nothing"
  else
    [[ -z ${prefix-} ]] || mkdir -p "$prefix"
    local targets=()
    concatTo targets installTargets=install
    _makeInParallel=${enableParallelInstalling-${enableParallelBuilding-}} _runMake installFlags installFlagsArray -- "${targets[@]}"
  fi
  runHook postInstall
}

installCheckPhase() {
  runHook preInstallCheck
  local targets=()
  concatTo targets installCheckTarget
  if ((${#targets[@]} == 0)) && _hasMakefile && make -n installcheck >/dev/null 2>&1; then
    targets=(installcheck)
  fi
  if ((${#targets[@]})); then
    _makeInParallel=${enableParallelChecking-} _runMake installCheckFlags -- "${targets[@]}"
  fi
  runHook postInstallCheck
}

distPhase() {
  runHook preDist
  local targets=() archives=()
  concatTo targets distTarget=dist
  _makeInParallel='' _runMake distFlags -- "${targets[@]}"
  if [[ ${dontCopyDist:-0} != 1 ]]; then
    mkdir -p "$out/tarballs"
    concatTo archives tarballs='*.tar.gz'
    # shellcheck disable=SC2086 # patterns
    cp -pvd ${archives[*]} "$out/tarballs"
  fi
  runHook postDist
}

runPhase() {
  local curPhase=$1
  case $curPhase in
  unpackPhase) [[ -z ${dontUnpack-} ]] || return 0 ;;
  patchPhase) [[ -z ${dontPatch-} ]] || return 0 ;;
  configurePhase) [[ -z ${dontConfigure-} ]] || return 0 ;;
  buildPhase) [[ -z ${dontBuild-} ]] || return 0 ;;
  checkPhase) [[ -n ${doCheck-} ]] || return 0 ;;
  installPhase) [[ -z ${dontInstall-} ]] || return 0 ;;
  fixupPhase) [[ -z ${dontFixup-} ]] || return 0 ;;
  installCheckPhase) [[ -n ${doInstallCheck-} ]] || return 0 ;;
  distPhase) [[ -n ${doDist-} ]] || return 0 ;;
  esac
  showPhaseHeader "$curPhase"
  local start=$SECONDS
  # A variable of the phase's name replaces the function.
  eval "${!curPhase:-$curPhase}"
  ((SECONDS - start < 30)) || echo "$curPhase completed in $((SECONDS - start)) seconds"
  if [[ $curPhase == unpackPhase ]]; then
    [[ -z ${sourceRoot-} ]] || cd -- "$sourceRoot"
    _setSourceDateEpoch
  fi
}

showPhaseHeader() {
  echo "Running phase: $1"
  [[ -z ${NIX_LOG_FD-} ]] || printf '@nix { "action": "setPhase", "phase": "%s" }\n' "$1" >&"$NIX_LOG_FD"
}

# The newest file of the source says when it was made, where that is not in the future of the unpacking.
_setSourceDateEpoch() {
  local newest
  newest=$(find . -type f -not -newer "$NIX_BUILD_TOP/.." -printf '%T@\n' 2>/dev/null | sort -n | tail -1)
  newest=${newest%%.*}
  if [[ -n $newest && $newest -gt $SOURCE_DATE_EPOCH ]]; then
    export SOURCE_DATE_EPOCH=$newest
  fi
}

definePhases() {
  if [[ -z ${phases[*]-} ]]; then
    phases="${prePhases[*]-} unpackPhase patchPhase ${preConfigurePhases[*]-} configurePhase \
      ${preBuildPhases[*]-} buildPhase checkPhase ${preInstallPhases[*]-} installPhase \
      ${preFixupPhases[*]-} fixupPhase installCheckPhase ${preDistPhases[*]-} distPhase ${postPhases[*]-}"
  fi
}

genericBuild() {
  export GZIP_NO_TIMESTAMPS=1
  if [[ -f ${buildCommandPath-} ]]; then
    source "$buildCommandPath"
    return
  fi
  if [[ -n ${buildCommand-} ]]; then
    eval "$buildCommand"
    return
  fi
  definePhases
  local phase
  for phase in ${phases[*]}; do
    runPhase "$phase"
  done
}
