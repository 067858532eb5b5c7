# Unpacking and patching the source.

unpackCmdHooks+=(_defaultUnpack)
_defaultUnpack() {
  local file=$1 target
  if [[ -d $file ]]; then
    target=$(stripHash "$file")
    cp -r --preserve=timestamps --reflink=auto -- "$file" "$target"
    return
  fi
  case $file in
  *.tar | *.tar.* | *.tgz | *.tbz2 | *.txz | *.tbz | *.love)
    tar xf "$file" --mode=+w --warning=no-timestamp
    ;;
  *.zip)
    unzip -qq "$file"
    ;;
  *) return 1 ;;
  esac
}

# The name of a store path without its hash.
stripHash() {
  local name=${1%/}
  name=${name##*/}
  if [[ $name =~ ^[a-z0-9]{32}- ]]; then
    name=${name:33}
  fi
  printf '%s\n' "$name"
}

unpackFile() {
  curSrc=$1
  echo "unpacking source archive $curSrc"
  if ! runOneHook unpackCmd "$curSrc"; then
    echo "do not know how to unpack source archive $curSrc"
    exit 1
  fi
}

unpackPhase() {
  runHook preUnpack
  local sources=() file before=" " directory
  if [[ -n ${srcs-} ]]; then
    concatTo sources srcs
  elif [[ -n ${src-} ]]; then
    sources=("$src")
  else
    echo 'variable $src or $srcs should point to the source'
    exit 1
  fi
  for file in *; do
    [[ ! -d $file ]] || before+="$file "
  done
  for file in "${sources[@]}"; do
    unpackFile "$file"
  done
  : "${sourceRoot=}"
  if [[ -n ${setSourceRoot-} ]]; then
    runOneHook setSourceRoot
  elif [[ -z $sourceRoot ]]; then
    for directory in *; do
      if [[ -d $directory && $before != *" $directory "* ]]; then
        if [[ -n $sourceRoot ]]; then
          echo "unpacker produced multiple directories"
          exit 1
        fi
        sourceRoot=$directory
      fi
    done
  fi
  if [[ -z $sourceRoot ]]; then
    echo "unpacker appears to have produced no directories"
    exit 1
  fi
  echo "source root is $sourceRoot"
  [[ ${dontMakeSourcesWritable:-0} == 1 ]] || chmod -R u+w -- "$sourceRoot"
  runHook postUnpack
}

patchPhase() {
  runHook prePatch
  local files=() flags=() file
  concatTo files patches
  concatTo flags patchFlags=-p1
  for file in "${files[@]}"; do
    echo "applying patch $file"
    case $file in
    *.gz) gzip -d <"$file" ;;
    *.bz2) bzip2 -d <"$file" ;;
    *.xz) xz -d <"$file" ;;
    *) cat "$file" ;;
    esac | patch "${flags[@]}"
  done
  runHook postPatch
}
