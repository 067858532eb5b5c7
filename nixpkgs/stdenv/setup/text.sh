# Replacing text in files.

# substituteStream VARIABLE DESCRIPTION OPTIONS…: applies the options to the text in VARIABLE.
substituteStream() {
  local -n _text=$1
  local description=$2
  shift 2
  local pattern replacement mode before
  while (($#)); do
    mode=fail
    case $1 in
    --replace-fail | --replace-warn | --replace-quiet | --replace)
      [[ $1 == --replace ]] && mode=warn || mode=${1#--replace-}
      pattern=$2 replacement=$3
      shift 3
      ;;
    --subst-var)
      if [[ ! $2 =~ ^[a-zA-Z_][a-zA-Z0-9_]*$ || -z ${!2+set} ]]; then
        nixErrorLog "substitute: variable '$2' is not set"
        return 1
      fi
      pattern=@$2@ replacement=${!2} mode=quiet
      shift 2
      ;;
    --subst-var-by)
      pattern=@$2@ replacement=$3 mode=quiet
      shift 3
      ;;
    *)
      nixErrorLog "substitute: unknown option '$1'"
      return 1
      ;;
    esac
    before=$_text
    _text=${_text//"$pattern"/"$replacement"}
    if [[ $before == "$_text" && $pattern != "$replacement" && $mode != quiet ]]; then
      if [[ $mode == fail ]]; then
        nixErrorLog "substitute: pattern ${pattern@Q} does not occur in $description"
        return 1
      fi
      nixWarnLog "substitute: pattern ${pattern@Q} does not occur in $description"
    fi
  done
}

# substitute INPUT OUTPUT OPTIONS…
substitute() {
  local input=$1 output=$2 _content
  shift 2
  if [[ ! -f $input ]]; then
    nixErrorLog "substitute: file '$input' does not exist"
    return 1
  fi
  # Without the added letter the shell would drop newlines at the end.
  _content=$(
    cat "$input"
    printf x
  )
  _content=${_content%x}
  substituteStream _content "file '$input'" "$@" || return 1
  printf %s "$_content" >"$output"
}

# substituteInPlace FILE… OPTIONS…
substituteInPlace() {
  local files=()
  while (($#)) && [[ $1 != --* ]]; do
    files+=("$1")
    shift
  done
  local file
  for file in "${files[@]}"; do
    substitute "$file" "$file" "$@"
  done
}

_allVariables() {
  local name
  for name in $(compgen -e); do
    [[ ! $name =~ ^[a-z][a-zA-Z0-9_]*$ ]] || printf -- '--subst-var\n%s\n' "$name"
  done
}
substituteAll() {
  local options
  mapfile -t options < <(_allVariables)
  substitute "$1" "$2" "${options[@]}"
}
substituteAllInPlace() {
  local file=$1
  shift
  substituteAll "$file" "$file" "$@"
}

isELF() {
  local magic
  read -r -n 4 magic <"$1" 2>/dev/null || true
  [[ $magic == $'\177ELF' ]]
}
isScript() {
  local magic
  read -r -n 2 magic <"$1" 2>/dev/null || true
  [[ $magic == '#!' ]]
}
