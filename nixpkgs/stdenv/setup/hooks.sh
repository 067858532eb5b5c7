# Hooks: functions and pieces of code that packages attach to the steps of a build.

# Runs the hook NAME: the variable or function of that name, and every element of the array NAMEs.
runHook() {
  local name=$1
  shift
  local -n _hooks="${name%Hook}Hooks"
  local hook
  _runNamed "$name" "$@"
  for hook in "${_hooks[@]}"; do
    _runCode "$hook" "$@"
  done
}

# The same, up to the first that succeeds; fails if none does.
runOneHook() {
  local name=$1
  shift
  local -n _hooks="${name%Hook}Hooks"
  local hook _oneHookOnly=1 # makes a hook that does not exist a failure
  for hook in "_runNamed $name" "${_hooks[@]}"; do
    if _runCode "$hook" "$@"; then
      return 0
    fi
  done
  return 1
}

_runNamed() {
  local name=$1
  shift
  if declare -F "$name" >/dev/null; then
    "$name" "$@"
  elif [[ -n ${!name-} ]]; then
    eval "${!name}"
  elif [[ ${_oneHookOnly-} ]]; then
    return 1
  fi
}

_runCode() {
  local code=$1
  shift
  if declare -F "${code%% *}" >/dev/null; then
    $code "$@"
  else
    eval "$code"
  fi
}

# Appends to the array TARGET the words of each variable named: of a string split at spaces, or of an array.
# `variable=default` gives words for an empty variable.
concatTo() {
  local -n _target=$1
  shift
  local argument name default
  for argument in "$@"; do
    name=${argument%%=*}
    default=
    [[ $argument == *=* ]] && default=${argument#*=}
    local -n _source=$name
    if [[ $(declare -p "$name" 2>/dev/null) == "declare -a"* ]]; then
      _target+=("${_source[@]}")
    elif [[ -n ${_source-} ]]; then
      # shellcheck disable=SC2206 # a string attribute is a list of words
      _target+=($_source)
    elif [[ -n $default ]]; then
      # shellcheck disable=SC2206
      _target+=($default)
    fi
    unset -n _source
  done
}

# Joins the words of the variable NAME with SEPARATOR.
concatStringsSep() {
  local separator=$1 words=() result= word
  concatTo words "$2"
  for word in "${words[@]}"; do
    result+=${result:+$separator}$word
  done
  printf %s "$result"
}

# Adds to the variable NAME a directory, after a colon, unless it is there or does not exist.
addToSearchPathWithCustomDelimiter() {
  local delimiter=$1 name=$2 directory=$3
  if [[ -d $directory && "$delimiter${!name-}$delimiter" != *"$delimiter$directory$delimiter"* ]]; then
    export "$name=${!name:+${!name}$delimiter}$directory"
  fi
}
addToSearchPath() { addToSearchPathWithCustomDelimiter : "$@"; }
appendToVar() {
  local -n _variable=$1
  shift
  if [[ $(declare -p "${!_variable}" 2>/dev/null) == "declare -a"* ]]; then
    _variable+=("$@")
  else
    _variable="${_variable:+$_variable }$*"
  fi
}
prependToVar() {
  local -n _variable=$1
  shift
  if [[ $(declare -p "${!_variable}" 2>/dev/null) == "declare -a"* ]]; then
    _variable=("$@" "${_variable[@]}")
  else
    _variable="$*${_variable:+ $_variable}"
  fi
}

nixErrorLog() { echo "error: $*" >&2; }
nixWarnLog() { echo "warning: $*" >&2; }
nixNoticeLog() { echo "$*" >&2; }
nixInfoLog() { [[ ${NIX_DEBUG:-0} -lt 3 ]] || echo "$*" >&2; }
echoCmd() {
  local words=("${@:2}")
  printf '%s: %s\n' "$1" "${words[*]@Q}"
}

exitHandler() {
  local status=$?
  set +e
  if [[ $status != 0 ]]; then
    runHook failureHook
  else
    runHook exitHook
  fi
  return "$status"
}
