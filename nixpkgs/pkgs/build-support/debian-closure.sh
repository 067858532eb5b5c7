# debianClosure PACKAGE…: packages and everything that their records name as dependencies, one a line, nearest first.
debianClosure() {
  local -A _seen=()
  local _pending=("$@") _package _dependency
  while ((${#_pending[@]})); do
    _package=${_pending[0]}
    _pending=("${_pending[@]:1}")
    [[ -z ${_seen[$_package]-} ]] || continue
    _seen[$_package]=1
    echo "$_package"
    if [[ -f $_package/nix-support/debian.json ]]; then
      while read -r _dependency; do
        _pending+=("$_dependency")
      done < <(sed -n '/"dependencies": \[/,/\]/ s|^ *"\(/.*\)",\{0,1\}$|\1|p' "$_package/nix-support/debian.json")
    fi
    if [[ -f $_package/nix-support/propagated-build-inputs ]]; then
      # shellcheck disable=SC2207 # a list of store paths
      _pending+=($(<"$_package/nix-support/propagated-build-inputs"))
    fi
  done
}
