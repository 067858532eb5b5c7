# makeWrapper PROGRAM WRAPPER OPTIONS…, wrapProgram PROGRAM OPTIONS…: programs that start others in a changed environment.

# The lines that one option adds, and how many words it takes: in _lines and _taken.
_wrapperOption() {
  local name=${2-} value=${3-} rest=${4-}
  case $1 in
  --set) _lines="export $name=${value@Q}" _taken=3 ;;
  --set-default) _lines="export $name=\${$name-${value@Q}}" _taken=3 ;;
  --unset) _lines="unset $name" _taken=2 ;;
  --chdir) _lines="cd ${name@Q}" _taken=2 ;;
  --run) _lines=$name _taken=2 ;;
  --prefix) _lines=$(_wrapperJoin "$name" "$value" "$rest" front) _taken=4 ;;
  --suffix) _lines=$(_wrapperJoin "$name" "$value" "$rest" back) _taken=4 ;;
  --prefix-each | --suffix-each)
    _lines= _taken=4
    local word place=front
    [[ $1 == --prefix-each ]] || place=back
    for word in $rest; do
      _lines+=$(_wrapperJoin "$name" "$value" "$word" "$place")$'\n'
    done
    ;;
  --prefix-contents | --suffix-contents)
    _lines= _taken=4
    local file place=front
    [[ $1 == --prefix-contents ]] || place=back
    for file in $rest; do
      _lines+=$(_wrapperJoin "$name" "$value" "$(<"$file")" "$place")$'\n'
    done
    ;;
  *)
    nixErrorLog "makeWrapper: unknown option '$1'"
    exit 1
    ;;
  esac
}

# A line that puts VALUE before or after what the variable holds, unless it is there already.
_wrapperJoin() {
  local name=$1 separator=$2 value=$3
  local present="case \"$separator\${$name-}$separator\" in *${separator@Q}${value@Q}${separator@Q}*) ;;"
  if [[ $4 == front ]]; then
    echo "$present *) export $name=${value@Q}\${$name:+${separator@Q}\$$name} ;; esac"
  else
    echo "$present *) export $name=\${$name:+\$$name${separator@Q}}${value@Q} ;; esac"
  fi
}

makeShellWrapper() {
  local program=$1 wrapper=$2 lines="" flags="" appended="" name='"$0"' _lines _taken
  shift 2
  while (($#)); do
    case $1 in
    --argv0) name=${2@Q}; shift 2 ;;
    --inherit-argv0) name='"$0"'; shift ;;
    --resolve-argv0) name=${program@Q}; shift ;;
    --add-flag) flags+=" ${2@Q}"; shift 2 ;;
    --add-flags) flags+=" $2"; shift 2 ;;
    --append-flag) appended+=" ${2@Q}"; shift 2 ;;
    --append-flags) appended+=" $2"; shift 2 ;;
    *)
      _wrapperOption "$@"
      lines+=$_lines$'\n'
      shift "$_taken"
      ;;
    esac
  done
  if [[ ! -x $program ]]; then
    nixErrorLog "makeWrapper: '$program' is not an executable file"
    exit 1
  fi
  mkdir -p "$(dirname "$wrapper")"
  printf '#!%s -e\n%sexec -a %s %s%s "$@"%s\n' "$SHELL" "$lines" "$name" "${program@Q}" "$flags" "$appended" >"$wrapper"
  chmod +x "$wrapper"
}
makeWrapper() { makeShellWrapper "$@"; }
makeBinaryWrapper() { makeShellWrapper "$@"; }

wrapProgram() {
  local program=$1
  shift
  local hidden
  hidden=$(dirname "$program")/.$(basename "$program")-wrapped
  while [[ -e $hidden ]]; do
    hidden+=_
  done
  mv "$program" "$hidden"
  makeShellWrapper "$hidden" "$program" --inherit-argv0 "$@"
}
wrapProgramShell() { wrapProgram "$@"; }
wrapProgramBinary() { wrapProgram "$@"; }
