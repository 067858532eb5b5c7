# linkPythonModules FOLDER PACKAGE…: the modules of packages and of everything that they depend on, in one folder.
# A module that several packages have parts of becomes a folder of links; of two files the first counts.
linkPythonModules() {
  local folder=$1 package directory
  shift
  mkdir -p "$folder"
  while read -r package; do
    for directory in "$package/lib/python3/dist-packages" "$package"/lib/python3.*/site-packages; do
      [[ ! -d $directory ]] || _linkModules "$directory" "$folder"
    done
  done < <(debianClosure "$@")
}

_linkModules() {
  local from=$1 to=$2 entry target first
  for entry in "$from"/* "$from"/.[!.]*; do
    target=$to/${entry##*/}
    [[ -e $entry && ${entry##*/} != __pycache__ ]] || continue
    if [[ ! -e $target ]]; then
      ln -s "$entry" "$target"
    elif [[ -d $target && -d $entry ]]; then
      if [[ -L $target ]]; then
        first=$(readlink "$target")
        [[ $(readlink -f "$first") != "$(readlink -f "$entry")" ]] || continue
        rm "$target"
        mkdir "$target"
        _linkModules "$first" "$target"
      fi
      _linkModules "$entry" "$target"
    fi
  done
}
