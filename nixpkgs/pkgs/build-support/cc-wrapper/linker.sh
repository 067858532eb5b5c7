#!@shell@
# Calls the linker with the store's loader, and a run path entry for each shared library that it links.
set -e

directories=()
libraries=()
files=()
shared=
relocatable=
previous=
# Options in files are read by the linker itself; only those given directly are looked at.
# shellcheck disable=SC2206 # a list of flags
arguments=("$@" ${NIX_LDFLAGS-})
for argument in "${arguments[@]}"; do
  case $previous in
  -L | --library-path) directories+=("$argument") ;;
  -l | --library) libraries+=("$argument") ;;
  esac
  case $argument in
  -L?*) directories+=("${argument#-L}") ;;
  -l?*) libraries+=("${argument#-l}") ;;
  --library-path=*) directories+=("${argument#*=}") ;;
  --library=*) libraries+=("${argument#*=}") ;;
  -shared | --shared | -Bshareable) shared=1 ;;
  -r | -i | --relocatable) relocatable=1 ;;
  # Debian's loader, after -dynamic-linker, is not there in a sandbox.
  /*.so | /*.so.*) [[ ! -e $argument ]] || files+=("$argument") ;;
  esac
  previous=$argument
done

extra=()
if [[ -z $relocatable ]]; then
  if [[ -z $shared ]]; then
    extra+=(-dynamic-linker @libc6@/lib/@loader@)
  fi
  declare -A seen=()
  for library in "${libraries[@]}"; do
    for directory in "${directories[@]}"; do
      if [[ $library == :* ]]; then
        file=$directory/${library#:}
      else
        file=$directory/lib$library.so
      fi
      if [[ -e $file ]]; then
        files+=("$file")
        break
      fi
    done
  done
  for file in "${files[@]}"; do
    real=$(@coreutils@/bin/readlink -f "$file")
    # A linker script names its libraries itself.
    IFS= read -r -n 4 magic 2>/dev/null <"$real" || true
    [[ $magic == $'\177ELF' ]] || continue
    real=${real%/*}
    if [[ $real == "${NIX_STORE:-/nix/store}"/* && -z ${seen[$real]-} ]]; then
      seen[$real]=1
      extra+=(-rpath "$real")
    fi
  done
  if [[ -z ${seen[@libc6@/lib]-} ]]; then
    extra+=(-rpath @libc6@/lib)
  fi
fi
exec @binutils@/bin/@program@ "${arguments[@]}" "${extra[@]}"
