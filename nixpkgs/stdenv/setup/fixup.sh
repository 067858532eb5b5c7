# What is done to every output after installation.

fixupOutputHooks+=(_moveToBin _moveLib64 _stripOutput _shrinkRunPaths _patchOutputShebangs _compressMan)

fixupPhase() {
  local output
  for output in "${_outputs[@]}"; do
    [[ ! -e ${!output} ]] || chmod -R u+w,u-s,g-s "${!output}"
  done
  runHook preFixup
  for output in "${_outputs[@]}"; do
    if [[ -e ${!output} ]]; then
      prefix=${!output} runHook fixupOutput
    fi
  done
  _recordInputs
  runHook postFixup
}

_moveToBin() {
  if [[ -z ${dontMoveSbin-} && -d $prefix/sbin && ! -L $prefix/sbin ]]; then
    mkdir -p "$prefix/bin"
    mv -n "$prefix"/sbin/* "$prefix/bin/"
    rmdir "$prefix/sbin"
    ln -s bin "$prefix/sbin"
  fi
}

_moveLib64() {
  if [[ -z ${dontMoveLib64-} && -d $prefix/lib64 && ! -L $prefix/lib64 ]]; then
    mkdir -p "$prefix/lib"
    cp -a "$prefix"/lib64/. "$prefix/lib/"
    rm -r "$prefix/lib64"
    ln -s lib "$prefix/lib64"
  fi
}

_elfFiles() {
  local file
  while IFS= read -r -d '' file; do
    ! isELF "$file" || printf '%s\0' "$file"
  done < <(find "$@" -type f \( -perm -0100 -o -name '*.so' -o -name '*.so.*' -o -name '*.a' \) -print0 2>/dev/null)
}

_stripOutput() {
  [[ -z ${dontStrip-} ]] || return 0
  command -v strip >/dev/null || return 0
  local directories=() file flags=()
  for file in lib lib32 libexec bin; do
    [[ ! -d $prefix/$file || -L $prefix/$file ]] || directories+=("$prefix/$file")
  done
  ((${#directories[@]})) || return 0
  concatTo flags stripDebugFlags=-S
  while IFS= read -r -d '' file; do
    strip "${flags[@]}" --enable-deterministic-archives -p "$file" || true
  done < <(_elfFiles "${directories[@]}")
}

_shrinkRunPaths() {
  [[ -z ${dontPatchELF-} ]] || return 0
  command -v patchelf >/dev/null || return 0
  local file
  while IFS= read -r -d '' file; do
    patchelf --shrink-rpath "$file" 2>/dev/null || true
  done < <(_elfFiles "$prefix")
}

_patchOutputShebangs() {
  [[ -n ${dontPatchShebangs-} ]] || patchShebangs --host "$prefix"
}

# patchShebangs [--build | --host] [--update] PATH…: points scripts at the interpreters among the inputs.
patchShebangs() {
  local path=$PATH file line interpreter arguments found
  while [[ ${1-} == --* ]]; do
    case $1 in
    --host) path=${HOST_PATH:+$HOST_PATH:}$PATH ;;
    --) shift; break ;;
    esac
    shift
  done
  while IFS= read -r -d '' file; do
    isScript "$file" || continue
    read -r line <"$file" || true
    line=${line#\#!}
    read -r interpreter arguments <<<"$line"
    if [[ $interpreter == */bin/env ]]; then
      [[ $arguments != -S\ * ]] || arguments=${arguments#-S }
      read -r interpreter arguments <<<"$arguments"
      [[ $interpreter != -* && $interpreter != *=* ]] || continue
    elif [[ $interpreter == "$NIX_STORE"/* || $interpreter != /* ]]; then
      continue
    fi
    found=$(PATH=$path type -P "${interpreter##*/}") || continue
    echo "$file: interpreter directive changed from \"#!$line\" to \"$found${arguments:+ $arguments}\""
    sed -i --follow-symlinks -e "1 s|.*|#!$found${arguments:+ ${arguments//[\\&|]/\\&}}|" "$file"
  done < <(find "$@" -type f -perm -0100 -print0)
}

_compressMan() {
  [[ -z ${dontGzipMan-} && -d $prefix/share/man ]] || return 0
  find "$prefix/share/man" -type f -a '!' -regex '.*\.\(bz2\|gz\|xz\)$' -exec gzip -n -f {} +
  local link
  while IFS= read -r -d '' link; do
    ln -sfn "$(readlink "$link").gz" "$link.gz"
    rm "$link"
  done < <(find "$prefix/share/man" -type l -a '!' -regex '.*\.\(bz2\|gz\|xz\)$' -print0)
}

# moveToOutput PATTERN OUTPUT: moves matching files of all other outputs.
moveToOutput() {
  local pattern=$1 target=${!2-$2} output source
  for output in "${_outputs[@]}"; do
    [[ ${!output} != "$target" ]] || continue
    for source in "${!output}"/$pattern; do
      [[ -e $source || -L $source ]] || continue
      if [[ $target == REMOVE ]]; then
        rm -r "$source"
        continue
      fi
      mkdir -p "$(dirname "$target${source#"${!output}"}")"
      mv "$source" "$target${source#"${!output}"}"
      rmdir --ignore-fail-on-non-empty -p "$(dirname "$source")" 2>/dev/null || true
    done
  done
}

_recordInputs() {
  local variable file words
  for variable in propagatedBuildInputs:propagated-build-inputs \
    propagatedNativeBuildInputs:propagated-native-build-inputs \
    propagatedUserEnvPkgs:propagated-user-env-packages; do
    words=()
    concatTo words "${variable%%:*}"
    ((${#words[@]})) || continue
    mkdir -p "${!outputDev}/nix-support"
    printf '%s ' "${words[@]}" >"${!outputDev}/nix-support/${variable#*:}"
  done
  for variable in setupHook:setup-hook setupHooks:setup-hook; do
    words=()
    concatTo words "${variable%%:*}"
    ((${#words[@]})) || continue
    mkdir -p "${!outputDev}/nix-support"
    for file in "${words[@]}"; do
      substituteAll "$file" /dev/stdout
    done >"${!outputDev}/nix-support/${variable#*:}"
  done
}
