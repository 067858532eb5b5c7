# Inputs: packages that a build can use, with what they propagate, their setup hooks and their search paths.

declare -A _seenInputs=()
_allInputs=()
envHooks=()

# addEnvHooks OFFSET FUNCTION…: functions that are called with each input, once all are known.
addEnvHooks() {
  shift
  envHooks+=("$@")
}
addEnvHook() { envHooks+=("$@"); }

# _findInput PACKAGE KIND: KIND is `native` for what runs during the build, `host` for what is built against.
_findInput() {
  local package=$1 kind=$2 name next
  [[ -z ${_seenInputs[$kind $package]-} ]] || return 0
  _seenInputs[$kind $package]=1
  if [[ ! -e $package ]]; then
    nixErrorLog "build input $package does not exist"
    exit 1
  fi
  _allInputs+=("$kind $package")
  for name in propagated-native-build-inputs:native propagated-build-inputs:"$kind" propagated-user-env-packages:; do
    [[ ${name#*:} && -f $package/nix-support/${name%%:*} ]] || continue
    # The last word need not end in a newline.
    while read -r -d ' ' next || [[ $next ]]; do
      for next in $next; do
        _findInput "$next" "${name#*:}"
      done
    done <"$package/nix-support/${name%%:*}"
  done
}

_activateInput() {
  local kind=$1 pkg=$2
  local hostOffset=0 targetOffset=1
  if [[ $kind == native ]]; then
    hostOffset=-1 targetOffset=0
  fi
  if [[ $kind == native || -z ${strictDeps-} ]]; then
    addToSearchPath _PATH "$pkg/bin"
  fi
  if [[ $kind == host ]]; then
    addToSearchPath HOST_PATH "$pkg/bin"
  fi
  if [[ $kind == native ]]; then
    addToSearchPath _XDG_DATA_DIRS "$pkg/share"
  fi
  if [[ -f $pkg ]]; then
    source "$pkg"
  elif [[ -f $pkg/nix-support/setup-hook ]]; then
    source "$pkg/nix-support/setup-hook"
  fi
}

findAllInputs() {
  local words=() package entry hook
  _PATH=
  _XDG_DATA_DIRS=
  concatTo words depsBuildBuild nativeBuildInputs depsBuildTarget propagatedNativeBuildInputs \
    depsBuildBuildPropagated depsBuildTargetPropagated
  for package in "${words[@]}" "${defaultNativeBuildInputs[@]}"; do
    _findInput "$package" native
  done
  words=()
  concatTo words depsHostHost buildInputs depsTargetTarget propagatedBuildInputs depsHostHostPropagated \
    depsTargetTargetPropagated
  for package in "${words[@]}" "${defaultBuildInputs[@]}"; do
    _findInput "$package" host
  done
  for entry in "${_allInputs[@]}"; do
    _activateInput "${entry%% *}" "${entry#* }"
  done
  PATH=$_PATH${_PATH:+${PATH:+:}}$PATH
  export XDG_DATA_DIRS=$_XDG_DATA_DIRS${_XDG_DATA_DIRS:+${XDG_DATA_DIRS:+:}}${XDG_DATA_DIRS-}
  for entry in "${_allInputs[@]}"; do
    for hook in "${envHooks[@]}"; do
      "$hook" "${entry#* }"
    done
  done
}

# Search paths of the tools that nearly every build uses.
_addCommonPaths() {
  addToSearchPath PKG_CONFIG_PATH "$1/lib/pkgconfig"
  addToSearchPath PKG_CONFIG_PATH "$1/share/pkgconfig"
  addToSearchPath CMAKE_PREFIX_PATH "$1"
  addToSearchPath ACLOCAL_PATH "$1/share/aclocal"
  addToSearchPath PYTHONPATH "$1/lib/python3/dist-packages"
}
addEnvHooks 0 _addCommonPaths

# Headers and libraries for the compiler wrapper, see pkgs/cc-wrapper.
_addCompilerFlags() {
  [[ ! -d $1/include ]] || export NIX_CFLAGS_COMPILE="${NIX_CFLAGS_COMPILE-} -isystem $1/include"
  [[ ! -d $1/lib ]] || export NIX_LDFLAGS="${NIX_LDFLAGS-} -L$1/lib"
}
addEnvHooks 0 _addCompilerFlags
