# source link-tree.sh FROM TO: links every file below FROM into TO, which has real directories.
# With failOnCollision, two different files of the same name are an error; otherwise the first one stays.
_linkTree() {
  local from=$1 to=$2 entry target
  # Links to files are made together: a process for each is what takes the time.
  local fresh=()
  for entry in "$from"/* "$from"/.[!.]*; do
    [[ -e $entry || -L $entry ]] || continue
    target=$to/${entry##*/}
    if [[ ! -e $target && ! -L $target ]]; then
      if [[ -d $entry && ! -L $entry ]]; then
        mkdir "$target"
        _linkTree "$entry" "$target"
      else
        fresh+=("$entry")
      fi
    elif [[ -d $target && -d $entry ]]; then
      if [[ -L $target ]]; then
        # A directory that came as a link is opened up, so that both can have files in it.
        local other
        other=$(readlink -f "$target")
        [[ $other != "$(readlink -f "$entry")" ]] || continue
        rm "$target"
        mkdir "$target"
        _linkTree "$other" "$target"
      fi
      _linkTree "$entry" "$target"
    elif [[ ${failOnCollision-} && ${target#"$out"} != /nix-support/* ]] && ! cmp -s "$entry" "$target"; then
      echo "error: two packages have a file '${target#"$out"}': '$(readlink -f "$target")' and '$entry'" >&2
      exit 1
    fi
  done
  if [[ ${#fresh[@]} -gt 0 ]]; then
    printf '%s\0' "${fresh[@]}" | xargs -0 ln -s -t "$to"
  fi
}
_linkTree "$1" "$2"
