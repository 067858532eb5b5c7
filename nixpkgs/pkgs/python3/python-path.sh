# pythonModules PACKAGE…: the module directories of packages and of everything that they depend on, one a line.
pythonModules() {
  local -A seen=()
  local pending=("$@") package dependency
  while ((${#pending[@]})); do
    package=${pending[0]}
    pending=("${pending[@]:1}")
    [[ -z ${seen[$package]-} ]] || continue
    seen[$package]=1
    for directory in "$package/lib/python3/dist-packages" "$package"/lib/python3.*/site-packages; do
      [[ ! -d $directory ]] || echo "$directory"
    done
    if [[ -f $package/nix-support/debian.json ]]; then
      while read -r dependency; do
        pending+=("$dependency")
      done < <(sed -n '/"dependencies": \[/,/\]/ s|^ *"\(/.*\)",\{0,1\}$|\1|p' "$package/nix-support/debian.json")
    fi
    if [[ -f $package/nix-support/propagated-build-inputs ]]; then
      # shellcheck disable=SC2207 # a list of store paths
      pending+=($(<"$package/nix-support/propagated-build-inputs"))
    fi
  done
}
