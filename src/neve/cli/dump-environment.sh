# The builder of `nix develop`: writes the variables and functions that a derivation's builder would have to its first
# output. Items end with NUL:
#
#   variable NAME FLAGS COUNT ITEM…     FLAGS as of `declare -p`; for -A keys and values take turns
#   function NAME BODY

set -e

if [ -e "${NIX_ATTRS_SH_FILE:-}" ]; then
  source "$NIX_ATTRS_SH_FILE"
fi
export IN_NIX_SHELL=impure
export dontAddDisableDepTrack=1
if [ -n "${stdenv:-}" ]; then
  source "$stdenv/setup"
fi

# Taken before anything below defines names of its own.
__declared=$(declare -p)
__functions=$(declare -F)

__dump_variable() {
  local __name=$1 __flags=$2 __key
  local -n __variable=$1
  case $__flags in
    *a*)
      printf '%s\0' variable "$__name" a "${#__variable[@]}" "${__variable[@]}"
      ;;
    *A*)
      printf '%s\0' variable "$__name" A "$((2 * ${#__variable[@]}))"
      for __key in "${!__variable[@]}"; do
        printf '%s\0' "$__key" "${__variable[$__key]}"
      done
      ;;
    *)
      printf '%s\0' variable "$__name" "$__flags" 1 "${!__name-}"
      ;;
  esac
}

__dump() {
  local __line
  while IFS= read -r __line; do
    if [[ $__line =~ ^declare\ -([^\ ]+)\ ([A-Za-z_][A-Za-z0-9_]*)= ]] && [[ ${BASH_REMATCH[2]} != __* ]]; then
      __dump_variable "${BASH_REMATCH[2]}" "${BASH_REMATCH[1]}"
    fi
  done <<< "$__declared"
  while IFS= read -r __line; do
    if [[ $__line =~ ^declare\ -f[x]?\ (.*)$ ]]; then
      printf '%s\0' function "${BASH_REMATCH[1]}" "$(declare -f "${BASH_REMATCH[1]}")"
    fi
  done <<< "$__functions"
}

__first=1
if [ -n "${NIX_ATTRS_SH_FILE:-}" ]; then
  __outputs=("${outputs[@]}")
else
  __outputs=()
  for __output in ${outputs:-out}; do
    __outputs+=("${!__output}")
  done
fi
for __output in "${__outputs[@]}"; do
  if [ -n "$__first" ]; then
    __dump > "$__output"
    __first=
  else
    : > "$__output"
  fi
done
